"""Moving a message from one state to the next, with its timer, its audit row and, when it failed, its event."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from services.notifications.commands import tasks
from services.notifications.domain.plan import CARE, Next, State, Why
from services.notifications.domain.rows import OF_VISIT
from services.notifications.models import Message
from shared.aliases import of_person
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events.notifications import MessageFailed

DUE = "message_due"


async def lock(uow: UnitOfWork, message_id: UUID) -> Message | None:
    """The organisation's message, locked until the end of the unit of work."""
    mine = select(Message).where(Message.id == message_id, Message.organisation_id == uow.organisation_id)
    return (await uow.session.exec(mine.with_for_update())).one_or_none()


def unsent(uow: UnitOfWork) -> SelectOfScalar[Message]:
    """Messages that certainly have not left, locked in the order of their ids."""
    cleared = and_(Message.state == State.SENDING, col(Message.attempted_at).is_(None))
    waiting = or_(col(Message.state).in_((State.PLANNED, State.HELD)), cleared)
    mine = select(Message).where(waiting, Message.organisation_id == uow.organisation_id)
    return mine.order_by(col(Message.id)).with_for_update()


async def recall(uow: UnitOfWork, patient_id: UUID) -> None:
    """Take back the patient's ordinary messages that were cleared and have not left: they are decided about anew.
    What is due later is decided about then."""
    theirs = unsent(uow).where(of_person(Message.patient_id, patient_id), Message.message_class == CARE)
    for message in await uow.session.exec(theirs.where(Message.state == State.SENDING)):
        await plan_again(uow, message, None, timedelta())


async def release(uow: UnitOfWork, patient_id: UUID, why: Why) -> None:
    """Look again, now, at what was held back for `why`: it is decided anew, and dropped if it is too late."""
    theirs = unsent(uow).where(of_person(Message.patient_id, patient_id), Message.state == State.HELD)
    for message in await uow.session.exec(theirs.where(Message.reason == why)):
        await plan_again(uow, message, None, timedelta())


async def drop_of_visit(uow: UnitOfWork, visit_id: UUID, before_version: int, why: Why) -> list[Message]:
    """Drop what was planned for older versions of an appointment and has not left; gives what was dropped."""
    theirs = unsent(uow).where(Message.appointment_id == visit_id, col(Message.plan_id).in_(OF_VISIT))
    return await _drop(uow, theirs.where(col(Message.appointment_version) < before_version), why)


async def drop_of_plan(uow: UnitOfWork, visit_id: UUID, plan_id: str, why: Why) -> None:
    """Drop what one row of the plan owes for an appointment and has not left."""
    theirs = unsent(uow).where(Message.appointment_id == visit_id, Message.plan_id == plan_id)
    await _drop(uow, theirs, why)


async def drop_of_offer(uow: UnitOfWork, offer_id: UUID, why: Why) -> None:
    """Drop what was planned about an offer and has not left: it has ended."""
    await _drop(uow, unsent(uow).where(Message.offer_id == offer_id), why)


async def drop_of_screening(uow: UnitOfWork, patient_id: UUID, before_version: int) -> None:
    """Drop what was planned after an older screening and has not left."""
    theirs = unsent(uow).where(Message.patient_id == patient_id)
    await _drop(uow, theirs.where(col(Message.screening_version) < before_version), Why.SUPERSEDED)


async def plan(uow: UnitOfWork, message: Message) -> None:
    """Add a message to the plan."""
    uow.session.add(message)
    await look_at(uow, message)
    await audit(uow, message, "create")


async def plan_again(uow: UnitOfWork, message: Message, why: Why | None, after: timedelta) -> None:
    """Take a message that was not sent back to PLANNED, due after a while: everything is checked again then."""
    message.attempted_at = message.asked_at = None
    await move(uow, message, Next(State.PLANNED, why, uow.now + after))


async def move(uow: UnitOfWork, message: Message, next_: Next) -> None:
    """Carry out a decision: the older timer no longer fits the new version, a new one is made if there is a time."""
    message.state, message.reason, message.version = next_.state, next_.why, message.version + 1
    uow.session.add(message)
    if next_.state is State.SENDING:
        message.due_at = uow.now
    if next_.again_at is not None:
        message.due_at = next_.again_at
        await look_at(uow, message)
    await audit(uow, message, "update")
    if next_.state is State.FAILED and next_.why is not None:
        await _not_reached(uow, message, next_.why)


async def fail(uow: UnitOfWork, message: Message, reason: str) -> None:
    """End a message that the provider refused or could not deliver; `reason` is a code such as `PROVIDER_21610`."""
    message.state, message.reason, message.version = State.FAILED, reason, message.version + 1
    uow.session.add(message)
    await audit(uow, message, "update")
    await _not_reached(uow, message, reason)


async def leave_in_doubt(uow: UnitOfWork, message: Message) -> None:
    """Nobody knows whether an e-mail was taken and nobody can be asked: it is not repeated, a person looks after it."""
    message.state, message.reason, message.version = State.UNKNOWN, Why.ANSWER_LOST, message.version + 1
    message.asked_at = wall_now()
    uow.session.add(message)
    await audit(uow, message, "update")
    await _not_reached(uow, message, Why.ANSWER_LOST)


async def ask_for_call(uow: UnitOfWork, message: Message, reason: str) -> None:
    """Have a person call because of a message that is held back, and say so; once for each message."""
    if await tasks.open_for(uow, message, reason):
        say_failed(uow, message, reason)


async def _not_reached(uow: UnitOfWork, message: Message, reason: str) -> None:
    await tasks.open_for(uow, message, reason)
    say_failed(uow, message, reason)


async def _drop(uow: UnitOfWork, messages: SelectOfScalar[Message], why: Why) -> list[Message]:
    dropped = list(await uow.session.exec(messages))
    for message in dropped:
        await move(uow, message, Next(State.DROPPED, why))
    return dropped


async def look_at(uow: UnitOfWork, message: Message) -> None:
    """Make the message due at its `due_at`."""
    await uow.schedule(
        DUE, message.id, message.version, message.due_at, key=message.patient_id or message.id,
        clinic_id=message.clinic_id,
    )  # fmt: skip


async def audit(uow: UnitOfWork, message: Message, action: str) -> None:
    await uow.audit(
        action, "message", message.id, patient_id=message.patient_id, clinic_id=message.clinic_id,
        version=message.version, reason=message.reason,
    )  # fmt: skip


def say_failed(uow: UnitOfWork, message: Message, reason: str) -> None:
    """A failure is said to everybody; a reply to a number that nobody is known by concerns no patient."""
    if message.patient_id is None:
        return
    failed = MessageFailed(
        message_id=message.id, patient_id=message.patient_id, plan_id=message.plan_id, channel=message.channel,
        reason=reason, failed_at=uow.now,
    )  # fmt: skip
    uow.emit(failed, key=message.patient_id, subject=message.id, clinic_id=message.clinic_id)
