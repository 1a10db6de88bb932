"""Keeping a slot for a short while, and booking what was kept."""

from datetime import date, time, timedelta
from uuid import UUID

from services.scheduling import records
from services.scheduling.commands.booking.adding import add_session, require_wanted
from services.scheduling.commands.booking.moving import move_appointment, refused, require_allowed, require_movable
from services.scheduling.commands.booking.visits import book_visit, require_self_service
from services.scheduling.domain.course import Violation
from services.scheduling.domain.place import Block
from services.scheduling.models import HELD, Appointment, SlotHold
from services.scheduling.planning.ground import hold_location, require_on_grid
from services.scheduling.planning.moving import Room, room_to_move
from services.scheduling.planning.visits import desk_of
from services.scheduling.planning.wanted import course_of, wanted
from services.scheduling.schemas.answers import AppointmentView
from services.scheduling.schemas.requests import AddRequest, MoveRequest, VisitRequest
from services.scheduling.schemas.slots import HoldRequest, HoldView
from services.scheduling.slots import views
from services.scheduling.slots.records import earlier_hold, lock_hold, over
from shared.aliases import require_unmerged
from shared.calendar import local_date, local_time
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_version
from shared.ids import derived_id, new_id
from shared.problems import problem_kind

HOLD_ENDS = "hold_ends"
HOLD_OVER = problem_kind("HOLD_OVER", 409, "The slot is no longer held", "Find another slot and hold it.")


async def hold_slot(uow: UnitOfWork, request: HoldRequest) -> HoldView:
    """Keep a slot for the clinic file's `booking.hold_minutes`; every rule that a booking keeps is kept.

    Nobody else gets its chair, its patient's time or its nurse meanwhile. For one thing one slot is held: another hold
    for it ends the earlier one. Patient and location are locked first, as bookings do. A slot that overlaps the
    appointment itself is held on another seat, since it keeps its own until it has moved (else OVERLAPS_ITSELF).
    Raises NOT_FOUND, FORBIDDEN, MOVE_REFUSED (naming each broken rule), NOT_MOVABLE, TOO_LATE_TO_MOVE, COURSE_FULL,
    BOOKING_BLOCKED, STAFF_BOOK_THIS, EVENTS_WAITING, KNOWLEDGE_STALE, PATIENT_MERGED, INVALID_REQUEST, NO_CLINIC_FILE.
    """
    seen = await wanted(uow, request)
    location = request.location or seen.location
    await records.known_patient(uow, seen.patient_id, lock=True)
    await hold_location(uow, seen.clinic_id, location)
    appointment = await wanted(uow, request, lock=True)
    file = (await active_clinic(uow, appointment.clinic_id)).file
    require_on_grid(file, request.time)
    await _require_bookable(uow, request, appointment)
    earlier = await earlier_hold(uow, appointment.patient_id, appointment.id)
    if earlier is not None:
        await _end(uow, earlier, "RELEASED")
    room = await room_to_move(uow, appointment, request.location, (request.day, request.day))
    await require_allowed(uow, room, request.day, request.time)
    hold = _kept(uow, request, room, timedelta(minutes=file.booking.hold_minutes))
    uow.session.add(hold)
    await uow.session.flush()
    await uow.schedule(HOLD_ENDS, hold.id, 1, hold.held_until, key=hold.patient_id, clinic_id=hold.clinic_id)
    await _audit(uow, "create", hold)
    return views.hold(hold)


async def _require_bookable(uow: UnitOfWork, request: HoldRequest, appointment: Appointment) -> None:
    """What a booking would be refused for whenever it takes place is refused here already."""
    if request.appointment_id is not None:
        require_movable(uow, appointment)
    elif request.course_id is not None:
        await require_wanted(uow, await course_of(uow, request.course_id))
    else:
        await require_unmerged(uow, appointment.patient_id)
        desk = await desk_of(uow, appointment.clinic_id, appointment.location, appointment.kind, [request.day])
        await require_self_service(uow, _visit(appointment, request.day, request.time), desk)


def _visit(row: Appointment | SlotHold, day: date, at: time) -> VisitRequest:
    return VisitRequest(
        patient_id=row.patient_id, clinic_id=row.clinic_id, location=row.location, kind=row.kind, day=day, time=at
    )


def _kept(uow: UnitOfWork, request: HoldRequest, room: Room, long: timedelta) -> SlotHold:
    row, block = room.appointment, room.limits.place.block(request.day, request.time)
    booked = Block(row.starts_at, row.ends_at) if request.appointment_id is not None else None
    seat = room.seat(block, kept=booked)
    if seat is None:
        raise refused([Violation("OVERLAPS_ITSELF")])
    return SlotHold(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=row.clinic_id, patient_id=row.patient_id,
        subject_id=row.id, kind=row.kind, course_id=row.course_id, appointment_id=request.appointment_id,
        location=room.location.id, location_id=derived_id(row.clinic_id, room.location.id), chair=seat.name,
        chair_id=seat.id, zone=row.zone, starts_at=block.starts_at, ends_at=block.ends_at, held_at=uow.now,
        held_until=uow.now + long,
    )  # fmt: skip


async def confirm_hold(uow: UnitOfWork, hold_id: UUID, expected_version: int) -> AppointmentView:
    """Book what is held, by the same rules as without a hold: what happened meanwhile may still refuse it.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, HOLD_OVER, and what booking, adding or moving raise.
    """
    hold = await lock_hold(uow, hold_id)
    require_version(hold.version, expected_version)
    _require_held(hold)
    await _end(uow, hold, "BOOKED")
    day, at = local_date(hold.starts_at, hold.zone), local_time(hold.starts_at, hold.zone)
    if hold.appointment_id is not None:
        row = await records.find(uow, Appointment, hold.appointment_id, lock=True)
        return await move_appointment(uow, row.id, MoveRequest(day=day, time=at, location=hold.location), row.version)
    if hold.course_id is not None:
        course = await course_of(uow, hold.course_id)
        booked = await add_session(uow, hold.course_id, AddRequest(day=day, time=at), course.row.version)
        return booked.sessions[-1]
    return await book_visit(uow, _visit(hold, day, at))


async def release_hold(uow: UnitOfWork, hold_id: UUID, expected_version: int) -> HoldView:
    """The slot is not wanted any more. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, HOLD_OVER."""
    hold = await lock_hold(uow, hold_id)
    require_version(hold.version, expected_version)
    _require_held(hold)
    await _end(uow, hold, "RELEASED")
    return views.hold(hold)


async def end_hold(uow: UnitOfWork, hold_id: UUID) -> bool:
    """The time of a hold is over; False when it ended before."""
    hold = await over(uow, hold_id, uow.now)
    if hold is None:
        return False
    await _end(uow, hold, "EXPIRED")
    return True


def _require_held(hold: SlotHold) -> None:
    if hold.state != HELD:
        raise HOLD_OVER(params={"state": hold.state})


async def _end(uow: UnitOfWork, hold: SlotHold, state: str) -> None:
    """From here on its seat is free for whoever comes next, in this transaction first."""
    hold.state, hold.version = state, hold.version + 1
    await uow.session.flush()
    await _audit(uow, "update", hold)


async def _audit(uow: UnitOfWork, action: str, hold: SlotHold) -> None:
    await uow.audit(
        action, "slot_hold", hold.id, patient_id=hold.patient_id, clinic_id=hold.clinic_id, version=hold.version
    )
