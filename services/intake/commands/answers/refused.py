"""An answer that is refused is no answer on record; danger in it is danger all the same (domain A.6)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import select

from services.intake.commands.answers.observations import OBSERVERS
from services.intake.commands.safety.concerns import raise_concerns
from services.intake.commands.safety.words import heed_words
from services.intake.concerns import task_of, tasks_of
from services.intake.domain.refused import Body, body_of, clinic_in, dangers_in, texts_in, version_in
from services.intake.forms.drafts import newest_draft
from services.intake.forms.files import form_of
from services.intake.models import Treatment
from services.intake.records import InCare, patient_in_care
from shared.clinicfile.crisiswords import speaks_of_crisis
from shared.clinicfile.forms import Form
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.derivedkeys import keyed_digest
from shared.help import Refused
from shared.ids import derived_id
from shared.problems import NOT_FOUND, Problem

_HEEDED = "HEEDED_THOUGH_REFUSED"


async def heed_refused(uow: UnitOfWork, refused: Refused) -> None:
    """Open a concern for what is well-formed and means danger in a body that was refused for whatever reason, and a
    task for words of crisis in it.

    What was sent is kept nowhere; an audit row says that it was heeded. The same body with the same Idempotency-Key is
    the same answer, without a key the same body on the same day: a client that keeps trying opens one concern. Put
    right and taken, it is one more answer, which the open concern covers (`domain/handling.py`). Raises NOT_FOUND,
    FORBIDDEN and NO_CLINIC_FILE, for whoever may not record answers of this patient.
    """
    body, patient_id = body_of(refused.body), await _patient(uow, refused)
    if body is None or patient_id is None:
        return
    care = await _care(uow, patient_id, clinic_in(body))
    forms = await _forms(uow, care, refused, body)
    answer = derived_id(care.patient.id, _same(uow, refused))
    found = dangers_in(refused.operation, refused.path.get("code", ""), body, forms)
    await raise_concerns(uow, care, found, answer)
    if await _heed_words(uow, care, texts_in(refused.operation, body, forms), answer) or found:
        await uow.audit(
            "fail", "operation", refused.operation, patient_id=care.patient.id, clinic_id=care.clinic_id,
            reason=_HEEDED, outcome="refused",
        )  # fmt: skip


async def _heed_words(uow: UnitOfWork, care: InCare, written: Mapping[str, str], answer: UUID) -> bool:
    """Whether there are words of crisis; a task is opened for what none knows of yet."""
    words = (await active_clinic(uow, care.clinic_id)).file.safety.crisis_words
    found = {where: text for where, text in written.items() if speaks_of_crisis(text, words)}
    if found:
        tasks = await tasks_of(uow, care.patient.id)
        heard = {entry.source for row in tasks for entry in task_of(uow, row).entries if entry.answer == str(answer)}
        new = {where: text for where, text in found.items() if where not in heard}
        await heed_words(uow, care.patient.id, care.clinic_id, new, answer)
    return bool(found)


async def _patient(uow: UnitOfWork, refused: Refused) -> UUID | None:
    """Whom it is about: the patient in the path, or whose session it is."""
    if session_id := _id_in(refused.path.get("session_id")):
        owner = select(Treatment.patient_id).where(
            Treatment.session_id == session_id, Treatment.organisation_id == uow.organisation_id
        )
        return (await uow.session.exec(owner)).one_or_none()
    return _id_in(refused.path.get("patient_id"))


def _id_in(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


async def _care(uow: UnitOfWork, patient_id: UUID, at: UUID | None) -> InCare:
    """Where care happens; at the patient's own clinic if the one that is named may be what was wrong."""
    try:
        return await patient_in_care(uow, patient_id, *OBSERVERS, at=at)
    except Problem:
        if at is None:
            raise
        return await patient_in_care(uow, patient_id, *OBSERVERS)


async def _forms(uow: UnitOfWork, care: InCare, refused: Refused, body: Body) -> Sequence[Form]:
    """Of a draft its form, as it may have been shown and as it is in force: either may know of a danger. Otherwise all
    of the clinic's forms: they say what the health questions mean."""
    if refused.operation != "saveAnswers":
        return (await active_clinic(uow, care.clinic_id)).file.forms
    code = refused.path["code"]
    draft = await newest_draft(uow, care.patient.id, care.clinic_id, code)
    versions = dict.fromkeys((version_in(body), draft.form_version if draft else None, None))
    return [form for version in versions if (form := await _form(uow, care, code, version)) is not None]


async def _form(uow: UnitOfWork, care: InCare, code: str, version: int | None) -> Form | None:
    try:
        return (await form_of(uow, care.clinic_id, code, version)).form
    except Problem as problem:
        if problem.kind is not NOT_FOUND:
            raise
        return None


def _same(uow: UnitOfWork, refused: Refused) -> str:
    """What makes two refused requests the same answer. Keyed, so that nobody finds out what it was by trying."""
    secret = uow.service.settings.index_key.get_secret_value()
    sent = keyed_digest(secret, "refused answer", refused.body).hex()
    return f"{refused.operation}:{sent}:{refused.key or uow.now.date()}"
