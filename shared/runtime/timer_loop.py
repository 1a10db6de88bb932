"""The timer loop: what is due is done once, in one transaction with its effect (design: timers).

The overdue timers of one key go in due order. One that keeps failing is set back with a growing, bounded pause and lets
the key's others pass; it is never given up.
"""

from collections.abc import Mapping

import structlog

from shared.caller import Caller
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.messaging.trouble import Trouble, judge, reason_of
from shared.runtime.logs import trouble
from shared.runtime.loops import Progress
from shared.runtime.metrics import TIMERS
from shared.service import Service, TimerHandler
from shared.timers import Stale, Timer

_IDLE = 1.0  # seconds; the bell usually comes before
_BATCH = 50
_LONGEST_PAUSE = 300  # seconds
_log = structlog.get_logger(__name__)

_DUE = """
SELECT kind, aggregate_id, version, due_at, key, organisation_id, clinic_id, correlation_id FROM timer t
WHERE state = 'DUE' AND due_at <= $1 AND coalesce(not_before <= clock_timestamp(), true)
  AND NOT EXISTS (
    SELECT FROM timer e WHERE e.key = t.key AND e.state = 'DUE' AND coalesce(e.not_before <= clock_timestamp(), true)
      AND (e.due_at, e.kind, e.aggregate_id, e.version) < (t.due_at, t.kind, t.aggregate_id, t.version))
ORDER BY due_at LIMIT $2
"""
_CLAIM = """
SELECT 1 FROM timer WHERE kind = $1 AND aggregate_id = $2 AND version = $3 AND state = 'DUE'
  AND coalesce(not_before <= clock_timestamp(), true) FOR UPDATE SKIP LOCKED
"""
_SETTLE = """
UPDATE timer SET state = $4, settled_at = clock_timestamp(), reason = NULL
WHERE kind = $1 AND aggregate_id = $2 AND version = $3 AND state = 'DUE'
"""
_SET_BACK = """
UPDATE timer SET attempts = attempts + $4, reason = $5, not_before = clock_timestamp()
  + make_interval(secs => least(power(2, least(attempts, 20)), $6) * (0.5 + random() / 2))
WHERE kind = $1 AND aggregate_id = $2 AND version = $3 AND state = 'DUE'
"""


class NoHandler(Exception):
    """No handler for this kind of timer: it waits for a version of the service that has one."""


async def run_timers(service: Service, handlers: Mapping[str, TimerHandler], progress: Progress) -> None:
    """Fire what is due, oldest first, for ever."""
    while True:
        progress.beat()
        due = await _due(service)
        for timer in due:
            progress.beat()
            await fire(service, handlers, timer)
        if not due:
            await service.bells.timers.wait(_IDLE)


async def _due(service: Service) -> list[Timer]:
    """The first due timer of each key."""
    pool = await service.database.pool()
    return [Timer(*row) for row in await pool.fetch(_DUE, service.clock.now(), _BATCH)]


async def fire(service: Service, handlers: Mapping[str, TimerHandler], timer: Timer) -> None:
    """Do one due timer: done, stale, or set back. Does nothing when another worker has it."""
    caller = Caller("service", service.name, timer.organisation_id)
    try:
        async with unit_of_work(service, caller, correlation_id=timer.correlation_id) as uow:
            ours = await _claim(uow, timer)
            if ours:
                await _handle(uow, handlers, timer)
        if ours:
            TIMERS.labels(service.name, timer.kind, "done").inc()
    except Stale:
        await _settle_stale(service, timer)
    except Exception as error:
        await _set_back(service, timer, error)


async def _claim(uow: UnitOfWork, timer: Timer) -> bool:
    """Lock the timer if it is still due and nobody else is at it."""
    return bool(await uow.sql(_CLAIM, *_id(timer)))


async def _handle(uow: UnitOfWork, handlers: Mapping[str, TimerHandler], timer: Timer) -> None:
    if timer.kind not in handlers:
        raise NoHandler(timer.kind)
    await handlers[timer.kind](uow, timer)
    await uow.sql(_SETTLE, *_id(timer), "DONE")


async def _settle_stale(service: Service, timer: Timer) -> None:
    """In a transaction of its own: what the handler had begun is rolled back."""
    pool = await service.database.pool()
    await pool.execute(_SETTLE, *_id(timer), "STALE")
    TIMERS.labels(service.name, timer.kind, "stale").inc()


async def _set_back(service: Service, timer: Timer, error: Exception) -> None:
    """Try again later. Trouble that passes by itself is not counted, so that the pause does not grow with it."""
    counted = 0 if judge(error) is Trouble.TRANSIENT else 1
    pool = await service.database.pool()
    await pool.execute(_SET_BACK, *_id(timer), counted, reason_of(error), _LONGEST_PAUSE)
    TIMERS.labels(service.name, timer.kind, "set_back").inc()
    _log.warning("timer set back", kind=timer.kind, aggregate=str(timer.aggregate_id), **trouble(error))


def _id(timer: Timer) -> tuple[object, ...]:
    return timer.kind, timer.aggregate_id, timer.version
