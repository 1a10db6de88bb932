"""How safety concerns and safety tasks are read and opened."""

from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.intake.domain.handling import Further, Known, TaskKind
from services.intake.domain.safety import Concern, stage
from services.intake.models import SafetyConcern, SafetyTask
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import ConcernDetail

R = TypeVar("R", SafetyConcern, SafetyTask)


def _about(uow: UnitOfWork, table: type[R], patient_id: UUID) -> SelectOfScalar[R]:
    """Rows of one person of the caller's organisation, under every merged id."""
    return select(table).where(of_person(table.patient_id, patient_id), table.organisation_id == uow.organisation_id)


class ConcernRecord(Concern):
    """A safety concern as it is kept: why it is open (`reason`: in the words of whoever flagged it), what was answered
    since (`further`), what the clinician who acknowledged it will do (`plan`) and, once resolved, how it was settled.
    """

    reason: str | None = None
    further: tuple[Further, ...] = ()
    plan: str | None = None
    disposition: str | None = None
    note: str | None = None


async def open_concerns(uow: UnitOfWork, patient_id: UUID) -> list[SafetyConcern]:
    rows = _about(uow, SafetyConcern, patient_id).where(SafetyConcern.state == "OPEN")
    return list(await uow.session.exec(rows.order_by(col(SafetyConcern.raised_at), col(SafetyConcern.id))))


def told_of(record: ConcernRecord) -> ConcernDetail:
    """What other services hear of a concern: never the plan or the note."""
    return ConcernDetail(risk=record.risk, source=record.source, disposition=record.disposition)


async def concerns_of(uow: UnitOfWork, patient_id: UUID) -> list[SafetyConcern]:
    """Every concern of a patient, open or settled, oldest first."""
    rows = _about(uow, SafetyConcern, patient_id).order_by(col(SafetyConcern.raised_at), col(SafetyConcern.id))
    return list(await uow.session.exec(rows))


class TaskRecord(BaseModel):
    """What a safety task is about, as it is kept: every answer it was opened or added to for, whom to reach, and how it
    ended."""

    model_config = ConfigDict(frozen=True)

    kind: TaskKind
    entries: tuple[Further, ...]
    outcome: str | None = None
    note: str | None = None


async def tasks_of(uow: UnitOfWork, patient_id: UUID) -> list[SafetyTask]:
    """Every safety task about a patient, open or done, oldest first."""
    rows = _about(uow, SafetyTask, patient_id).order_by(col(SafetyTask.opened_at), col(SafetyTask.id))
    return list(await uow.session.exec(rows))


def task_of(uow: UnitOfWork, row: SafetyTask) -> TaskRecord:
    return uow.open_column("safety_task", "detail", row.id, row.detail, TaskRecord)


def concern_of(uow: UnitOfWork, row: SafetyConcern) -> ConcernRecord:
    return uow.open_column("safety_concern", "detail", row.id, row.detail, ConcernRecord)


def known_of(row: SafetyConcern, record: ConcernRecord) -> Known:
    """A concern as decisions about further answers see it."""
    heard = ((record.source, record.answer, record.risk), *((f.source, f.answer, f.risk) for f in record.further))
    return Known(
        id=row.id, source=record.source, risk=record.risk, stage=stage(row.state, row.acknowledged_at),
        answers=frozenset((source, answer, risk) for source, answer, risk in heard if answer and risk),
        disposition=record.disposition, resolved_at=row.resolved_at,
    )  # fmt: skip
