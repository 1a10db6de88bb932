"""An offer or a hold ends: its slots are free again, and of an offer that is said."""

from uuid import UUID

from sqlmodel import col, select

from services.scheduling.models import Appointment, SlotOffer
from services.scheduling.slots.records import earlier_hold, end_holds, open_offers
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import SlotOfferClosed


async def withdraw_offers(uow: UnitOfWork, appointment: Appointment) -> None:
    """What was offered instead of an appointment is moot once somebody moved, cancelled or missed it."""
    for offer in await open_offers(uow, appointment.id):
        await close_offer(uow, offer, "WITHDRAWN")


async def release_hold(uow: UnitOfWork, appointment: Appointment) -> None:
    """What was held for an appointment is moot once it moves; its seat is free from here on. The patient is locked."""
    hold = await earlier_hold(uow, appointment.patient_id, appointment.id)
    if hold is None:
        return
    hold.state, hold.version = "RELEASED", hold.version + 1
    await uow.session.flush()
    await uow.audit(
        "update", "slot_hold", hold.id, patient_id=hold.patient_id, clinic_id=hold.clinic_id, version=hold.version
    )


async def close_offer(uow: UnitOfWork, offer: SlotOffer, state: str) -> None:
    """An offer that nobody accepted ends as DECLINED, EXPIRED, WITHDRAWN or LOST. Emits SlotOfferClosed."""
    offer.state, offer.version = state, offer.version + 1
    await end_holds(uow, offer, "EXPIRED" if state == "EXPIRED" else "RELEASED")
    closed = SlotOfferClosed(
        offer_id=offer.id, patient_id=offer.patient_id, version=offer.version, state=state,
        appointment_id=offer.appointment_id, closed_at=uow.now,
    )  # fmt: skip
    uow.emit(closed, key=offer.patient_id, subject=offer.id, clinic_id=offer.clinic_id)
    await audit_offer(uow, "update", offer)


async def supersede(uow: UnitOfWork, appointment_id: UUID) -> None:
    """Another offer takes the place of those that led to nothing: one call is due about an appointment."""
    rows = select(SlotOffer).where(
        SlotOffer.organisation_id == uow.organisation_id, SlotOffer.appointment_id == appointment_id,
        col(SlotOffer.state).in_(["DECLINED", "EXPIRED", "UNPLACED"]),
    )  # fmt: skip
    for offer in (await uow.session.exec(rows.with_for_update())).all():
        offer.state, offer.version = "WITHDRAWN", offer.version + 1
        await audit_offer(uow, "update", offer)


async def audit_offer(uow: UnitOfWork, action: str, offer: SlotOffer) -> None:
    """An audit row about a patient's offer."""
    await uow.audit(
        action, "slot_offer", offer.id, patient_id=offer.patient_id, clinic_id=offer.clinic_id, version=offer.version
    )
