"""Pages: owed in the transaction that asks for them, sent outside of any, each attempt a row.

An attempt is committed before the network is used and its outcome after. A process that dies in between leaves an
attempt without an outcome: it counts as lost, and the page is sent again.
"""

from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select

from shared.clinicfile.oncall import Rung
from shared.clinicfile.store import active_clinic
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.oncall.duty import Duty, Subject
from shared.oncall.ladder import Outcome, Page, Target, page_id, pause_after, superseded
from shared.oncall.tables import PageColumns

P = TypeVar("P", bound=PageColumns)


async def owe_page(uow: UnitOfWork, duty: Duty, subject: Subject, rung: Rung) -> None:
    """Page the rung that the subject has reached, now."""
    await _owe(uow, duty, subject, Target.of(rung), subject.escalations, subject.rung, 1, timedelta())


async def begin_page(uow: UnitOfWork, duty: Duty, attempt_id: UUID) -> Page | None:
    """Write down that an attempt begins, and give what to send; None when another process has it or nobody needs it."""
    row = await _attempt(uow, duty, attempt_id, "OWED")
    if row is None:
        return None
    if not needed(await subject_of(uow, duty, duty.about_of(row)), row):
        await _end(uow, duty, row, "WITHDRAWN")
        return None
    row.state, row.begun_at = "SENDING", wall_now()
    await _audit(uow, duty, row, "update")
    file = (await active_clinic(uow, row.clinic_id)).file
    return Page(
        id=page_id(duty.about_of(row), row.escalation), reference=duty.about_of(row), target=target_of(uow, row),
        sender=file.messages.sender_name, text=duty.text(duty.on_call(file)), calls=duty.calls,
    )  # fmt: skip


async def end_attempt(uow: UnitOfWork, duty: Duty, attempt_id: UUID, outcome: Outcome) -> PageColumns | None:
    """Write down what became of an attempt; None when that is written down already."""
    row = await _attempt(uow, duty, attempt_id, "SENDING")
    if row is not None:
        await _end(uow, duty, row, outcome)
    return row


async def try_again(uow: UnitOfWork, duty: Duty, subject: Subject, row: PageColumns) -> None:
    """Owe the same page once more, after a pause."""
    after = pause_after(row.attempt)
    await _owe(uow, duty, subject, target_of(uow, row), row.escalation, row.rung, row.attempt + 1, after)


async def subject_of(uow: UnitOfWork, duty: Duty, about_id: UUID) -> Subject:
    """What a page or a timer is about."""
    found: Subject = (await uow.session.exec(select(duty.subjects).where(duty.subjects.id == about_id))).one()
    return found


def needed(subject: Subject, row: PageColumns) -> bool:
    """Whether somebody must still be told: until it is acknowledged, or a later page says the same."""
    return subject.unanswered and not superseded(row.rung, row.escalation, subject.rung, subject.escalations)


def target_of(uow: UnitOfWork, row: PageColumns) -> Target:
    """Whom an attempt pages."""
    return uow.open_column(str(row.__tablename__), "target", row.id, row.target, Target)


async def pages_of(uow: UnitOfWork, table: type[P], about: bool) -> list[P]:
    """Every attempt to page somebody about a subject, oldest first; `about` picks its rows of the table."""
    rows = select(table).where(about, table.organisation_id == uow.organisation_id)
    return list(await uow.session.exec(rows.order_by(col(table.due_at), col(table.id))))


async def _owe(
    uow: UnitOfWork, duty: Duty, subject: Subject, target: Target, escalation: int, rung: int, attempt: int,
    after: timedelta,
) -> None:  # fmt: skip
    row_id = new_id()
    row = duty.pages(
        id=row_id, organisation_id=subject.organisation_id, clinic_id=subject.clinic_id, patient_id=subject.patient_id,
        correlation_id=uow.correlation_id, escalation=escalation, rung=rung, attempt=attempt, channel=target.channel,
        target=uow.seal_column(duty.page_table, "target", row_id, target), due_at=wall_now() + after,
        **{duty.about: subject.id},
    )  # fmt: skip
    await uow.session.flush()
    uow.session.add(row)
    await uow.session.flush()
    await _audit(uow, duty, row, "create")


async def _attempt(uow: UnitOfWork, duty: Duty, attempt_id: UUID, state: str) -> PageColumns | None:
    table = duty.pages
    mine = select(table).where(
        table.id == attempt_id, table.organisation_id == uow.organisation_id, table.state == state
    )
    found: PageColumns | None = (await uow.session.exec(mine.with_for_update(skip_locked=True))).one_or_none()
    return found


async def _end(uow: UnitOfWork, duty: Duty, row: PageColumns, state: str) -> None:
    row.state, row.ended_at = state, wall_now()
    await _audit(uow, duty, row, "update")


async def _audit(uow: UnitOfWork, duty: Duty, row: PageColumns, action: str) -> None:
    await uow.audit(
        action, duty.page_table, row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.attempt,
        reason=row.state,
    )  # fmt: skip
