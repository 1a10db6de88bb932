"""The watch of a worker: one look at the database, ten times a second, for all loops that wait for something to do.

Each of them looking by itself took three times the work, most of it to see nothing.
"""

import asyncio

from shared.runtime.clock_loop import show_offset
from shared.runtime.loops import Progress
from shared.service import Service

_EVERY = 0.1  # seconds
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
    while True:
        progress.beat()
        await look(service)
        await asyncio.sleep(_EVERY)


async def look(service: Service) -> None:
    """Look once."""
    pool = await service.database.pool()
    row = await pool.fetchrow(_LOOK, service.clock.now())
    if service.settings.env == "development":
        show_offset(service, row["clock_offset"])
    if row["changes"]:
        service.bells.changes.ring()
    if row["timers"]:
        service.bells.timers.ring()
