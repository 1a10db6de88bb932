"""The watch of a worker: one look at the database, ten times a second, for all loops that wait for something to do.

Each of them looking by itself took three times the work, most of it to see nothing. When there was nothing for a while
it looks four times a second.
"""

import asyncio

from shared.clock import monotonic
from shared.runtime.clock_loop import show_offset
from shared.runtime.loops import Progress
from shared.service import Service

EVERY, QUIET_EVERY = 0.1, 0.25  # seconds
QUIET_AFTER = 5.0  # seconds
_LOOK = """
SELECT clock_offset, EXISTS (SELECT FROM change WHERE id IS NULL) AS changes,
       EXISTS (SELECT FROM timer WHERE state = 'DUE' AND due_at <= $1
               AND coalesce(not_before <= clock_timestamp(), true)) AS timers
FROM service_state
"""


async def run_watch(service: Service, progress: Progress) -> None:
    """Ring for what other processes wrote and for what has become due, for ever; show moved time in development.

    The relay is not rung for: it looks by itself, so that nothing but the database stands between a fact and its way.
    """
    seen = monotonic()
    while True:
        progress.beat()
        if await look(service):
            seen = monotonic()
        await asyncio.sleep(pause(monotonic() - seen, time_moves=service.settings.env == "development"))


def pause(quiet: float, *, time_moves: bool) -> float:
    """Seconds until the next look, when there was nothing for `quiet` seconds. Who moves time waits for every look."""
    return QUIET_EVERY if quiet > QUIET_AFTER and not time_moves else EVERY


async def look(service: Service) -> bool:
    """Look once; whether there was something."""
    pool = await service.database.pool()
    row = await pool.fetchrow(_LOOK, service.clock.now())
    if service.settings.env == "development":
        show_offset(service, row["clock_offset"])
    if row["changes"]:
        service.bells.changes.ring()
    if row["timers"]:
        service.bells.timers.ring()
    return bool(row["changes"] or row["timers"])
