"""Call tasks: what a person does for somebody whom no message reaches (domain E.1, E.2)."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.notifications.domain.plan import State, Why
from services.notifications.domain.tasks import TaskState, call_by, way_of
from services.notifications.models import CallTask, Message
from services.notifications.queries import call_task_view
from services.notifications.schemas import CallTaskView, SettleCallTask
from shared.db.unit_of_work import UnitOfWork
from shared.events.notifications import MessageFailureSettled
from shared.http import require_version
from shared.ids import derived_id
from shared.problems import CONFLICT, NOT_FOUND

_ON_ITS_WAY = (State.PLANNED, State.SENDING, State.SENT)
_NO_CHANNEL = (Why.NO_CONSENT, Why.NO_NUMBER, Why.NO_ADDRESS, Why.OPTED_OUT)  # decided with every channel in view


async def open_for(uow: UnitOfWork, message: Message, reason: str) -> bool:
    """Open the task for a message that does not reach its patient, unless the same is on its way on another channel,
    or the plan asks nobody to call. Gives whether there is a new task."""
    way = way_of(message.plan_id)
    if way is None or message.patient_id is None or uow.now >= message.stale_at:
        return False
    if await _of_message(uow, message.id) or (reason not in _NO_CHANNEL and await _told_otherwise(uow, message)):
        return False
    task = CallTask(
        id=derived_id(message.id, "call"), organisation_id=uow.organisation_id, clinic_id=message.clinic_id,
        patient_id=message.patient_id, message_id=message.id, plan_id=message.plan_id,
        appointment_id=message.appointment_id, appointment_version=message.appointment_version, way=way, reason=reason,
        due_at=call_by(uow.now, message.stale_at), created_at=uow.now,
    )  # fmt: skip
    uow.session.add(task)
    await _audit(uow, task, "create")
    return True


async def withdraw_of_visit(uow: UnitOfWork, visit_id: UUID, before_version: int) -> None:
    """Nobody calls any more about an older version of an appointment."""
    older = _open(uow).where(CallTask.appointment_id == visit_id, col(CallTask.appointment_version) < before_version)
    for task in list(await uow.session.exec(older)):
        await _end(uow, task, TaskState.WITHDRAWN, "CHANGED")


async def withdraw_of_plan(uow: UnitOfWork, visit_id: UUID, plan_id: str) -> None:
    """Nobody calls any more for what a row of the plan asked about an appointment: it was answered."""
    asking = _open(uow).where(CallTask.appointment_id == visit_id, CallTask.plan_id == plan_id)
    for task in list(await uow.session.exec(asking)):
        await _end(uow, task, TaskState.WITHDRAWN, "ANSWERED")


async def withdraw_of_offer(uow: UnitOfWork, offer_id: UUID, outcome: str) -> None:
    """Nobody calls any more about an offer that has ended."""
    about = select(Message.id).where(Message.offer_id == offer_id, Message.organisation_id == uow.organisation_id)
    for task in list(await uow.session.exec(_open(uow).where(col(CallTask.message_id).in_(about)))):
        await _end(uow, task, TaskState.WITHDRAWN, outcome)


async def withdraw_of_message(uow: UnitOfWork, message_id: UUID) -> None:
    """The message went out after all, which MessageSent says."""
    for task in list(await uow.session.exec(_open(uow).where(CallTask.message_id == message_id))):
        await _settle(uow, task, TaskState.WITHDRAWN, "SENT")


async def settle_call_task(uow: UnitOfWork, task_id: UUID, request: SettleCallTask, expected: int) -> CallTaskView:
    """A person has called, or handed the page over. Raises NOT_FOUND, STALE_VERSION, CONFLICT when it is settled."""
    mine = select(CallTask).where(CallTask.id == task_id, CallTask.organisation_id == uow.organisation_id)
    task = (await uow.session.exec(mine.with_for_update())).one_or_none()
    if task is None:
        raise NOT_FOUND()
    require_version(task.version, expected)
    if task.state != TaskState.OPEN:
        raise CONFLICT()
    await _end(uow, task, TaskState.DONE, request.outcome)
    return await call_task_view(uow, task)


def _open(uow: UnitOfWork) -> SelectOfScalar[CallTask]:
    mine = select(CallTask).where(CallTask.organisation_id == uow.organisation_id, CallTask.state == TaskState.OPEN)
    return mine.order_by(col(CallTask.id)).with_for_update()


async def _end(uow: UnitOfWork, task: CallTask, state: TaskState, outcome: str) -> None:
    await _settle(uow, task, state, outcome)
    event = MessageFailureSettled(
        message_id=task.message_id, patient_id=task.patient_id, plan_id=task.plan_id, outcome=outcome,
        settled_at=uow.now,
    )  # fmt: skip
    uow.emit(event, key=task.patient_id, subject=task.message_id, clinic_id=task.clinic_id)


async def _settle(uow: UnitOfWork, task: CallTask, state: TaskState, outcome: str) -> None:
    task.state, task.outcome, task.version = state, outcome, task.version + 1
    task.settled_at, task.settled_by = uow.now, uow.caller.subject
    uow.session.add(task)
    await _audit(uow, task, "update")


async def _told_otherwise(uow: UnitOfWork, message: Message) -> bool:
    """Whether another message of the same row of the plan, about the same, is on its way or there."""
    same = select(Message.id).where(
        Message.patient_id == message.patient_id, Message.plan_id == message.plan_id, Message.id != message.id,
        col(Message.appointment_id).is_not_distinct_from(message.appointment_id),
        col(Message.appointment_version).is_not_distinct_from(message.appointment_version),
        col(Message.screening_id).is_not_distinct_from(message.screening_id),
        col(Message.offer_id).is_not_distinct_from(message.offer_id), col(Message.state).in_(_ON_ITS_WAY),
    )  # fmt: skip
    return (await uow.session.exec(same)).first() is not None


async def _of_message(uow: UnitOfWork, message_id: UUID) -> CallTask | None:
    return (await uow.session.exec(select(CallTask).where(CallTask.message_id == message_id))).one_or_none()


async def _audit(uow: UnitOfWork, task: CallTask, action: str) -> None:
    await uow.audit(
        action, "call_task", task.id, patient_id=task.patient_id, clinic_id=task.clinic_id, version=task.version,
        reason=task.reason,
    )  # fmt: skip
