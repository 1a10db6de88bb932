"""The outside world: texts go to the provider and lost answers are asked after; e-mail goes to the mail server.

An attempt is committed before the network is used and its answer after, each in its own unit of work, never across the
network. A process that dies in between leaves an attempt without an answer; whoever runs next asks the provider.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from services.notifications import carrier as texting
from services.notifications.carrier import PATIENCE, Carrier
from services.notifications.commands.delivery import (
    begin_attempt,
    cleared_mail,
    give_up_asking,
    record_answer,
    record_search,
    unanswered,
)
from services.notifications.domain.plan import Channel
from services.notifications.domain.provider import DELIVERED, NOT_DELIVERED
from services.notifications.domain.wording import Outgoing
from services.notifications.mailer import PATIENCE as MAIL_PATIENCE
from services.notifications.mailer import Mailer
from shared import mailserver
from shared.caller import Caller
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.runtime.loops import Progress
from shared.service import Loop, Service

_log = structlog.get_logger("services.notifications")
_BATCH = 8
_IDLE = 0.2
# Whether there is something to send, or to ask or give up asking about: one statement, and mostly there is not.
_WAITS = """
SELECT EXISTS (
  SELECT FROM message WHERE state IN ('SENDING', 'UNKNOWN') AND channel = $1 AND (state = 'SENDING' OR $1 = 'SMS')
  AND (attempted_at IS NULL OR attempted_at < $2 AND (asked_at IS NULL OR asked_at < $3)))
