"""Safety tasks: what a person looks at although nothing is held (domain A.6). One open task of a kind for a person."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from services.intake.concerns import TaskRecord, task_of, tasks_of
from services.intake.domain.handling import Further, TaskKind
from services.intake.models import SafetyTask
from services.intake.schemas.safety import SafetyTaskView, SettleTaskRequest
from services.intake.views import safety_task_view
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import SafetyTaskOpened, SafetyTaskSettled
from shared.events.parts import SafetyTaskDetail
from shared.http import require_role, require_version
from shared.ids import new_id
from shared.problems import CONFLICT, NOT_FOUND
from shared.sealing import Sealed

CARE = ("nurse", "clinician")


async def open_task(
    uow: UnitOfWork, patient_id: UUID, clinic_id: UUID, kind: TaskKind, entry: Further, due_at: datetime
) -> None:
    """Have a person look at an answer: in the open task of this kind if there is one, which may be due earlier now.

    The patient's row, if there is one, must be locked. Emits SafetyTaskOpened.
    """
    await uow.session.flush()
    waiting = [(row, task_of(uow, row)) for row in await tasks_of(uow, patient_id) if row.state == "OPEN"]
    row, record = next((found for found in waiting if found[1].kind == kind), (None, None))
    if row is None or record is None:
        row = SafetyTask(
            id=new_id(), organisation_id=uow.organisation_id, clinic_id=clinic_id, patient_id=patient_id,
            version=0, opened_at=uow.now, due_at=due_at, detail="",
        )  # fmt: skip
        record = TaskRecord(kind=kind, entries=())
    row.version, row.due_at = row.version + 1, min(row.due_at, due_at)
    _keep(uow, row, record.model_copy(update={"entries": (*record.entries, entry)}))
    event = SafetyTaskOpened(
        task_id=row.id, patient_id=row.patient_id, version=row.version, opened_at=row.opened_at, due_at=row.due_at,
        detail=Sealed.of(SafetyTaskDetail(kind=kind)),
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await _audit(uow, row, "create" if row.version == 1 else "update", kind)


async def settle_task(
    uow: UnitOfWork, task_id: UUID, request: SettleTaskRequest, expected_version: int
) -> SafetyTaskView:
    """A person has looked at everything in a task. What worsens is a concern of its own, which only a disposition ends.

    Raises NOT_FOUND, FORBIDDEN (an answer is acknowledged by a clinician), STALE_VERSION when there is more to look at
    by now, CONFLICT when it is settled.
    """
    mine = select(SafetyTask).where(SafetyTask.id == task_id, SafetyTask.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(mine.with_for_update())).one_or_none()
    if row is None:
        raise NOT_FOUND()
    record = task_of(uow, row)
    require_role(uow, None, *(("clinician",) if record.kind == "ANSWER_TO_ACKNOWLEDGE" else CARE))
    if row.state != "OPEN":
        raise CONFLICT(params={"state": row.state})
    require_version(row.version, expected_version)
    row.state, row.version = "SETTLED", row.version + 1
    row.settled_at, row.settled_by = uow.now, uow.caller.subject
    _keep(uow, row, record.model_copy(update=request.model_dump()))
    event = SafetyTaskSettled(
        task_id=row.id, patient_id=row.patient_id, version=row.version, settled_at=uow.now,
        detail=Sealed.of(SafetyTaskDetail(kind=record.kind, outcome=request.outcome)),
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await _audit(uow, row, "update", request.outcome)
    return await safety_task_view(uow, row)


def _keep(uow: UnitOfWork, row: SafetyTask, record: TaskRecord) -> None:
    row.detail = uow.seal_column("safety_task", "detail", row.id, record)
    uow.session.add(row)


async def _audit(uow: UnitOfWork, row: SafetyTask, action: str, reason: str) -> None:
    await uow.audit(
        action, "safety_task", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version,
        reason=reason,
    )  # fmt: skip
