"""Slots that patients are offered: what is said of one goes out while it stands, and whoever lost one is told once
(domain D.4, N18)."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import and_, col, or_, select

from services.notifications.commands import queue, tasks
from services.notifications.commands.ledger import one_at_a_time
from services.notifications.domain.plan import CARE, State, Why
from services.notifications.domain.rows import EARLIER, Owed, about_offer, after_loss
from services.notifications.models import Message, Offer
from shared.db.unit_of_work import UnitOfWork
from shared.ids import derived_id

_LOST = "LOST"
_WHY = {
    "ACCEPTED": Why.ANSWERED, "DECLINED": Why.ANSWERED, "EXPIRED": Why.TOO_LATE, "WITHDRAWN": Why.CANCELLED,
}  # fmt: skip


async def note_offer(uow: UnitOfWork, offer: Offer) -> None:
    """Take over an offer and plan the message about it; one whose end is known already says nothing."""
    await one_at_a_time(uow, offer.patient_id)
    if (await uow.session.exec(insert(Offer).values(offer.model_dump()).on_conflict_do_nothing())).rowcount == 0:
        return
    await _audit(uow, "create", offer)
    await _plan(uow, offer, about_offer(offer.starts_at, offer.expires_at, uow.now, waitlist=offer.waitlist))


async def note_offer_over(uow: UnitOfWork, told: Offer) -> None:
    """An offer has ended: nothing about it leaves any more, nobody calls, and whoever was told of it and lost it to
    somebody else is told that. An older version changes nothing. `told` is kept whole while the offer is not known."""
    await one_at_a_time(uow, told.patient_id)
    statement = insert(Offer).values(told.model_dump())
    newer = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={"version": statement.excluded.version, "state": statement.excluded.state},
        where=statement.excluded.version > Offer.version,
    )
    if (await uow.session.exec(newer)).rowcount == 0:
        return
    offer = await uow.session.get_one(Offer, told.id, populate_existing=True)
    await _audit(uow, "update", offer)
    why = _WHY.get(offer.state, Why.SUPERSEDED)
    await queue.drop_of_offer(uow, offer.id, why)
    await tasks.withdraw_of_offer(uow, offer.id, "ANSWERED" if why is Why.ANSWERED else "CHANGED")
    if offer.state == _LOST and await _was_told(uow, offer):
        await _plan(uow, offer, after_loss(offer.starts_at, uow.now))


async def _was_told(uow: UnitOfWork, offer: Offer) -> bool:
    """Whether the text about the offer has left, or may have: who never read of it is told nothing of its loss."""
    left = or_(
        col(Message.state).in_((State.UNKNOWN, State.SENT)),
        and_(col(Message.state) == State.SENDING, col(Message.attempted_at).is_not(None)),
    )
    texts = select(Message.id).where(
        Message.offer_id == offer.id, Message.plan_id == EARLIER, Message.organisation_id == uow.organisation_id, left
    )
    return (await uow.session.exec(texts)).first() is not None


async def _plan(uow: UnitOfWork, offer: Offer, owed: list[Owed]) -> None:
    for one in owed:
        await queue.plan(uow, Message(
            id=derived_id(offer.id, f"{one.plan_id}:{offer.version}:{one.channel}"),
            organisation_id=uow.organisation_id, clinic_id=offer.clinic_id, patient_id=offer.patient_id,
            correlation_id=uow.correlation_id, plan_id=one.plan_id, channel=one.channel, message_class=CARE,
            appointment_id=offer.appointment_id, offer_id=offer.id, offer_version=offer.version, state=State.PLANNED,
            planned_at=uow.now, due_at=one.due_at, stale_at=one.stale_at,
        ))  # fmt: skip


async def _audit(uow: UnitOfWork, action: str, offer: Offer) -> None:
    await uow.audit(
        action, "offer", offer.id, patient_id=offer.patient_id, clinic_id=offer.clinic_id, version=offer.version
    )
