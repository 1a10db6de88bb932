"""Pages go to whoever is on call, without the network inside a transaction."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog

from shared import mailserver
from shared.caller import Caller
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.oncall.climbing import end_page
from shared.oncall.duty import Duty
from shared.oncall.ladder import Outcome
from shared.oncall.pager import PATIENCE, Pager
from shared.oncall.paging import begin_page
from shared.runtime.loops import Progress
from shared.service import Service

_log = structlog.get_logger(__name__)
_BATCH = 8
_IDLE = 0.2
# The table is the service's own, named in its code.
_DUE = """
SELECT id, organisation_id, coalesce(patient_id, {about}), correlation_id FROM {table}
WHERE state = 'OWED' AND due_at <= $1 AND channel = ANY($2::text[]) ORDER BY due_at, id LIMIT $3
"""
_UNENDED = """
SELECT id, organisation_id, coalesce(patient_id, {about}), correlation_id FROM {table}
WHERE state = 'SENDING' AND begun_at < $1 ORDER BY begun_at, id LIMIT $2
"""
_LEAVING = """
SELECT count(*) FROM {table}
WHERE state IN ('OWED', 'SENDING') AND due_at <= $1 AND channel = ANY($2::text[])
"""
_LOOK = """
SELECT coalesce(bool_or(
         CASE state WHEN 'OWED' THEN due_at <= $1 AND channel = ANY($2::text[]) ELSE begun_at < $3 END), false) AS due,
       coalesce(bool_or(state = 'OWED' AND channel = 'EMAIL'), false) AS by_mail
FROM {table} WHERE state IN ('OWED', 'SENDING')
"""
ENDS_WITHIN = timedelta(seconds=3 * PATIENCE)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt to page, to deal with. `turn`: its patient, or what it is about if that is no patient."""

    id: UUID
    organisation_id: UUID
    turn: UUID
    correlation_id: UUID


async def page(service: Service, duty: Duty, progress: Progress, idle: float = _IDLE) -> None:
    """Send the pages that are due, looked for every `idle` seconds, until cancelled. Without a mail server those by
    e-mail wait, and health says so."""
    async with Pager(service.settings) as pager:
        if not pager.by_mail:
            _log.warning("no mail server is configured; pages by e-mail wait")
        while True:
            progress.beat()
            looked = await _look(service, duty, pager)
            _complain(pager, progress, owed=looked["by_mail"])
            if not looked["due"] or not await page_turn(service, duty, pager, ENDS_WITHIN):
                await asyncio.sleep(idle)


async def _look(service: Service, duty: Duty, pager: Pager) -> "asyncpg.Record":
    """Whether a turn has something to do, in one statement: mostly it has not. And whether a page is owed by e-mail."""
    pool, now = await service.database.pool(), wall_now()
    question = _LOOK.format(table=duty.page_table)
    looked: asyncpg.Record = await pool.fetchrow(question, now, _channels(pager.by_mail), now - ENDS_WITHIN)
    return looked


async def page_turn(service: Service, duty: Duty, pager: Pager, ends_within: timedelta) -> int:
    """One round: how many attempts were dealt with. One without an outcome after `ends_within` is lost."""
    pool, names = await service.database.pool(), {"table": duty.page_table, "about": duty.about}
    rows = await pool.fetch(_DUE.format(**names), wall_now(), _channels(pager.by_mail), _BATCH)
    due = [_Attempt(*row) for row in rows]
    await _together(due, lambda attempt: _send(service, duty, pager, attempt))
    rows = await pool.fetch(_UNENDED.format(**names), wall_now() - ends_within, _BATCH)
    unended = [_Attempt(*row) for row in rows]
    await _together(unended, lambda attempt: _end(service, duty, attempt, Outcome.LOST))
    return len(due) + len(unended)


async def leaving(service: Service, duty: Duty) -> int:
    """How many pages are due and have no outcome, on the channels that this process can page on."""
    pool = await service.database.pool()
    channels = _channels(mailserver.configured(service.settings))
    count: int = await pool.fetchval(_LEAVING.format(table=duty.page_table), wall_now(), channels)
    return count


def _channels(by_mail: bool) -> list[str]:
    return ["WEBHOOK", *(["EMAIL"] if by_mail else [])]


def _complain(pager: Pager, progress: Progress, *, owed: bool) -> None:
    """A page that waits for a mail server holds the loop up until there is one."""
    if owed and not pager.by_mail:
        progress.delayed("pages by e-mail", "NoMailServer")
    else:
        progress.settled("pages by e-mail")


async def _together(found: list[_Attempt], deal_with: Callable[[_Attempt], Coroutine[None, None, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for attempt in found:
            group.create_task(deal_with(attempt))


async def _send(service: Service, duty: Duty, pager: Pager, attempt: _Attempt) -> None:
    async with _unit(service, attempt) as uow:
        outgoing = await begin_page(uow, duty, attempt.id)
    if outgoing is not None:
        await _end(service, duty, attempt, await pager.send(outgoing))


async def _end(service: Service, duty: Duty, attempt: _Attempt, outcome: Outcome) -> None:
    async with _unit(service, attempt) as uow:
        await end_page(uow, duty, attempt.turn, attempt.id, outcome)


def _unit(service: Service, attempt: _Attempt) -> AbstractAsyncContextManager[UnitOfWork]:
    caller = Caller("service", service.name, attempt.organisation_id)
    return unit_of_work(service, caller, correlation_id=attempt.correlation_id)
