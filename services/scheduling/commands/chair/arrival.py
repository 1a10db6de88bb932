"""The patient is here: two identifiers at the chair (domain A.5)."""

from datetime import datetime
from uuid import UUID

from services.scheduling import records, views
from services.scheduling.chairside import require_session
from services.scheduling.commands.chair.charting import append_entry
from services.scheduling.commands.chair.namesakes import has_namesake
from services.scheduling.commands.chair.steps import require_may_become
from services.scheduling.commands.moments import happened_at
from services.scheduling.domain.appointment import State
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.identity import mismatches
from services.scheduling.models import Appointment, Session
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.requests import CheckInRequest, Source
from shared.calendar import local_date
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import SessionCheckedIn
from shared.http import require_version
from shared.ids import new_id
from shared.problems import FieldError, problem_kind

IDENTITY_UNKNOWN = problem_kind(
    "IDENTITY_UNKNOWN",
    409,
    "The patient's identity card has not arrived here yet",
    "Try again shortly.",
    retryable=True,
)
IDENTITY_MISMATCH = problem_kind(
    "IDENTITY_MISMATCH", 409, "An identifier differs from the patient's card",
    "Ask again for both identifiers; make sure that this is the patient of this appointment.",
)  # fmt: skip
NAME_ALERT = problem_kind(
    "NAME_ALERT", 409, "Another patient has the same name and birth date",
    "Ask for the third identifier as well: give birth date, name and record number.",
)  # fmt: skip
NOT_TODAY = problem_kind(
    "NOT_TODAY", 409, "The appointment is on another day at the clinic", "Open today's appointment of the patient."
)


async def check_in(
    uow: UnitOfWork, appointment_id: UUID, request: CheckInRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """The patient is here, known by two identifiers (A.5), on the appointment's local day; by three where another
    patient has the same name and birth date. It is an entry of the chart like any other, also from paper.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NOT_A_SESSION, CONFLICT, NOT_TODAY, IDENTITY_UNKNOWN, IDENTITY_MISMATCH,
    NAME_ALERT, INVALID_REQUEST for a time in the future.
    """
    appointment = await records.find_for(uow, appointment_id, "frontdesk", "nurse", "clinician")
    require_version(appointment.version, expected_version)
    require_session(appointment)
    require_may_become(appointment.state, State.CHECKED_IN)
    came_at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=None)
    _require_its_day(uow, appointment, came_at, request.source)
    await _identify(uow, appointment.patient_id, request)
    clinic = await active_clinic(uow, appointment.clinic_id)
    session = Session(
        id=new_id(), organisation_id=appointment.organisation_id, clinic_id=appointment.clinic_id,
        patient_id=appointment.patient_id, appointment_id=appointment.id, file_hash=clinic.hash,
        checked_in_at=came_at,
    )  # fmt: skip
    uow.session.add(session)
    await uow.session.flush()
    await append_entry(uow, session, EntryKind.CHECKED_IN, came_at, request.source)
    appointment.state, appointment.version = State.CHECKED_IN.value, appointment.version + 1
    checked_in = SessionCheckedIn(
        session_id=session.id, appointment_id=appointment.id, patient_id=session.patient_id, checked_in_at=came_at
    )
    uow.emit(checked_in, key=session.patient_id, subject=session.id, clinic_id=session.clinic_id)
    await records.audit(uow, "create", "session", session)
    return views.session(uow, session, [], [])


def _require_its_day(uow: UnitOfWork, appointment: Appointment, came_at: datetime, source: Source) -> None:
    """On the appointment's own day; what paper says of that day is recorded whenever it is told. Raises NOT_TODAY."""
    moments = [came_at] if source is Source.PAPER else [came_at, uow.now]
    its_day = local_date(appointment.starts_at, appointment.zone)
    if any(local_date(at, appointment.zone) != its_day for at in moments):
        raise NOT_TODAY()


async def _identify(uow: UnitOfWork, patient_id: UUID, request: CheckInRequest) -> None:
    """By the card of any record that is this person: two identifiers of one card, never one of each."""
    cards = await records.cards_of(uow, patient_id)
    if not cards:
        raise IDENTITY_UNKNOWN(headers={"Retry-After": "2"})
    wrong = min((mismatches(card, request.birth_date, request.name, request.record_number) for card in cards), key=len)
    if wrong:
        raise IDENTITY_MISMATCH(errors=[FieldError(f"/{name}", "DIFFERS") for name in wrong])
    missing = [name for name in ("name", "record_number") if getattr(request, name) is None]
    if missing and await has_namesake(uow, patient_id, cards):
        raise NAME_ALERT(errors=[FieldError(f"/{name}", "MISSING") for name in missing])
