"""What is booked otherwise cannot be claimed any more: its open offers from the waitlist end (domain D.4)."""

from collections.abc import Sequence

from sqlmodel import col, select

from services.scheduling.commands.booking.withdrawing import close_offer
from services.scheduling.models import OPEN, Appointment, SlotOffer
from services.scheduling.planning.waiting import can_be_claimed
from services.scheduling.promised import promised
from shared.db.unit_of_work import UnitOfWork


async def lose_offers(uow: UnitOfWork, booked: Sequence[Appointment]) -> None:
    """End the offers from the waitlist that appointments of one location, just booked or moved there, stand in the way
    of: those who have them are told once. An offer that another seat still serves stays open.

    The location is locked, so that nobody claims meanwhile. Emits SlotOfferClosed (LOST).
    """
    await uow.session.flush()
    for seen in await _open_at(uow, booked[0]):
        if not any(_overlaps(seen, one) for one in booked):
            continue
        offer = await uow.session.get_one(SlotOffer, seen.id, with_for_update=True, populate_existing=True)
        if offer.state == OPEN and not await can_be_claimed(uow, offer):
            await close_offer(uow, offer, "LOST")


async def _open_at(uow: UnitOfWork, booked: Appointment) -> Sequence[SlotOffer]:
    rows = select(SlotOffer).where(
        SlotOffer.organisation_id == uow.organisation_id, SlotOffer.clinic_id == booked.clinic_id,
        SlotOffer.location == booked.location, SlotOffer.cause == "WAITLIST", SlotOffer.state == OPEN,
        col(SlotOffer.expires_at) > uow.now,
    )  # fmt: skip
    return (await uow.session.exec(rows.order_by(col(SlotOffer.id)))).all()


def _overlaps(offer: SlotOffer, booked: Appointment) -> bool:
    starts_at = promised(offer.to_starts_at, "start of an offer from the waitlist")
    return starts_at < booked.ends_at and booked.starts_at < promised(offer.to_ends_at, "end of that offer")
