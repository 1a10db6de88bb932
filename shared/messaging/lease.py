"""The relay's lease: who may send now. On the database's clock, with an epoch that rises with every holder.

A lease and not a lock: a stopped process keeps an advisory lock for ever, but its lease runs out (design: delivery).
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from shared.clock import monotonic

LEASE = timedelta(seconds=5)
RENEW_EVERY = timedelta(seconds=1)

_ACQUIRE = """
INSERT INTO relay_lease AS l (id, holder, epoch, until, since, worker)
VALUES (1, $1, 1, clock_timestamp() + $2::interval, clock_timestamp(), $3)
ON CONFLICT (id) DO UPDATE SET holder = $1, epoch = l.epoch + 1, until = clock_timestamp() + $2::interval,
  since = clock_timestamp(), worker = $3
WHERE l.until < clock_timestamp() RETURNING epoch
"""
_RENEW = """
UPDATE relay_lease SET until = clock_timestamp() + $3::interval WHERE holder = $1 AND epoch = $2 RETURNING until
"""
_RELEASE = "UPDATE relay_lease SET until = '-infinity' WHERE holder = $1 AND epoch = $2"

_DATABASE_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class LeaseLost(Exception):
    """Somebody else may be sending: drop the producer and step down."""


@dataclass(slots=True)
class Lease:
    """A held lease. `valid_until` is this process's own monotonic time, counted from before the database was asked."""

    holder: UUID
    epoch: int
    length: timedelta
    valid_until: float

    def check(self) -> None:
        """Raises LeaseLost when the lease may have run out on our own clock. Called before each batch."""
        if not may_send(monotonic(), self.valid_until):
            raise LeaseLost


def may_send(now: float, valid_until: float) -> bool:
    """Whether a holder may send at `now`, in seconds of its own monotonic clock. Marking asks the database as well."""
    return now < valid_until


def worker_name() -> str:
    """This process as an operator finds it: `host/pid`; in a container the host is the container's id."""
    return f"{socket.gethostname()}/{os.getpid()}"


async def acquire(pool: "asyncpg.Pool[Any]", holder: UUID, length: timedelta = LEASE) -> Lease | None:
    """Take the lease if nobody ever had it or the last one ran out (then it is stolen); None while another holds it."""
    asked = monotonic()
    epoch = await pool.fetchval(_ACQUIRE, holder, length, worker_name())
    return None if epoch is None else Lease(holder, epoch, length, asked + length.total_seconds())


async def renew(pool: "asyncpg.Pool[Any]", lease: Lease) -> None:
    """Prolong the lease. Raises LeaseLost when it was stolen."""
    asked = monotonic()
    if await pool.fetchval(_RENEW, lease.holder, lease.epoch, lease.length) is None:
        lease.valid_until = asked
        raise LeaseLost
    lease.valid_until = asked + lease.length.total_seconds()


async def release(pool: "asyncpg.Pool[Any]", lease: Lease) -> None:
    """Give the lease back, so that a standby need not wait for it to run out."""
    lease.valid_until = monotonic()
    await pool.execute(_RELEASE, lease.holder, lease.epoch)


@asynccontextmanager
async def kept(pool: "asyncpg.Pool[Any]", lease: Lease, every: timedelta = RENEW_EVERY) -> AsyncIterator[Lease]:
    """Renew in the background while the body runs; give it back at the end."""
    keeper = asyncio.create_task(_keep(pool, lease, every))
    try:
        yield lease
    finally:
        keeper.cancel()
        await asyncio.wait({keeper})
        with suppress(*_DATABASE_AWAY):  # then it runs out
            await release(pool, lease)


async def _keep(pool: "asyncpg.Pool[Any]", lease: Lease, every: timedelta) -> None:
    """A renewal that fails is tried again: until then `check` goes by the time that was last granted."""
    while True:
        await asyncio.sleep(every.total_seconds())
        try:
            await renew(pool, lease)
        except LeaseLost:
            return
        except _DATABASE_AWAY:
            continue