"""
_CLEARED = """
SELECT id, organisation_id, correlation_id FROM message WHERE state = 'SENDING' AND attempted_at IS NULL
AND channel = $2 ORDER BY message_class = 'CRISIS' DESC, due_at LIMIT $1
"""
_COUNT_LEAVING = """
SELECT count(*) FROM message WHERE state = 'SENDING' AND attempted_at IS NULL AND channel = ANY($1::text[])
OR channel = 'SMS' AND state = 'SENT' AND attempted_at > $2 AND provider_status <> ALL($3::text[])
"""
_UNANSWERED = """
SELECT id, organisation_id, correlation_id FROM message WHERE state IN ('SENDING', 'UNKNOWN') AND attempted_at < $2
AND (asked_at IS NULL OR asked_at < $3) AND channel = 'SMS'
ORDER BY message_class = 'CRISIS' DESC, attempted_at LIMIT $1
"""
_LEFT = """
SELECT id, organisation_id, correlation_id FROM message WHERE state = 'SENDING' AND attempted_at < $2
AND channel = 'EMAIL' ORDER BY attempted_at LIMIT $1
"""
CALLS_BACK_WITHIN = timedelta(seconds=5)
MAIL_ANSWERS_WITHIN = timedelta(seconds=3 * MAIL_PATIENCE)


@dataclass(frozen=True, slots=True)
class Patience:
    """Wall times. An answer is asked after when it is `ask_after` late, each `ask_every`; a text that the provider does
    not have `settled` after the attempt was never taken: that is longer than any attempt can last."""

    ask_after: timedelta = timedelta(seconds=3)
    ask_every: timedelta = timedelta(seconds=5)
    settled: timedelta = timedelta(seconds=2 * PATIENCE)


@dataclass(frozen=True, slots=True)
class _Mine:
    """A message to deal with. What is said about it carries the correlation of what it was planned for."""

    id: UUID
    caller: Caller
    correlation_id: UUID

    def unit_of_work(self, service: Service) -> AbstractAsyncContextManager[UnitOfWork]:
        return unit_of_work(service, self.caller, correlation_id=self.correlation_id)


async def deliver(service: Service, progress: Progress, patience: Patience = Patience()) -> None:
    """Send what is cleared and ask after what is unanswered, until cancelled. Without a provider nothing is sent."""
    try:
        carrier = Carrier(service.settings)
    except texting.NotConfigured:
        _log.warning("no SMS provider is configured; texts wait")
        return await _wait(progress)
    async with carrier:
        while True:
            progress.beat()
            if not (await _texts_wait(service, patience) and await turn(service, carrier, patience)):
                await asyncio.sleep(_IDLE)


async def turn(service: Service, carrier: Carrier, patience: Patience) -> int:
    """One round: how many messages were dealt with."""
    cleared = await _find(service, _CLEARED, Channel.SMS)
    await _together(cleared, lambda mine: _send(service, carrier, mine))
    now = wall_now()
    late = await _find(service, _UNANSWERED, now - patience.ask_after, now - patience.ask_every)
    await _together(late, lambda mine: _ask(service, carrier, mine, patience))
    return len(cleared) + len(late)


async def post_mail(service: Service, progress: Progress) -> None:
    """Send the e-mail that is cleared, until cancelled. Without a mail server nothing is sent."""
    try:
        mailer = Mailer(service.settings)
    except mailserver.NotConfigured as reason:
        _log.warning("no mail server is configured; e-mail waits", reason=str(reason))
        return await _wait(progress)
    while True:
        progress.beat()
        if not (await _mail_waits(service) and await mail_turn(service, mailer, MAIL_ANSWERS_WITHIN)):
            await asyncio.sleep(_IDLE)


async def mail_turn(service: Service, mailer: Mailer, answers_within: timedelta) -> int:
    """One round: how many e-mails were dealt with."""
    cleared = await _find(service, _CLEARED, Channel.EMAIL)
    await _together(cleared, lambda mine: _post(service, mailer, mine))
    left = await _find(service, _LEFT, wall_now() - answers_within)
    await _together(left, lambda mine: _leave(service, mine))
    return len(cleared) + len(left)


async def leaving(service: Service) -> int:
    """How many messages are cleared and have not left, on the channels that this process can send on, and texts that
    left in the last 5 s (wall time) and whose last status is still to come. A provider that takes longer, or never
    calls back, is not waited for."""
    with_sms, with_mail = texting.configured(service.settings), mailserver.configured(service.settings)
    channels = [channel for channel, on in ((Channel.SMS, with_sms), (Channel.EMAIL, with_mail)) if on]
    pool = await service.database.pool()
    hears_back = service.settings.sms_callback_base is not None
    since = wall_now() - (CALLS_BACK_WITHIN if hears_back else timedelta())
    count: int = await pool.fetchval(_COUNT_LEAVING, channels, since, sorted(DELIVERED | NOT_DELIVERED))
    return count


async def _wait(progress: Progress) -> None:
    while True:
        progress.beat()
        await asyncio.sleep(1)


async def _texts_wait(service: Service, patience: Patience) -> bool:
    pool, now = await service.database.pool(), wall_now()
    return bool(await pool.fetchval(_WAITS, Channel.SMS, now - patience.ask_after, now - patience.ask_every))


async def _mail_waits(service: Service) -> bool:
    pool, now = await service.database.pool(), wall_now()
    return bool(await pool.fetchval(_WAITS, Channel.EMAIL, now - MAIL_ANSWERS_WITHIN, now))


async def _find(service: Service, statement: str, *args: object) -> list[_Mine]:
    pool = await service.database.pool()
    rows = await pool.fetch(statement, _BATCH, *args)
    return [_Mine(r["id"], Caller("service", service.name, r["organisation_id"]), r["correlation_id"]) for r in rows]


async def _together(found: list[_Mine], deal_with: Callable[[_Mine], Coroutine[None, None, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for mine in found:
            group.create_task(deal_with(mine))


async def _send(service: Service, carrier: Carrier, mine: _Mine) -> None:
    async with mine.unit_of_work(service) as uow:
        attempt = await begin_attempt(uow, mine.id)
    if attempt is None or not isinstance(attempt.outgoing, Outgoing):
        return
    answer = await carrier.send(attempt.message_id, attempt.outgoing)
    async with mine.unit_of_work(service) as uow:
        await record_answer(uow, attempt, answer)


async def _ask(service: Service, carrier: Carrier, mine: _Mine, patience: Patience) -> None:
    async with mine.unit_of_work(service) as uow:
        attempt = await unanswered(uow, mine.id)
    if attempt is None or not isinstance(attempt.outgoing, Outgoing):
        return
    settled = attempt.begun_at < wall_now() - patience.settled
    found = await carrier.find(attempt.outgoing, attempt.begun_at)
    async with mine.unit_of_work(service) as uow:
        await record_search(uow, attempt, found, settled)


async def _post(service: Service, mailer: Mailer, mine: _Mine) -> None:
    """The attempt is written down when the server has agreed to the recipient and before it gets the mail, so that a
    process killed before that leaves no doubt."""
    async with mine.unit_of_work(service) as uow:
        mail = await cleared_mail(uow, mine.id)
    if mail is None:
        return
    content = mailer.content(mine.id, mail)
    async with mailer.conversation(mail) as conversation:
        async with mine.unit_of_work(service) as uow:
            attempt = await begin_attempt(uow, mine.id)
        if attempt is None:
            return
        answer = await conversation.hand_over(content)
    async with mine.unit_of_work(service) as uow:
        await record_answer(uow, attempt, answer)


async def _leave(service: Service, mine: _Mine) -> None:
    async with mine.unit_of_work(service) as uow:
        await give_up_asking(uow, mine.id)


LOOPS: dict[str, Loop] = {"deliver": deliver, "post_mail": post_mail}
