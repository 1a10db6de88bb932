"""Cancelling an appointment; naming who takes the patient home."""

from uuid import UUID

from services.scheduling import records, views
from services.scheduling.commands.booking.changes import accepted_gaps, change_course
from services.scheduling.commands.booking.opening import open_slot
from services.scheduling.commands.booking.readying import expect_review
from services.scheduling.commands.booking.releasing import call_off, release_standing, with_its_patient
from services.scheduling.commands.booking.saying import say
from services.scheduling.commands.booking.withdrawing import withdraw_offers
from services.scheduling.domain.appointment import State, may_become
from services.scheduling.domain.escort import Escort
from services.scheduling.models import Appointment
from services.scheduling.schemas.answers import AppointmentView
from services.scheduling.schemas.requests import (
    CLINIC_REASONS,
    CancelRequest,
    EscortRequest,
)
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import AppointmentMissed
from shared.http import require_version
from shared.problems import INVALID_REQUEST, FieldError, problem_kind

NOT_CANCELLABLE = problem_kind(
    "NOT_CANCELLABLE", 409, "The appointment has begun or is over",
    "Abort a session that runs; from its start on an appointment is a no-show, not cancelled.",
)  # fmt: skip
APPOINTMENT_OVER = problem_kind(
    "APPOINTMENT_OVER", 409, "The appointment is over", "Nothing more can be recorded here."
)


NOT_MISSED = problem_kind(
    "NOT_MISSED", 409, "Only an appointment whose start has passed without the patient is missed",
    "Wait for its start, or cancel it.",
)  # fmt: skip


async def cancel_appointment(
    uow: UnitOfWork, appointment_id: UUID, request: CancelRequest, expected_version: int
) -> AppointmentView:
    """Cancel before the planned start. Less than 24 h of notice is late, unless the clinic cancels (D.4).

    The course goes on without the session; a gap that is then too long waits for a clinician. Whoever cancels late, or
    is missed, too often loses the sessions ahead as well.

    Staff may also cancel after check-in, when the pressure gate or the clinician says so (A.5).
    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NOT_CANCELLABLE, INVALID_REQUEST for a reason only staff may give.
    """
    appointment = await with_its_patient(uow, appointment_id, "frontdesk", "nurse", "clinician", patient=True)
    require_version(appointment.version, expected_version)
    _check_cancellable(uow, appointment, request)
    accepted = await accepted_gaps(uow, appointment)
    await _close_session(uow, appointment)
    await withdraw_offers(uow, appointment)
    await call_off(uow, appointment, request.reason)
    await open_slot(uow, appointment, appointment.location, appointment.starts_at)
    if appointment.late:
        await release_standing(uow, appointment)
    await change_course(uow, appointment, "CANCELLED", accepted)
    return views.appointment(appointment)


def _check_cancellable(uow: UnitOfWork, appointment: Appointment, request: CancelRequest) -> None:
    by_patient = uow.caller.kind == "patient"
    if by_patient and request.reason in CLINIC_REASONS:
        raise INVALID_REQUEST(errors=[FieldError("/reason", "ONLY_STAFF")])
    state = State(appointment.state)
    missed = state is State.CONFIRMED and appointment.starts_at <= uow.now
    here = by_patient and state is not State.CONFIRMED
    if missed or here or not may_become(state, State.CANCELLED):
        raise NOT_CANCELLABLE()


async def _close_session(uow: UnitOfWork, appointment: Appointment) -> None:
    session = await records.session_of(uow, appointment.id, lock=True)
    if session is not None:
        session.state, session.version, session.closed_at = State.CANCELLED.value, session.version + 1, uow.now


async def miss_appointment(uow: UnitOfWork, appointment_id: UUID, expected_version: int) -> AppointmentView:
    """The patient did not come: from the planned start on staff say so (D.4, D.5). Too often, and the sessions ahead
    are called off as well.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NOT_MISSED.
    """
    appointment = await with_its_patient(uow, appointment_id, "frontdesk", "nurse", "clinician")
    require_version(appointment.version, expected_version)
    if appointment.starts_at > uow.now or not may_become(State(appointment.state), State.NO_SHOW):
        raise NOT_MISSED()
    accepted = await accepted_gaps(uow, appointment)
    await withdraw_offers(uow, appointment)
    appointment.state, appointment.version = State.NO_SHOW.value, appointment.version + 1
    say(uow, AppointmentMissed, appointment, recorded_at=uow.now)
    await records.audit(uow, "update", "appointment", appointment)
    await release_standing(uow, appointment)
    await change_course(uow, appointment, "MISSED", accepted)
    return views.appointment(appointment)


async def record_escort(
    uow: UnitOfWork, appointment_id: UUID, request: EscortRequest, expected_version: int
) -> AppointmentView:
    """Name the adult who takes the patient home; a later one replaces it until the session is over.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, APPOINTMENT_OVER.
    """
    appointment = await records.find_for(uow, appointment_id, "frontdesk", "nurse", "clinician", patient=True)
    require_version(appointment.version, expected_version)
    if not State(appointment.state).is_live:
        raise APPOINTMENT_OVER()
    escort = Escort(name=request.name, phone=request.phone, at_least_18=request.at_least_18, named_at=uow.now)
    appointment.escort = uow.seal_column("appointment", "escort", appointment.id, escort)
    appointment.version += 1
    await records.audit(uow, "update", "appointment", appointment)
    await uow.session.flush()
    await expect_review(uow, appointment.patient_id)
    return views.appointment(appointment)
