"""Answering an offer: every change of it is made, or none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.scheduling import records
from services.scheduling.commands.booking.changes import accepted_gaps, change_course
from services.scheduling.commands.booking.claiming import claim
from services.scheduling.commands.booking.losing import lose_offers
from services.scheduling.commands.booking.moving import MOVE_REFUSED
from services.scheduling.commands.booking.opening import open_slot
from services.scheduling.commands.booking.releasing import call_off
from services.scheduling.commands.booking.saying import say
from services.scheduling.commands.booking.withdrawing import audit_offer, close_offer, release_hold
from services.scheduling.commands.knowledge import require_known
from services.scheduling.domain.appointment import State
from services.scheduling.domain.course import Violation
from services.scheduling.domain.replanning import newly_broken, placed, without
from services.scheduling.domain.series import Series
from services.scheduling.domain.visits import moving_blockers
from services.scheduling.domain.wording import worded
from services.scheduling.models import OPEN, Appointment, SlotHold, SlotOffer
from services.scheduling.planning.moving import Room, room_to_move
from services.scheduling.planning.series import CourseNow, course_now, number_of
from services.scheduling.planning.wanted import one_more
from services.scheduling.promised import promised
from services.scheduling.schemas.offers import AcceptRequest, OfferView
from services.scheduling.schemas.requests import CancelReason
from services.scheduling.slots import views
from services.scheduling.slots.records import end_holds, lock_offer
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import AppointmentBooked, AppointmentMoved, SlotClaimed
from shared.http import require_version
from shared.ids import new_id
from shared.problems import FieldError, problem_kind

OFFER_OVER = problem_kind("OFFER_OVER", 409, "The offer has ended or was answered", "Find another slot, or call us.")


async def accept_offer(
    uow: UnitOfWork, offer_id: UUID, request: AcceptRequest, expected_version: int
) -> OfferView:  # fmt: skip
    """The patient agrees, alone or on the phone: all its sessions move, or none. Emits SlotClaimed and each change.

    What happened since it was offered may still refuse it; the offer then stays as it is.
    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, OFFER_OVER, CLAIM_NOT_READY, MOVE_REFUSED (naming each broken rule),
    KNOWLEDGE_STALE.
    """
    offer, holds = await lock_offer(uow, offer_id)
    _require_open(uow, offer)
    require_version(offer.version, expected_version)
    await _require_allowed(uow, offer)
    offer.state, offer.version, offer.answered_at, offer.answered_by = "ACCEPTED", offer.version + 1, uow.now, _by(uow)
    await uow.session.flush()
    if offer.cause == "WAITLIST":
        row = await records.find(uow, Appointment, offer.appointment_id, lock=True)
        _require_as_it_was(row, offer.starts_at)
        await claim(uow, offer, row, request)
    else:
        await _accept(uow, offer, holds)
    claimed = SlotClaimed(
        offer_id=offer.id, patient_id=offer.patient_id, version=offer.version, appointment_id=offer.appointment_id,
        claimed_at=uow.now, by=_by(uow),
    )  # fmt: skip
    uow.emit(claimed, key=offer.patient_id, subject=offer.id, clinic_id=offer.clinic_id)
    await audit_offer(uow, "update", offer)
    return views.offer(offer, holds)


async def _accept(uow: UnitOfWork, offer: SlotOffer, holds: Sequence[SlotHold]) -> None:
    rows = [await _instead_of(uow, hold) for hold in holds]
    accepted = await accepted_gaps(uow, rows[0])
    await end_holds(uow, offer, "BOOKED")
    for row in rows:
        await release_hold(uow, row)
    await _take(uow, offer, holds, rows)
    await change_course(uow, rows[0], "MOVED", accepted)


def _by(uow: UnitOfWork) -> str:
    return "PATIENT" if uow.caller.kind == "patient" else "STAFF"


async def decline_offer(uow: UnitOfWork, offer_id: UUID, expected_version: int) -> OfferView:
    """The patient does not want it: its slots are free, and somebody calls. Emits SlotOfferClosed.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, OFFER_OVER.
    """
    offer, holds = await lock_offer(uow, offer_id)
    _require_open(uow, offer)
    require_version(offer.version, expected_version)
    offer.answered_at, offer.answered_by = uow.now, _by(uow)
    await close_offer(uow, offer, "DECLINED")
    return views.offer(offer, holds)


async def end_offer(uow: UnitOfWork, offer_id: UUID) -> bool:
    """Nobody answered in time: its slots are free, and somebody calls; False when it was answered. A timer says so."""
    offer = await uow.session.get_one(SlotOffer, offer_id, with_for_update=True, populate_existing=True)
    if offer.state != OPEN or offer.expires_at > uow.now:
        return False
    await close_offer(uow, offer, "EXPIRED")
    return True


def _require_open(uow: UnitOfWork, offer: SlotOffer) -> None:
    if offer.state != OPEN or offer.expires_at <= uow.now:
        raise OFFER_OVER(params={"state": offer.state if offer.state != OPEN else "EXPIRED"})


async def _instead_of(uow: UnitOfWork, hold: SlotHold) -> Appointment:
    """The appointment as it was when the offer was made. Raises OFFER_OVER when it is not that any more."""
    about = promised(hold.appointment_id, "appointment of an offered slot")
    row = await records.find(uow, Appointment, about, lock=True)
    _require_as_it_was(row, hold.instead_of)
    return row


def _require_as_it_was(row: Appointment, starts_at: datetime | None) -> None:
    if row.state != State.CONFIRMED.value or row.starts_at != starts_at:
        raise OFFER_OVER(params={"state": row.state})


async def _require_allowed(uow: UnitOfWork, offer: SlotOffer) -> None:
    """A patient accepts alone only what it may move alone; staff pass."""
    if uow.caller.kind == "patient":
        care = await records.care_of(uow, offer.patient_id, offer.clinic_id)
        require_known(care)
        _refuse([Violation(blocker.code) for blocker in moving_blockers(care)])


def _refuse(found: Sequence[Violation]) -> None:
    if found:
        errors = [FieldError("", v.code, {**v.params, "session": v.number, "detail": worded(v)}) for v in found]
        raise MOVE_REFUSED(errors=errors, params={"rules": sorted({v.code for v in found})})


async def _take(uow: UnitOfWork, offer: SlotOffer, holds: Sequence[SlotHold], rows: Sequence[Appointment]) -> None:
    course = await course_now(uow, offer.course_id, lock=True) if offer.course_id else None
    after = _planned(course.series, holds, rows) if course else None
    rooms = [await _room(uow, course, after, hold, row) for hold, row in zip(holds, rows, strict=True)]
    found = [v for room, hold in zip(rooms, holds, strict=True) for v in _against(room, hold)]
    if course and after:
        moved = {promised(hold.session_number, "number of an offered session"): hold.starts_at for hold in holds}
        known = {(v.code, v.number) for v in found}
        broken = newly_broken(course.series, after, moved)
        found += [v for v in broken if (v.code, v.number) not in known]
    _refuse(found)
    left = [(row, row.location, row.starts_at) for row in rows]
    booked = [
        await (_replace if hold.replaces else _move)(uow, room, hold, row)
        for room, hold, row in zip(rooms, holds, rows, strict=True)
    ]
    for row, place, starts_at in left:
        await open_slot(uow, row, place, starts_at)
    for one in booked:
        await lose_offers(uow, [one])


def _planned(series: Series, holds: Sequence[SlotHold], rows: Sequence[Appointment]) -> Series:
    """The course as it will be."""
    found = without(series, {number_of(row) for row in rows})
    for hold in holds:
        found = placed(found, promised(hold.session_number, "number of an offered session"), hold.starts_at)
    return found


async def _room(
    uow: UnitOfWork, course: CourseNow | None, after: Series | None, hold: SlotHold, row: Appointment
) -> Room:
    wanted = row
    if course and hold.replaces:
        wanted = one_more(course, row.id, uow.now)
        wanted.session_number = hold.session_number
    day = hold.starts_at.date()
    room = await room_to_move(uow, wanted, hold.location, (day, day))
    if after is None or room.series is None:
        return room
    return replace(room, series=replace(after, template=room.series.template))


def _against(room: Room, hold: SlotHold) -> list[Violation]:
    found = room.violations(*room.limits.place.local(hold.starts_at))
    return [replace(v, number=hold.session_number) for v in found]


async def _move(uow: UnitOfWork, room: Room, hold: SlotHold, row: Appointment) -> Appointment:
    previous = row.starts_at
    _sit(room, hold, row)
    row.version += 1
    await uow.session.flush()
    say(uow, AppointmentMoved, row, previous_starts_at=previous, moved_at=uow.now)
    await records.audit(uow, "update", "appointment", row)
    return row


async def _replace(uow: UnitOfWork, room: Room, hold: SlotHold, row: Appointment) -> Appointment:
    await call_off(uow, row, CancelReason.CLINIC)
    more = room.appointment
    more.id = new_id()
    _sit(room, hold, more)
    uow.session.add(more)
    await uow.session.flush()
    say(uow, AppointmentBooked, more)
    await records.audit(uow, "create", "appointment", more)
    return more


def _sit(room: Room, hold: SlotHold, row: Appointment) -> None:
    """The seat that was held, unless that is out of order by now and another one is free."""
    block = room.limits.place.block(*room.limits.place.local(hold.starts_at))
    seat = promised(room.seat(block, hold.chair_id), "seat of a slot that breaks no rule")
    row.location, row.chair, row.chair_id = room.location.id, seat.name, seat.id
    row.starts_at, row.ends_at = block.starts_at, block.ends_at
