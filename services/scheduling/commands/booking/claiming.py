"""Claiming a slot from the waitlist: the first valid claim takes it, the others are told once (domain D.4)."""

from sqlmodel import col, select

from services.scheduling.commands.booking.moving import move_to
from services.scheduling.commands.booking.waiting import serve
from services.scheduling.commands.booking.withdrawing import close_offer
from services.scheduling.domain.appointment import SESSION
from services.scheduling.models import OPEN, Appointment, SlotOffer, SlotOpening
from services.scheduling.promised import promised
from services.scheduling.schemas.offers import AcceptRequest
from services.scheduling.schemas.requests import MoveRequest
from shared.calendar import local_date, local_time
from shared.db.unit_of_work import UnitOfWork
from shared.problems import FieldError, problem_kind

CLAIM_NOT_READY = problem_kind(
    "CLAIM_NOT_READY", 409, "An earlier session needs somebody to drive home, and time to fast",
    "Say in `can_fast` and `has_driver` that both are settled, or decline.",
)  # fmt: skip


async def claim(uow: UnitOfWork, offer: SlotOffer, row: Appointment, request: AcceptRequest) -> None:
    """Move an appointment to the slot that became free, by every rule of a move. The location is locked already, so
    that claims of one slot happen in turn.

    Raises CLAIM_NOT_READY, MOVE_REFUSED (somebody booked it otherwise, or a rule stands against it by now).
    """
    ready = {"can_fast": request.can_fast, "has_driver": request.has_driver}
    missing = [name for name, said in ready.items() if not said]
    if row.kind == SESSION and missing:
        raise CLAIM_NOT_READY(errors=[FieldError(f"/{name}", "NOT_SETTLED") for name in missing])
    starts_at = promised(offer.to_starts_at, "start of an offer from the waitlist")
    day, at = local_date(starts_at, offer.zone), local_time(starts_at, offer.zone)
    await move_to(uow, row, MoveRequest(day=day, time=at, location=offer.location))
    await serve(uow, row.id)
    opening = await uow.session.get_one(SlotOpening, offer.cause_id, with_for_update=True, populate_existing=True)
    opening.state = "CLAIMED"
    others = select(SlotOffer).where(SlotOffer.cause_id == opening.id, SlotOffer.state == OPEN)
    for other in (await uow.session.exec(others.order_by(col(SlotOffer.id)).with_for_update())).all():
        await close_offer(uow, other, "LOST")
