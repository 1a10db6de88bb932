"""Pages about safety concerns: owed in the transaction that asks for them, sent outside of any, each attempt a row.

An attempt is committed before the network is used and its outcome after. A process that dies in between leaves an
attempt without an outcome: it counts as lost, and the page is sent again.
"""

from datetime import timedelta
from uuid import UUID

from sqlmodel import select

from services.intake.domain.oncall import Outcome, Page, Target, page_id, pause_after, superseded
from services.intake.models import ConcernPage, SafetyConcern
from shared.clinicfile.oncall import Rung
from shared.clinicfile.store import active_clinic
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id


async def owe_page(uow: UnitOfWork, concern: SafetyConcern, rung: Rung) -> None:
    """Page the rung that the concern has reached, now."""
    await _owe(uow, concern, Target.of(rung), concern.escalations, concern.rung, 1, timedelta())


async def begin_page(uow: UnitOfWork, attempt_id: UUID) -> Page | None:
    """Write down that an attempt begins, and give what to send; None when another process has it or nobody needs it."""
    row = await _attempt(uow, attempt_id, "OWED")
    if row is None:
        return None
    concern = await concern_of_page(uow, row)
    if not needed(concern, row):
        await _end(uow, row, "WITHDRAWN")
        return None
    row.state, row.begun_at = "SENDING", wall_now()
    await _audit(uow, row, "update")
    file = (await active_clinic(uow, row.clinic_id)).file
    return Page(
        id=page_id(row.concern_id, row.escalation), reference=row.concern_id, target=target_of(uow, row),
        sender=file.messages.sender_name, text=file.on_call.text,
    )  # fmt: skip


async def end_attempt(uow: UnitOfWork, attempt_id: UUID, outcome: Outcome) -> ConcernPage | None:
    """Write down what became of an attempt; None when that is written down already."""
    row = await _attempt(uow, attempt_id, "SENDING")
    if row is not None:
        await _end(uow, row, outcome)
    return row


async def try_again(uow: UnitOfWork, concern: SafetyConcern, row: ConcernPage) -> None:
    """Owe the same page once more, after a pause."""
    after = pause_after(row.attempt)
    await _owe(uow, concern, target_of(uow, row), row.escalation, row.rung, row.attempt + 1, after)


async def concern_of_page(uow: UnitOfWork, row: ConcernPage) -> SafetyConcern:
    """What the page is about."""
    return (await uow.session.exec(select(SafetyConcern).where(SafetyConcern.id == row.concern_id))).one()


def needed(concern: SafetyConcern, row: ConcernPage) -> bool:
    """Whether somebody must still be told: until the concern is acknowledged, or a later page says the same."""
    waits = concern.state == "OPEN" and concern.acknowledged_at is None
    return waits and not superseded(row.rung, row.escalation, concern.rung, concern.escalations)


def target_of(uow: UnitOfWork, row: ConcernPage) -> Target:
    return uow.open_column("concern_page", "target", row.id, row.target, Target)


async def _owe(
    uow: UnitOfWork, concern: SafetyConcern, target: Target, escalation: int, rung: int, attempt: int, after: timedelta
) -> None:
    row_id = new_id()
    row = ConcernPage(
        id=row_id, organisation_id=concern.organisation_id, clinic_id=concern.clinic_id, patient_id=concern.patient_id,
        concern_id=concern.id, correlation_id=uow.correlation_id, escalation=escalation, rung=rung, attempt=attempt,
        channel=target.channel, target=uow.seal_column("concern_page", "target", row_id, target),
        due_at=wall_now() + after,
    )  # fmt: skip
    await uow.session.flush()
    uow.session.add(row)
    await uow.session.flush()
    await _audit(uow, row, "create")


async def _attempt(uow: UnitOfWork, attempt_id: UUID, state: str) -> ConcernPage | None:
    mine = select(ConcernPage).where(
        ConcernPage.id == attempt_id, ConcernPage.organisation_id == uow.organisation_id, ConcernPage.state == state
    )
    return (await uow.session.exec(mine.with_for_update(skip_locked=True))).one_or_none()


async def _end(uow: UnitOfWork, row: ConcernPage, state: str) -> None:
    row.state, row.ended_at = state, wall_now()
    await _audit(uow, row, "update")


async def _audit(uow: UnitOfWork, row: ConcernPage, action: str) -> None:
    await uow.audit(
        action, "concern_page", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.attempt,
        reason=row.state,
    )  # fmt: skip
