"""Forms filled in question by question, from several devices; sent in as a whole."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.intake.commands.answers.expiry import came_late, end_if_over, lengthen
from services.intake.commands.answers.instruments import keep_instrument
from services.intake.commands.answers.observations import OBSERVERS, assess, observed
from services.intake.commands.safety.concerns import raise_concerns
from services.intake.commands.safety.words import heed_words
from services.intake.domain.formanswers import dangers, difficulty, fingerprint, observed_as, points, wrong
from services.intake.domain.instruments import InstrumentCode
from services.intake.domain.leadform import Flaw
from services.intake.domain.observations import HealthAnswers, Source
from services.intake.domain.phq9 import PHQ9
from services.intake.domain.register import Entry, Saved, conflicts, newest_first, standing
from services.intake.domain.safety import Concern, concerns_of_answers
from services.intake.forms.drafts import entries_of, is_over, newest_draft
from services.intake.forms.draftviews import Filled, conflict_views, draft_view, filled
from services.intake.forms.files import FormInFile, form_of
from services.intake.forms.offered import require_validated
from services.intake.models import DraftAnswer, FormDraft, Questionnaire
from services.intake.records import InCare, patient_in_care, person_of, source_of
from services.intake.schemas.drafts import DraftRequest, DraftView, SubmitDraftRequest, SubmittedView
from services.intake.schemas.instruments import InstrumentRequest
from services.intake.schemas.screening import ObservationView
from services.intake.views import Wall, speaks_of_crisis
from shared.clinicfile.forms import Form
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError, Problem


async def save_answers(uow: UnitOfWork, patient_id: UUID, form_id: str, request: DraftRequest) -> DraftView:
    """Keep answers, whatever they are worth; those that mean danger open a concern and show help at once (A.6).

    The first answer opens a draft and pins the form. An answer that stands there already changes nothing, also when
    the form was sent in since. One that was given before the draft expired stays with it. Raises NOT_FOUND for a form
    that the clinic never had, FORBIDDEN.
    """
    care = await patient_in_care(uow, patient_id, *OBSERVERS, at=request.clinic_id)
    shown = await _shown(uow, care, form_id, request.form_version)
    sent = [_entry(uow, one, request.device, shown.form) for one in request.answers]
    draft, new = await _draft_for(uow, care, shown, sent)
    _keep(uow, draft, new)
    if draft.state == "OPEN" and (new or draft.expires_at is None):
        await lengthen(uow, draft)
    if new:
        await uow.audit("update", "form_draft", draft.id, patient_id=care.patient.id, clinic_id=care.clinic_id)
    await uow.session.flush()
    found = await filled(uow, draft)
    forms = (shown.form, found.form)
    await raise_concerns(uow, care, _concerns(new, forms))
    for entry in new:
        written = {f"{draft.form}/{entry.saved.question}": _text_of(entry)}
        await heed_words(uow, care.patient.id, care.clinic_id, written, str(entry.id))
    in_crisis = await speaks_of_crisis(uow, care.clinic_id, *(entry.saved.answer for entry in sent))
    return await draft_view(uow, found, in_danger=in_crisis or bool(_concerns(sent, forms)))


async def _shown(uow: UnitOfWork, care: InCare, form_id: str, version: int | None) -> FormInFile:
    """The form that was answered. A version that never was must not cost an answer: then it is the one in force.

    A public form is no patient's form. Raises NOT_FOUND.
    """
    found = await _any(uow, care, form_id, version)
    if found.form.lead:
        raise NOT_FOUND()
    return found


async def _any(uow: UnitOfWork, care: InCare, form_id: str, version: int | None) -> FormInFile:
    draft = await newest_draft(uow, care.patient.id, care.clinic_id, form_id)
    if version is None and draft is not None and draft.state == "OPEN":
        version = draft.form_version
    try:
        return await form_of(uow, care.clinic_id, form_id, version)
    except Problem as problem:
        if problem.kind is not NOT_FOUND:
            raise
        return await form_of(uow, care.clinic_id, form_id)


def _entry(uow: UnitOfWork, sent: Any, device: str | None, form: Form) -> Entry:
    question = form.question(sent.question)
    saved = Saved(
        question=sent.question, answer=sent.answer, asked=fingerprint(form, question) if question else "",
        device=device,
    )  # fmt: skip
    return Entry(new_id(), saved, sent.answered_at, uow.now, source_of(uow), uow.caller.subject)


async def _draft_for(
    uow: UnitOfWork, care: InCare, shown: FormInFile, sent: Sequence[Entry]
) -> tuple[FormDraft, list[Entry]]:
    """The draft that the answers belong to, and which of them are new to it."""
    draft = await newest_draft(uow, care.patient.id, care.clinic_id, shown.form.id)
    if draft is not None:
        await end_if_over(uow, draft)
    kept = {entry.key for entry in await entries_of(uow, draft)} if draft else set()
    new = list({entry.key: entry for entry in sent if entry.key not in kept}.values())
    if draft is None or (draft.state != "OPEN" and new and not came_late(draft, new)):
        draft = await _open(uow, care, shown)
    elif draft.state == "OPEN" and shown.form.version > draft.form_version:
        draft.form_version, draft.file_hash = shown.form.version, shown.file_hash
    return draft, new


async def _open(uow: UnitOfWork, care: InCare, shown: FormInFile) -> FormDraft:
    draft = FormDraft(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=care.clinic_id, patient_id=care.patient.id,
        form=shown.form.id, form_version=shown.form.version, file_hash=shown.file_hash, opened_at=uow.now,
    )  # fmt: skip
    uow.session.add(draft)
    await uow.session.flush()
    await uow.audit("create", "form_draft", draft.id, patient_id=care.patient.id, clinic_id=care.clinic_id)
    return draft


def _keep(uow: UnitOfWork, draft: FormDraft, new: Iterable[Entry]) -> None:
    for entry in new:
        uow.session.add(
            DraftAnswer(
                id=entry.id, organisation_id=uow.organisation_id, draft_id=draft.id, answered_at=entry.answered_at,
                recorded_at=entry.recorded_at, source=entry.source, recorded_by=entry.by,
                content=uow.seal_column("draft_answer", "content", entry.id, entry.saved),
            )
        )  # fmt: skip


def _concerns(entries: Iterable[Entry], forms: Iterable[Form]) -> list[Concern]:
    """What the answers mean by the form that was shown, and by the one in force: either may know of a danger.

    Each names its answer, which is the same one still when the form is sent in.
    """
    forms = tuple(forms)
    return [
        concern.model_copy(update={"answer": str(entry.id)})
        for entry in newest_first(entries)
        for form in forms
        for concern in dangers(form, {entry.saved.question: entry.saved.answer})
    ]


def _text_of(entry: Entry) -> str | None:
    return entry.saved.answer if isinstance(entry.saved.answer, str) else None


async def submit_draft(uow: UnitOfWork, patient_id: UUID, form_id: str, request: SubmitDraftRequest) -> SubmittedView:
    """Check every answer; a form without a flaw becomes observations, and the patient is screened with them.

    Each giver's answers are kept as theirs. Raises NOT_FOUND without a draft, CONFLICT when it was sent in or expired,
    FORBIDDEN, LANGUAGE_NOT_VALIDATED for an instrument, INVALID_REQUEST with everything that is missing, wrong,
    contradictory or asked anew; then nothing is changed.
    """
    care = await patient_in_care(uow, patient_id, *OBSERVERS, at=request.clinic_id)
    draft = await newest_draft(uow, patient_id, care.clinic_id, form_id)
    if draft is None:
        raise NOT_FOUND()
    if is_over(draft, uow.now):
        raise CONFLICT(params={"state": "EXPIRED"})
    if draft.state != "OPEN":
        raise CONFLICT(params={"state": draft.state})
    found = await filled(uow, draft)
    if found.form.instrument is not None:
        file = (await active_clinic(uow, care.clinic_id)).file
        require_validated(uow, file, found.form.instrument, request.language)
    if flaws := await _flaws(uow, care, found):
        raise INVALID_REQUEST(errors=[FieldError(*flaw) for flaw in flaws])
    draft.state, draft.submitted_at, draft.submitted_by = "SUBMITTED", uow.now, uow.caller.subject
    await uow.audit(
        "update", "form_draft", draft.id, patient_id=care.patient.id, clinic_id=care.clinic_id, reason="SUBMITTED"
    )  # fmt: skip
    answer = await _taken(uow, care, found)
    wall = Wall((await active_clinic(uow, care.clinic_id)).file.zone)
    return SubmittedView(
        id=answer.id, crisis=answer.crisis, screening=answer.screening,
        conflicts=conflict_views(uow, conflicts(found.entries), wall),
    )  # fmt: skip


async def _taken(uow: UnitOfWork, care: InCare, found: Filled) -> ObservationView:
    """The answers as observations; what was dealt with when it was saved is the same answer still."""
    concerns = _concerns(standing(found.entries).values(), [found.form])
    if found.form.instrument is not None:
        sheet, felt = points(found.form, found.answers), difficulty(found.form, found.answers)
        if found.form.instrument == PHQ9:
            return await assess(uow, care, sheet, felt, concerns)
        request = InstrumentRequest(answers=sheet, difficulty=felt)
        return await keep_instrument(uow, care, InstrumentCode(found.form.instrument), request, concerns)
    for (source, by), answers in _by_giver(found).items():
        dealt_with = {concern.source for concern in concerns}
        concerns += [one for one in concerns_of_answers(answers) if one.source not in dealt_with]
        await _observe(uow, care, source, by, answers)
    return await observed(uow, care, found.draft.id, concerns)


async def _flaws(uow: UnitOfWork, care: InCare, found: Filled) -> list[Flaw]:
    zone = ZoneInfo((await active_clinic(uow, care.clinic_id)).file.zone)
    today, born = uow.now.astimezone(zone).date(), person_of(uow, care.patient).birth_date
    anew = [Flaw(f"/answers/{question}", "ASKED_AGAIN", {}) for question in found.asked_again]
    return [*anew, *wrong(found.form, found.answers, born, today)]


def _by_giver(found: Filled) -> dict[tuple[Source, str], HealthAnswers]:
    """The health answers of each person, as they become observations."""
    entries = standing(found.entries)
    given: dict[tuple[Source, str], dict[str, Any]] = {}
    for name, question in observed_as(found.form, found.answers).items():
        entry = entries[question]
        given.setdefault((entry.source, entry.by), {})[name] = entry.saved.answer
    return {giver: HealthAnswers.model_validate_json(json.dumps(names)) for giver, names in given.items()}


async def _observe(uow: UnitOfWork, care: InCare, source: Source, by: str, answers: HealthAnswers) -> None:
    row_id = new_id()
    uow.session.add(
        Questionnaire(
            id=row_id, organisation_id=uow.organisation_id, clinic_id=care.clinic_id, patient_id=care.patient.id,
            answered_at=uow.now, source=source, recorded_by=by,
            answers=uow.seal_column("questionnaire", "answers", row_id, answers),
        )
    )  # fmt: skip
    await uow.audit("create", "questionnaire", row_id, patient_id=care.patient.id, clinic_id=care.clinic_id)
