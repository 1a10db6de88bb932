"""From the network's edge to the provider's last word (domain E.4, design: the outside world).

An attempt is written down and committed before the network is used; whatever the network then did, its answer is
recorded in one transaction with the event that follows from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, or_, select

from services.notifications.commands import ledger, queue, tasks
from services.notifications.domain.plan import CRISIS, RETRY_AFTER, Channel, State, Why
from services.notifications.domain.provider import (
    DELIVERED,
    NOT_DELIVERED,
    OPTED_OUT,
    Accepted,
    Answer,
    Consequence,
    Lost,
    NotTaken,
    Refused,
    consequence,
    moves_on,
)
from services.notifications.domain.wording import Mail, Outgoing
from services.notifications.models import ContactPoint, Message
from services.notifications.queries import outgoing_of
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events.notifications import MessageDelivered, MessageSent

CLEARANCE = timedelta(minutes=1)
PROVIDER_PAUSE = timedelta(minutes=1)
CRISIS_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to hand a message to the provider; `begun_at` (wall time) tells it from other tries."""

    message_id: UUID
    begun_at: datetime
    outgoing: Outgoing | Mail


async def cleared_mail(uow: UnitOfWork, message_id: UUID) -> Mail | None:
    """An e-mail that is cleared, to be announced to the server; whether it goes is asked again at the last moment."""
    message = await queue.lock(uow, message_id)
    if message is None or message.state != State.SENDING or message.attempted_at is not None:
        return None
    outgoing = outgoing_of(uow, message)
    return outgoing if isinstance(outgoing, Mail) else None


async def begin_attempt(uow: UnitOfWork, message_id: UUID) -> Attempt | None:
    """Write down that it is about to leave. None when the message was held, dropped or begun by another; one
    that was cleared more than a minute ago is decided about anew, since the hour or the consent may have changed, and
    so is one that has become pointless since: an offer may have expired."""
    message = await queue.lock(uow, message_id)
    if message is None or message.state != State.SENDING or message.attempted_at is not None:
        return None
    if uow.now - message.due_at > CLEARANCE or uow.now >= message.stale_at:
        await queue.plan_again(uow, message, None, timedelta())
        return None
    message.attempted_at = wall_now()
    return _attempt(uow, message, message.attempted_at)


async def unanswered(uow: UnitOfWork, message_id: UUID) -> Attempt | None:
    """The attempt of a message whose answer is missing; from now on it is UNKNOWN. None when it was answered."""
    message = await queue.lock(uow, message_id)
    if message is None or message.state not in (State.SENDING, State.UNKNOWN) or message.attempted_at is None:
        return None
    message.state, message.asked_at = State.UNKNOWN, wall_now()
    return _attempt(uow, message, message.attempted_at)


async def give_up_asking(uow: UnitOfWork, message_id: UUID) -> None:
    """An e-mail was handed over and no answer was recorded: a process died, and nobody can be asked."""
    message = await queue.lock(uow, message_id)
    if message is not None and message.state == State.SENDING and message.attempted_at is not None:
        await queue.leave_in_doubt(uow, message)


async def record_answer(uow: UnitOfWork, attempt: Attempt, answer: Answer) -> None:
    """Record what the provider answered to an attempt; nothing if a callback has said it before."""
    point, message = await ledger.lock_message(uow, attempt.message_id)
    if message is None:
        return
    if isinstance(answer, Accepted):
        await _learn_sent(uow, point, message, answer)
    elif _awaits(message, attempt):
        await _record_untaken(uow, point, message, answer)


async def record_search(uow: UnitOfWork, attempt: Attempt, found: Sequence[Accepted] | None, settled: bool) -> None:
    """Record what the provider has of an unanswered attempt: texts that match it, or None if it did not say.

    Found: it was sent and is not repeated. Not found once the provider has had its time (`settled`): it was never taken
    and is decided about anew. A CRISIS text does not wait for certainty: unless found it goes again in half a minute,
    until it is stale.
    """
    point, message = await ledger.lock_message(uow, attempt.message_id)
    if message is None or not _awaits(message, attempt):
        return
    ours = [text for text in found or () if not await _known_sid(uow, text.sid)]
    if ours:
        await _learn_sent(uow, point, message, ours[0])
    elif message.message_class == CRISIS:
        await queue.plan_again(uow, message, None, CRISIS_PAUSE)
    elif found is not None and settled:
        await queue.plan_again(uow, message, None, timedelta())


