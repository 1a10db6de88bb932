"""Moving an appointment to another time."""

from collections.abc import Sequence
from datetime import date, time
from uuid import UUID

from services.scheduling import records, views
from services.scheduling.commands.booking.changes import accepted_gaps, change_course
from services.scheduling.commands.booking.losing import lose_offers
from services.scheduling.commands.booking.opening import open_slot
from services.scheduling.commands.booking.saying import say
from services.scheduling.commands.booking.withdrawing import release_hold, withdraw_offers
from services.scheduling.commands.knowledge import require_known
from services.scheduling.domain.appointment import State, is_late
from services.scheduling.domain.course import Violation
from services.scheduling.domain.visits import moving_blockers
from services.scheduling.domain.wording import worded
from services.scheduling.models import Appointment
from services.scheduling.planning.ground import hold_location, require_on_grid
from services.scheduling.planning.moving import Room, room_to_move
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import AppointmentView
from services.scheduling.schemas.requests import MoveRequest
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import AppointmentMoved
from shared.http import require_version
from shared.problems import FieldError, problem_kind

NOT_MOVABLE = problem_kind("NOT_MOVABLE", 409, "The appointment has begun or is over", "Book another one.")
TOO_LATE_TO_MOVE = problem_kind(
    "TOO_LATE_TO_MOVE", 409, "Less than 24 hours are left until the appointment", "Call the clinic."
)
MOVE_REFUSED = problem_kind(
    "MOVE_REFUSED",
    409,
    "The appointment cannot take place then",
    "Choose a time that keeps every rule in errors.",
)


async def move_appointment(
    uow: UnitOfWork, appointment_id: UUID, request: MoveRequest, expected_version: int
) -> AppointmentView:
    """Give an appointment another time, on its own chair if that is free. Nothing moves unless every rule is kept:
    hours, closures, order, gaps, window and week of the course, gaps at other clinics (D.1 to D.5).

    A patient moves its own with at least 24 h of notice. Patient and target location are locked first, as bookings do.
    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NOT_MOVABLE, TOO_LATE_TO_MOVE, MOVE_REFUSED (naming each broken rule),
    KNOWLEDGE_STALE, INVALID_REQUEST, NO_CLINIC_FILE.
    """
    appointment = await _locked(uow, appointment_id, request.location)
    require_version(appointment.version, expected_version)
    require_movable(uow, appointment)
    require_on_grid((await active_clinic(uow, appointment.clinic_id)).file, request.time)
    return await move_to(uow, appointment, request)


async def move_to(uow: UnitOfWork, appointment: Appointment, request: MoveRequest) -> AppointmentView:
    """The same without asking about notice, for a slot that the clinic offered; everything is locked already.

    Raises MOVE_REFUSED (naming each broken rule), KNOWLEDGE_STALE, INVALID_REQUEST, NO_CLINIC_FILE.
    """
    room = await room_to_move(uow, appointment, request.location, (request.day, request.day))
    await require_allowed(uow, room, request.day, request.time)
    accepted, previous, place = await accepted_gaps(uow, appointment), appointment.starts_at, appointment.location
    await withdraw_offers(uow, appointment)
    await release_hold(uow, appointment)
    _take(room, request)
    await open_slot(uow, appointment, place, previous)
    say(uow, AppointmentMoved, appointment, previous_starts_at=previous, moved_at=uow.now)
    await records.audit(uow, "update", "appointment", appointment)
    await lose_offers(uow, [appointment])
    await change_course(uow, appointment, "MOVED", accepted)
    return views.appointment(appointment)


async def _locked(uow: UnitOfWork, appointment_id: UUID, location: str | None) -> Appointment:
    """The appointment, locked in the order of every booking: patient, location, appointment."""
    roles = ("frontdesk", "nurse", "clinician")
    seen = await records.find_for(uow, appointment_id, *roles, patient=True, lock=False)
    await records.known_patient(uow, seen.patient_id, lock=True)
    await hold_location(uow, seen.clinic_id, location or seen.location)
    return await records.find_for(uow, appointment_id, *roles, patient=True)


def require_movable(uow: UnitOfWork, appointment: Appointment) -> None:
    """The appointment stands, and whoever asks may still move it. Raises NOT_MOVABLE, TOO_LATE_TO_MOVE."""
    if State(appointment.state) is not State.CONFIRMED or appointment.starts_at <= uow.now:
        raise NOT_MOVABLE(params={"state": appointment.state})
    if uow.caller.kind == "patient" and is_late(appointment.starts_at, uow.now):
        raise TOO_LATE_TO_MOVE(params={"notice_hours": 24})


async def require_allowed(uow: UnitOfWork, room: Room, day: date, at: time) -> None:
    """No rule stands against that local time. Raises MOVE_REFUSED (naming each broken rule), KNOWLEDGE_STALE."""
    found = room.violations(day, at)
    if uow.caller.kind == "patient":
        care = await records.care_of(uow, room.appointment.patient_id, room.appointment.clinic_id)
        require_known(care)
        found = [*(Violation(b.code) for b in moving_blockers(care)), *found]
    if found:
        raise refused(found)


def refused(found: Sequence[Violation]) -> Exception:
    """The refusal of a time, naming each broken rule."""
    errors = [FieldError("/time", v.code, {**v.params, "detail": worded(v)}) for v in found]
    return MOVE_REFUSED(errors=errors, params={"rules": sorted({v.code for v in found})})


def _take(room: Room, request: MoveRequest) -> None:
    row, block = room.appointment, room.limits.place.block(request.day, request.time)
    seat = promised(room.seat(block), "seat of a move that breaks no rule")
    row.location, row.chair, row.chair_id = room.location.id, seat.name, seat.id
    row.starts_at, row.ends_at, row.version = block.starts_at, block.ends_at, row.version + 1
