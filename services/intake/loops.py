"""Pages go to whoever is on call, without the network inside a transaction; new rules go to everybody screened."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from services.intake.commands.activation import UNDONE, Activated, Part, next_part, part_done
from services.intake.commands.oncall import end_page
from services.intake.commands.paging import begin_page
from services.intake.commands.screening import decide_again
from services.intake.domain.oncall import Outcome
from services.intake.pager import PATIENCE, Pager
from shared import mailserver
from shared.caller import Caller
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.messaging.trouble import Trouble, judge, reason_of
from shared.runtime.loops import Progress
from shared.service import Loop, Service

_log = structlog.get_logger("services.intake")
_BATCH = 8
_IDLE, _RESTS = 0.2, 1.0
_DUE = """
SELECT id, organisation_id, patient_id, correlation_id FROM concern_page
WHERE state = 'OWED' AND due_at <= $1 AND channel = ANY($2::text[]) ORDER BY due_at, id LIMIT $3
"""
_UNENDED = """
SELECT id, organisation_id, patient_id, correlation_id FROM concern_page
WHERE state = 'SENDING' AND begun_at < $1 ORDER BY begun_at, id LIMIT $2
"""
_LEAVING = """
SELECT count(*) FROM concern_page
WHERE state IN ('OWED', 'SENDING') AND due_at <= $1 AND channel = ANY($2::text[])
"""
_STUCK = "SELECT EXISTS (SELECT FROM concern_page WHERE state = 'OWED' AND channel = 'EMAIL')"
ENDS_WITHIN = timedelta(seconds=3 * PATIENCE)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt to page, to deal with."""

    id: UUID
    organisation_id: UUID
    patient_id: UUID
    correlation_id: UUID


async def page(service: Service, progress: Progress) -> None:
    """Send the pages that are due, until cancelled. Without a mail server those by e-mail wait, and health says so."""
    async with Pager(service.settings) as pager:
        if not pager.by_mail:
            _log.warning("no mail server is configured; pages by e-mail wait")
        while True:
            progress.beat()
            await _complain(service, pager, progress)
            if not await page_turn(service, pager, ENDS_WITHIN):
                await asyncio.sleep(_IDLE)


async def page_turn(service: Service, pager: Pager, ends_within: timedelta) -> int:
    """One round: how many attempts were dealt with. One without an outcome after `ends_within` is lost."""
    pool = await service.database.pool()
    due = [_Attempt(*row) for row in await pool.fetch(_DUE, wall_now(), _channels(pager.by_mail), _BATCH)]
    await _together(due, lambda attempt: _send(service, pager, attempt))
    unended = [_Attempt(*row) for row in await pool.fetch(_UNENDED, wall_now() - ends_within, _BATCH)]
    await _together(unended, lambda attempt: _end(service, attempt, Outcome.LOST))
    return len(due) + len(unended)


async def leaving(service: Service) -> int:
    """How many pages are due and have no outcome, on the channels that this process can page on."""
    pool = await service.database.pool()
    channels = _channels(mailserver.configured(service.settings))
    count: int = await pool.fetchval(_LEAVING, wall_now(), channels)
    return count


def _channels(by_mail: bool) -> list[str]:
    return ["WEBHOOK", *(["EMAIL"] if by_mail else [])]


async def _complain(service: Service, pager: Pager, progress: Progress) -> None:
    if pager.by_mail:
        return
    if await (await service.database.pool()).fetchval(_STUCK):
        progress.delayed("pages by e-mail", "NoMailServer")
    else:
        progress.settled("pages by e-mail")


async def _together(found: list[_Attempt], deal_with: Callable[[_Attempt], Coroutine[None, None, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for attempt in found:
            group.create_task(deal_with(attempt))


async def _send(service: Service, pager: Pager, attempt: _Attempt) -> None:
    async with _unit(service, attempt) as uow:
        outgoing = await begin_page(uow, attempt.id)
    if outgoing is not None:
        await _end(service, attempt, await pager.send(outgoing))


async def _end(service: Service, attempt: _Attempt, outcome: Outcome) -> None:
    async with _unit(service, attempt) as uow:
        await end_page(uow, attempt.patient_id, attempt.id, outcome)


def _unit(service: Service, attempt: _Attempt) -> AbstractAsyncContextManager[UnitOfWork]:
    caller = Caller("service", service.name, attempt.organisation_id)
    return unit_of_work(service, caller, correlation_id=attempt.correlation_id)


async def rescreen(service: Service, progress: Progress) -> None:
    """Look at everybody anew after rules came into force, until cancelled. One who cannot be decided is counted, told
    in the log, and stops nobody else."""
    pool = await service.database.pool()
    while True:
        progress.beat()
        undone = [Activated(*row) for row in await pool.fetch(UNDONE)]
        for activated in undone:
            await rescreen_part(service, activated, progress)
        if not undone:
            await asyncio.sleep(_RESTS)


async def rescreen_part(service: Service, activated: Activated, progress: Progress) -> Part:
    """Some patients, each who may come to something else in a transaction of their own; then how far it is."""
    caller, outcomes = Caller("service", service.name, activated.organisation_id), Counter[str]()
    async with unit_of_work(service, caller) as uow:
        part = await next_part(uow, activated)
    for patient_id in part.unsure:
        progress.beat()
        outcomes[await _decided(service, caller, activated, patient_id)] += 1
    async with unit_of_work(service, caller) as uow:
        await part_done(uow, activated, part, changed=outcomes["changed"], failed=outcomes["failed"])
    return part


async def _decided(service: Service, caller: Caller, activated: Activated, patient_id: UUID) -> str:
    """`changed`, `same` or `failed`. Trouble that passes by itself is raised: the part is begun again."""
    try:
        async with unit_of_work(service, caller) as uow:
            return "changed" if await decide_again(uow, patient_id, activated.clinic_id) else "same"
    except Exception as error:
        if judge(error) is not Trouble.PERMANENT:
            raise
        _log.warning("patient not rescreened", patient=str(patient_id), reason=reason_of(error))
        return "failed"


LOOPS: dict[str, Loop] = {"page": page, "rescreen": rescreen}
