"""How held and offered slots are found and locked. Another organisation's rows do not exist."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.models import (
    HELD,
    LIVE_STATES,
    OPEN,
    Appointment,
    ChairOutage,
    SlotHold,
    SlotOffer,
    WaitlistEntry,
)
from services.scheduling.planning.ground import hold_location
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_patient, require_role
from shared.problems import NOT_FOUND

STAFF = ("frontdesk", "nurse", "clinician")
R = TypeVar("R", SlotHold, SlotOffer)


def _seen(uow: UnitOfWork, row: R | None) -> R:
    if row is None or row.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    require_patient(uow, row.patient_id)
    if uow.caller.kind != "patient":
        require_role(uow, row.clinic_id, *STAFF)
    return row


async def find_hold(uow: UnitOfWork, hold_id: UUID) -> SlotHold:
    """A hold as it is now, for staff of its clinic or its patient. Raises NOT_FOUND, FORBIDDEN."""
    return _seen(uow, await uow.session.get(SlotHold, hold_id, populate_existing=True))


async def lock_hold(uow: UnitOfWork, hold_id: UUID) -> SlotHold:
    """The same, locked in the order of every booking: patient, location, hold. What is over has ended."""
    seen = await find_hold(uow, hold_id)
    await records.known_patient(uow, seen.patient_id, lock=True)
    await hold_location(uow, seen.clinic_id, seen.location)
    return await uow.session.get_one(SlotHold, hold_id, with_for_update=True, populate_existing=True)


async def earlier_hold(uow: UnitOfWork, patient_id: UUID, subject_id: UUID) -> SlotHold | None:
    """What is held for the same thing already, locked."""
    rows = select(SlotHold).where(
        SlotHold.organisation_id == uow.organisation_id, SlotHold.patient_id == patient_id,
        SlotHold.subject_id == subject_id, SlotHold.state == HELD, col(SlotHold.offer_id).is_(None),
    )  # fmt: skip
    return (await uow.session.exec(rows.with_for_update().execution_options(populate_existing=True))).first()


async def over(uow: UnitOfWork, hold_id: UUID, now: datetime) -> SlotHold | None:
    """A hold whose time is over and that nobody ended yet, locked."""
    rows = select(SlotHold).where(SlotHold.id == hold_id, SlotHold.state == HELD, col(SlotHold.held_until) <= now)
    return (await uow.session.exec(rows.with_for_update().execution_options(populate_existing=True))).first()


async def find_offer(uow: UnitOfWork, offer_id: UUID) -> SlotOffer:
    """An offer as it is now, for staff of its clinic or its patient. Raises NOT_FOUND, FORBIDDEN."""
    return _seen(uow, await uow.session.get(SlotOffer, offer_id, populate_existing=True))


async def lock_offer(uow: UnitOfWork, offer_id: UUID) -> tuple[SlotOffer, list[SlotHold]]:
    """The same with its holds, locked in the order of every booking: patient, locations, appointments, offer, holds."""
    seen = await find_offer(uow, offer_id)
    await records.known_patient(uow, seen.patient_id, lock=True)
    places = select(SlotHold.location).where(SlotHold.offer_id == offer_id).distinct()
    for location in sorted({*await uow.session.exec(places), *([seen.location] if seen.location else [])}):
        await hold_location(uow, seen.clinic_id, location)
    about = {seen.appointment_id, *(hold.appointment_id for hold in await holds_of(uow, offer_id))}
    rows = select(Appointment).where(col(Appointment.id).in_(about)).order_by(col(Appointment.id))
    await uow.session.exec(rows.with_for_update().execution_options(populate_existing=True))
    offer = await uow.session.get_one(SlotOffer, offer_id, with_for_update=True, populate_existing=True)
    return offer, await holds_of(uow, offer_id, lock=True)


async def holds_of(uow: UnitOfWork, offer_id: UUID, *, lock: bool = False) -> list[SlotHold]:
    """What is or was held for an offer, in order of time."""
    rows = select(SlotHold).where(SlotHold.offer_id == offer_id).order_by(col(SlotHold.starts_at), col(SlotHold.id))
    rows = rows.execution_options(populate_existing=True)
    return list(await uow.session.exec(rows.with_for_update() if lock else rows))


async def open_offers(uow: UnitOfWork, appointment_id: UUID) -> list[SlotOffer]:
    """Offers that concern an appointment and wait for an answer, locked."""
    about = select(SlotHold.offer_id).where(SlotHold.appointment_id == appointment_id)
    rows = select(SlotOffer).where(
        SlotOffer.organisation_id == uow.organisation_id, SlotOffer.state == OPEN,
        or_(col(SlotOffer.id).in_(about), col(SlotOffer.appointment_id) == appointment_id),
    )  # fmt: skip
    locked = rows.order_by(col(SlotOffer.id)).with_for_update().execution_options(populate_existing=True)
    return list(await uow.session.exec(locked))


async def end_holds(uow: UnitOfWork, offer: SlotOffer, state: str) -> None:
    """The seats of an offer are free again."""
    for hold in await holds_of(uow, offer.id, lock=True):
        if hold.state == HELD:
            hold.state, hold.version = state, hold.version + 1
    await uow.session.flush()


async def booked_on(uow: UnitOfWork, outage: ChairOutage) -> int:
    """How many live appointments stand on a chair while it is out of order."""
    rows = select(func.count()).where(
        Appointment.organisation_id == uow.organisation_id, Appointment.chair_id == outage.chair_id,
        col(Appointment.state).in_(LIVE_STATES), col(Appointment.ends_at) > outage.starts_at,
        col(Appointment.starts_at) < outage.ends_at,
    )  # fmt: skip
    return (await uow.session.exec(rows)).one()


async def find_entry(uow: UnitOfWork, entry_id: UUID) -> WaitlistEntry:
    """Somebody who waits, for staff of the clinic or the patient. Raises NOT_FOUND, FORBIDDEN."""
    entry = await uow.session.get(WaitlistEntry, entry_id)
    if entry is None or entry.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    require_patient(uow, entry.patient_id)
    if uow.caller.kind != "patient":
        require_role(uow, entry.clinic_id, *STAFF)
    return entry
