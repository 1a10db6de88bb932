"""What answers settled is due again when they count no more: two merged records were taken apart, or one was corrected
(domain B.8)."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.intake.commands.answers.due import ask_again_later, following_id, make_due
from services.intake.commands.answers.schedule import DUE, answered
from services.intake.commands.answers.settling import say_answered
from services.intake.domain.due import Occasion
from services.intake.history import treatments_of
from services.intake.models import DueItem
from services.intake.views import instrument_of
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork


async def reopen_unanswered(uow: UnitOfWork, patient_id: UUID, since: datetime) -> None:
    """Ask again what was settled from `since` on by answers that are not this person's any more.

    Where the session it was for is over, it was missed. The patient's row must be locked. Emits AssessmentDue.
    """
    settled = select(DueItem).where(
        of_person(DueItem.patient_id, patient_id), DueItem.organisation_id == uow.organisation_id,
        DueItem.state == "SETTLED", col(DueItem.settled_at) >= since,
    )  # fmt: skip
    for item in (await uow.session.exec(settled.order_by(col(DueItem.opens_at), col(DueItem.id)))).all():
        if not await answered(uow, item, item.settled_at) and await _take_back(uow, item):
            await _ask_again(uow, item)


async def settle_answered(uow: UnitOfWork, patient_id: UUID, instrument: str) -> None:
    """What is due of an instrument and is answered by now, as an answer of earlier counts since it was corrected.

    The patient's row must be locked. Emits AssessmentAnswered.
    """
    waiting = select(DueItem).where(
        of_person(DueItem.patient_id, patient_id), DueItem.organisation_id == uow.organisation_id,
        col(DueItem.state).in_(("PLANNED", "OPEN")), DueItem.instrument == instrument,
    )  # fmt: skip
    for item in (await uow.session.exec(waiting.order_by(col(DueItem.opens_at), col(DueItem.id)))).all():
        if await answered(uow, item):
            item.state, item.settled_at = "SETTLED", uow.now
            say_answered(uow, item)
            await uow.audit("update", "due_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id)
            if item.occasion == Occasion.MAINTENANCE:
                await ask_again_later(uow, item)


async def _take_back(uow: UnitOfWork, item: DueItem) -> bool:
    """What was to be asked some weeks later is not; False when that was asked already, and stands for this one too."""
    if item.occasion != Occasion.MAINTENANCE:
        return True
    following = await uow.session.get(DueItem, following_id(item.id, instrument_of(item)), populate_existing=True)
    if following is None or following.state != "PLANNED":
        return following is None
    following.state, following.settled_at = "DROPPED", uow.now
    return True


async def _ask_again(uow: UnitOfWork, item: DueItem) -> None:
    if await _is_over(uow, item):
        item.state, item.settled_at = "MISSED", uow.now
        await uow.audit("update", "due_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id)
        return
    item.settled_at = None
    if item.opens_at <= uow.now:
        await make_due(uow, item)
        return
    item.state = "PLANNED"
    await uow.audit("update", "due_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id)
    await uow.schedule(DUE, item.id, item.version, item.opens_at, key=item.patient_id, clinic_id=item.clinic_id)


async def _is_over(uow: UnitOfWork, item: DueItem) -> bool:
    """Whether the session before which it was asked has begun, or any has of what is asked at intake."""
    if item.occasion == Occasion.BEFORE_SESSION:
        return item.late_from <= uow.now
    return item.occasion == Occasion.INTAKE and bool(await treatments_of(uow, item.patient_id))
