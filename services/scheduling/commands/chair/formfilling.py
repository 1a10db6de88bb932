"""The programme's monitoring form is filled in, sent, and corrected by a further version; what was sent stays (H.5)."""

from datetime import datetime
from uuid import UUID

from services.scheduling import views
from services.scheduling.chairside import Chairside, at_session
from services.scheduling.commands.chair.forms import tell_form
from services.scheduling.commands.moments import happened_at
from services.scheduling.domain.remsanswers import ASKING, RemsAnswers, RemsContent, Teller, changed_since
from services.scheduling.floor.remsforms import FormNow, content_of, form_now, form_view
from services.scheduling.models import RemsForm, RemsFormVersion, Session
from services.scheduling.schemas.remsform import (
    CorrectFormRequest,
    FillFormRequest,
    FormWay,
    RemsFormDetailView,
    SentFormRequest,
)
from services.scheduling.schemas.spray import RemsFormView
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_version
from shared.ids import new_id
from shared.problems import FieldError, problem_kind

FILLERS = ("nurse", "clinician")
SENDERS = ("frontdesk", *FILLERS)
FORM_SENT = problem_kind(
    "FORM_SENT", 409, "The form was sent already", "Correct it: a further version is sent, and the first one stays."
)
FORM_NOT_SENT = problem_kind("FORM_NOT_SENT", 409, "The form was not sent yet", "Fill it in and send it.")
FORM_INCOMPLETE = problem_kind(
    "FORM_INCOMPLETE", 409, "The form lacks what the programme asks for",
    "Fill in each field in errors; if it was sent all the same, record how and when.",
)  # fmt: skip
NOTHING_CORRECTED = problem_kind(
    "NOTHING_CORRECTED", 409, "The form says what was sent already", "Say what is to be written otherwise."
)


async def fill_form(uow: UnitOfWork, session_id: UUID, request: FillFormRequest) -> RemsFormDetailView:
    """Say for the form what the session's record does not. Raises NOT_FOUND when none is due, FORBIDDEN, FORM_SENT."""
    _, chair, form = await _locked(uow, session_id, *FILLERS)
    if form.row.submitted_at is not None:
        raise FORM_SENT()
    form = _with_answers(uow, form, request)
    form.row.version += 1
    await _changed(uow, form.row, "FILLED_IN")
    return form_view(uow, form, chair)


async def submit_form(uow: UnitOfWork, session_id: UUID) -> RemsFormView:
    """The form was sent to the programme as it stands: its first version. Said again it stays as it was; late is
    recorded, not refused.

    Raises NOT_FOUND when no form is due, FORBIDDEN, FORM_INCOMPLETE (naming each missing field).
    """
    session, _, form = await _locked(uow, session_id, *SENDERS)
    if form.row.submitted_at is None:
        _require_complete(form.content)
        await _send(uow, session, form, form.content, uow.now)
    zone = (await active_clinic(uow, session.clinic_id)).file.zone
    return views.rems_form(form.row, zone, uow.now)


async def tell_sent_form(uow: UnitOfWork, session_id: UUID, request: SentFormRequest) -> RemsFormDetailView:
    """The form was sent already, such as by fax, with whatever it lacks here: that is recorded, never refused.

    Raises NOT_FOUND when none is due, FORBIDDEN, FORM_SENT, INVALID_REQUEST for a moment before the session or ahead.
    """
    session, chair, form = await _locked(uow, session_id, *SENDERS)
    if form.row.submitted_at is not None:
        raise FORM_SENT()
    sent_at = happened_at(uow, request.sent_at, "/sent_at", not_before=session.started_at)
    await _send(uow, session, form, form.content, sent_at, request.way)
    return form_view(uow, await form_now(uow, session, chair), chair)


async def correct_form(
    uow: UnitOfWork, session_id: UUID, request: CorrectFormRequest, expected_version: int
) -> RemsFormDetailView:  # fmt: skip
    """Send a further version with today's record and what is said now; every version that was sent stays as it is.

    Raises NOT_FOUND when none is due, FORBIDDEN, STALE_VERSION, FORM_NOT_SENT, FORM_INCOMPLETE, NOTHING_CORRECTED.
    """
    session, chair, form = await _locked(uow, session_id, *FILLERS)
    require_version(form.row.version, expected_version)
    if form.row.submitted_at is None:
        raise FORM_NOT_SENT()
    form = _with_answers(uow, form, request.answers)
    _require_complete(form.content)
    if form.sent and not changed_since(content_of(uow, form.sent[-1]), form.content):
        raise NOTHING_CORRECTED()
    await _send(uow, session, form, form.content.model_copy(update={"reason": request.reason}), uow.now)
    return form_view(uow, await form_now(uow, session, chair), chair)


async def _locked(uow: UnitOfWork, session_id: UUID, *roles: str) -> tuple[Session, Chairside, FormNow]:
    session, chair = await at_session(uow, session_id, *roles)
    return session, chair, await form_now(uow, session, chair, lock=True)


def _with_answers(uow: UnitOfWork, form: FormNow, said: RemsAnswers) -> FormNow:
    """What is said is kept with the form, and it is written out anew."""
    form = form.with_answers(said, Teller(by=uow.caller.subject, at=uow.now))
    form.row.draft = uow.seal_column("rems_form", "draft", form.row.session_id, form.draft)
    return form


def _require_complete(content: RemsContent) -> None:
    if content.missing:
        raise FORM_INCOMPLETE(
            errors=[FieldError("", field.value, {"detail": ASKING[field][0]}) for field in content.missing],
            params={"missing": [field.value for field in content.missing]},
        )


async def _send(
    uow: UnitOfWork, session: Session, form: FormNow, content: RemsContent, sent_at: datetime,
    way: FormWay | None = None,
) -> None:  # fmt: skip
    row, version_id = form.row, new_id()
    version = RemsFormVersion(
        id=version_id, organisation_id=row.organisation_id, clinic_id=row.clinic_id, patient_id=row.patient_id,
        session_id=row.session_id, number=form.number, sent_at=sent_at, recorded_at=uow.now,
        recorded_by=uow.caller.subject, way=way.value if way is not None else None,
        content=uow.seal_column("rems_form_version", "content", version_id, content),
    )  # fmt: skip
    uow.session.add(version)
    row.version += 1
    first = row.submitted_at is None
    if first:
        row.submitted_at, row.submitted_by = sent_at, uow.caller.subject
    await _changed(uow, row, "SENT" if first else "CORRECTED")
    if first and row.told:
        await tell_form(uow, session, row, "SENT")


async def _changed(uow: UnitOfWork, row: RemsForm, what: str) -> None:
    await uow.session.flush()
    await uow.audit(
        "update", "rems_form", row.session_id, patient_id=row.patient_id, clinic_id=row.clinic_id,
        version=row.version, reason=what,
    )  # fmt: skip