async def record_status(uow: UnitOfWork, message_id: UUID, report: Accepted) -> None:
    """Take a status callback, in whatever order and however often they come (E.4). One about a text whose answer was
    lost is its answer; one about an earlier try, or with a status that we do not know, is ignored."""
    point, message = await ledger.lock_message(uow, message_id)
    if message is None or not moves_on(None, report.status):
        return
    if message.provider_sid is None:
        await _learn_sent(uow, point, message, report)
    elif message.provider_sid == report.sid and moves_on(message.provider_status, report.status):
        message.provider_status = report.status
        uow.session.add(message)
        await _after_status(uow, point, message, report)


def _attempt(uow: UnitOfWork, message: Message, begun_at: datetime) -> Attempt:
    uow.session.add(message)
    return Attempt(message.id, begun_at, outgoing_of(uow, message))


def _awaits(message: Message, attempt: Attempt) -> bool:
    return message.state in (State.SENDING, State.UNKNOWN) and message.attempted_at == attempt.begun_at


async def _record_untaken(
    uow: UnitOfWork, point: ContactPoint | None, message: Message, answer: Refused | NotTaken | Lost
) -> None:
    match answer:
        case Refused(code):
            await _give_up(uow, point, message, code)
        case NotTaken():
            await queue.plan_again(uow, message, Why.PROVIDER_AWAY, PROVIDER_PAUSE)
        case Lost() if message.channel == Channel.EMAIL:
            await queue.leave_in_doubt(uow, message)
        case Lost():
            message.state = State.UNKNOWN
            uow.session.add(message)


async def _known_sid(uow: UnitOfWork, sid: str) -> bool:
    known = select(Message.id).where(or_(col(Message.provider_sid) == sid, col(Message.former_sid) == sid))
    return (await uow.session.exec(known)).first() is not None


async def _learn_sent(uow: UnitOfWork, point: ContactPoint | None, message: Message, report: Accepted) -> None:
    """The provider has the text. That may be learned late: a message that waits for another try is then sent too."""
    over = message.state in (State.SENT, State.FAILED, State.DROPPED)
    if over or message.outgoing is None or report.sid == message.former_sid:
        return
    message.state, message.reason = State.SENT, None
    message.provider_sid, message.provider_status = report.sid or None, report.status
    first, message.sent_at = message.sent_at is None, message.sent_at or uow.now
    uow.session.add(message)
    await queue.audit(uow, message, "update")
    if first and message.patient_id is not None:
        _say_sent(uow, message, message.patient_id)
        await tasks.withdraw_of_message(uow, message.id)
    await _after_status(uow, point, message, report)


def _say_sent(uow: UnitOfWork, message: Message, patient_id: UUID) -> None:
    sent = MessageSent(
        message_id=message.id, patient_id=patient_id, plan_id=message.plan_id, channel=message.channel,
        appointment_id=message.appointment_id, appointment_version=message.appointment_version,
        sent_at=message.sent_at or uow.now,
    )  # fmt: skip
    uow.emit(sent, key=patient_id, subject=message.id, clinic_id=message.clinic_id)


def _say_delivered(uow: UnitOfWork, message: Message) -> None:
    """Once, however many callbacks say so; `read` says it too when `delivered` did not come."""
    if message.delivered_at is not None or message.patient_id is None:
        return
    message.delivered_at = uow.now
    uow.session.add(message)
    delivered = MessageDelivered(
        message_id=message.id, patient_id=message.patient_id, plan_id=message.plan_id, channel=message.channel,
        delivered_at=uow.now,
    )  # fmt: skip
    uow.emit(delivered, key=message.patient_id, subject=message.id, clinic_id=message.clinic_id)


async def _after_status(uow: UnitOfWork, point: ContactPoint | None, message: Message, report: Accepted) -> None:
    if report.status in DELIVERED:
        _say_delivered(uow, message)
    if report.status not in NOT_DELIVERED:
        return
    if consequence(report.error_code, message.former_sid is not None) is Consequence.RETRY_ONCE:
        message.former_sid, message.provider_sid, message.provider_status = message.provider_sid, None, None
        await queue.plan_again(uow, message, Why.UNREACHABLE, RETRY_AFTER)
    else:
        await _give_up(uow, point, message, report.error_code)


async def _give_up(uow: UnitOfWork, point: ContactPoint | None, message: Message, code: int | None) -> None:
    await queue.fail(uow, message, f"PROVIDER_{code or 'UNKNOWN'}")
    if code == OPTED_OUT and point is not None and not await _stopped(uow, point):
        await ledger.opt_out(uow, point, message.id, f"PROVIDER_{code}", uow.now)


async def _stopped(uow: UnitOfWork, point: ContactPoint) -> bool:
    return point.number_index is not None and await ledger.number_stopped(uow, point.number_index)
