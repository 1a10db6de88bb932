"""Business time in development: the offset kept in the service's database, and an API's loop that reads it.

A worker's watch reads it on the way (shared/runtime/watch.py).

Outside development nothing reads the offset and nothing may set it.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

import asyncpg

from shared.runtime.loops import Progress
from shared.service import Service

_EVERY = 0.1  # seconds; whoever moves time waits for it at each stop


class NoClockHere(Exception):
    """The clock of a service outside development cannot be moved."""


async def run_clock(service: Service, progress: Progress) -> None:
    """Show the kept offset in this process, ten times a second."""
    while True:
        progress.beat()
        await read_offset(service)
        await asyncio.sleep(_EVERY)


async def read_offset(service: Service) -> timedelta:
    """The kept offset, from now on shown by `service.clock`."""
    _require_development(service)
    pool = await service.database.pool()
    show_offset(service, await pool.fetchval("SELECT clock_offset FROM service_state"))
    return service.clock.offset


def show_offset(service: Service, offset: timedelta) -> None:
    """Show a kept offset in this process; when it moved, timers may have become due."""
    if offset > service.clock.offset:
        service.clock.set_offset(offset)
        service.bells.timers.ring()


async def begin_clock(service: Service) -> None:
    """What a process does before its first request or event: one that starts late must not begin in the past.

    Nothing to do outside development. A database without schema has no offset; readiness tells of it.
    """
    if service.settings.env == "development":
        with suppress(asyncpg.UndefinedTableError):
            await read_offset(service)


async def set_offset(service: Service, offset: timedelta) -> None:
    """Keep an absolute offset; a smaller one than the kept one changes nothing. Raises NoClockHere."""
    _require_development(service)
    pool = await service.database.pool()
    await pool.execute("UPDATE service_state SET clock_offset = greatest(clock_offset, $1)", offset)


def _require_development(service: Service) -> None:
    if service.settings.env != "development":
        raise NoClockHere("the clock can be moved in development only (STILLWATER_ENV=development)")
