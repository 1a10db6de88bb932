"""Waiting for an earlier slot, and being offered one (domain D.4). The claim itself is in `claiming`."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.commands.booking.moving import NOT_MOVABLE
from services.scheduling.commands.booking.opening import LOOK
from services.scheduling.commands.booking.replanning import OFFER_ENDS
from services.scheduling.commands.booking.withdrawing import audit_offer, close_offer
from services.scheduling.domain.appointment import State
from services.scheduling.domain.waitlist import answer_by
from services.scheduling.models import OPEN, WAITING, Appointment, SlotOffer, SlotOpening, WaitlistEntry
from services.scheduling.planning.ground import hold_location, invalid
from services.scheduling.planning.waiting import Candidate, candidates_for
from services.scheduling.schemas.waitlist import WaitRequest, WaitView
from services.scheduling.slots import views
from services.scheduling.slots.records import find_entry
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import SlotOffered
from shared.http import require_version
from shared.ids import new_id
from shared.problems import problem_kind

STAFF = ("frontdesk", "nurse", "clinician")
WAITS_ALREADY = problem_kind(
    "WAITS_ALREADY", 409, "An earlier slot is waited for already", "Leave the waitlist first, then wait anew."
)
NOT_WAITING = problem_kind("NOT_WAITING", 409, "Nobody waits here any more", "Nothing is to be done.")


async def join_waitlist(uow: UnitOfWork, request: WaitRequest) -> WaitView:
    """Wait for an earlier slot than a booked appointment has. Staff may say that somebody comes first.

    Raises NOT_FOUND, FORBIDDEN, NOT_MOVABLE, WAITS_ALREADY, INVALID_REQUEST (a priority that a patient sets).
    """
    appointment = await records.find_for(uow, request.appointment_id, *STAFF, patient=True)
    if uow.caller.kind == "patient" and request.priority:
        raise invalid("/priority", "ONLY_STAFF")
    if appointment.state != State.CONFIRMED.value or appointment.starts_at <= uow.now:
        raise NOT_MOVABLE(params={"state": appointment.state})
    if await _entry_of(uow, appointment.id) is not None:
        raise WAITS_ALREADY()
    entry = WaitlistEntry(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=appointment.clinic_id,
        patient_id=appointment.patient_id, appointment_id=appointment.id, location=appointment.location,
        asked_at=uow.now, **request.model_dump(exclude={"appointment_id"}),
    )  # fmt: skip
    uow.session.add(entry)
    await _audit(uow, "create", entry)
    return views.waiting(entry, appointment)


async def leave_waitlist(uow: UnitOfWork, entry_id: UUID, expected_version: int) -> WaitView:
    """Nobody waits any more; what was offered for it ends. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NOT_WAITING."""
    seen = await find_entry(uow, entry_id)
    appointment = await records.find(uow, Appointment, seen.appointment_id, lock=True)
    entry = await uow.session.get_one(WaitlistEntry, entry_id, with_for_update=True, populate_existing=True)
    if entry.state != WAITING:
        raise NOT_WAITING(params={"state": entry.state})
    require_version(entry.version, expected_version)
    entry.state, entry.version = "LEFT", entry.version + 1
    offers = select(SlotOffer).where(
        SlotOffer.appointment_id == appointment.id, SlotOffer.cause == "WAITLIST", SlotOffer.state == OPEN
    )
    for offer in (await uow.session.exec(offers.order_by(col(SlotOffer.id)).with_for_update())).all():
        await close_offer(uow, offer, "WITHDRAWN")
    await _audit(uow, "update", entry)
    return views.waiting(entry, appointment)


async def serve(uow: UnitOfWork, appointment_id: UUID) -> None:
    """Whoever waited has an earlier slot now."""
    entry = await _entry_of(uow, appointment_id)
    if entry is not None:
        entry.state, entry.version = "SERVED", entry.version + 1
        await _audit(uow, "update", entry)


async def look(uow: UnitOfWork, opening_id: UUID) -> bool:
    """Offer a slot that is free to the next ones for whom it is right; False when there is nothing left to do.

    Comes again when their time to answer is over. The location is locked first: whoever books there at the same moment
    either has the slot before it is offered, or ends the offers.
    """
    seen = await uow.session.get_one(SlotOpening, opening_id)
    await hold_location(uow, seen.clinic_id, seen.location)
    opening = await uow.session.get_one(SlotOpening, opening_id, with_for_update=True, populate_existing=True)
    file = (await active_clinic(uow, opening.clinic_id)).file
    policy = file.booking.waitlist
    last_call = opening.starts_at - timedelta(hours=policy.notice_hours)
    if opening.state != OPEN:
        return False
    chosen = [] if uow.now > last_call else (await candidates_for(uow, opening, file))[: policy.offers_at_once]
    if not chosen:
        opening.state = "CLOSED"
        return True
    opening.round += 1
    until = min(answer_by(uow.now, policy, file.zone), max(last_call, uow.now + timedelta(minutes=policy.day_minutes)))
    for candidate in chosen:
        await _offer(uow, opening, candidate, until)
    await uow.schedule(LOOK, opening.id, opening.round, until, key=opening.clinic_id, clinic_id=opening.clinic_id)
    return True


async def _offer(uow: UnitOfWork, opening: SlotOpening, candidate: Candidate, until: datetime) -> None:
    row, block = candidate.appointment, candidate.block
    offer = SlotOffer(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=row.clinic_id, patient_id=row.patient_id,
        cause="WAITLIST", cause_id=opening.id, appointment_id=row.id, course_id=row.course_id, zone=row.zone,
        starts_at=row.starts_at, offered_at=uow.now, expires_at=until, location=opening.location,
        to_starts_at=block.starts_at, to_ends_at=block.ends_at,
    )  # fmt: skip
    uow.session.add(offer)
    await audit_offer(uow, "create", offer)
    offered = SlotOffered(
        offer_id=offer.id, patient_id=offer.patient_id, version=offer.version, appointment_id=row.id,
        location=opening.location, zone=offer.zone, sessions=1, starts_at=block.starts_at,
        previous_starts_at=row.starts_at, offered_at=uow.now, expires_at=until, waitlist=True,
    )  # fmt: skip
    uow.emit(offered, key=offer.patient_id, subject=offer.id, clinic_id=offer.clinic_id)
    await uow.schedule(OFFER_ENDS, offer.id, 1, until, key=offer.patient_id, clinic_id=offer.clinic_id)


async def _entry_of(uow: UnitOfWork, appointment_id: UUID) -> WaitlistEntry | None:
    rows = select(WaitlistEntry).where(
        WaitlistEntry.organisation_id == uow.organisation_id, WaitlistEntry.appointment_id == appointment_id,
        WaitlistEntry.state == WAITING,
    )  # fmt: skip
    return (await uow.session.exec(rows.with_for_update().execution_options(populate_existing=True))).first()


async def _audit(uow: UnitOfWork, action: str, entry: WaitlistEntry) -> None:
    await uow.audit(
        action, "waitlist_entry", entry.id, patient_id=entry.patient_id, clinic_id=entry.clinic_id,
        version=entry.version,
    )  # fmt: skip
