"""Patience: transient trouble is waited for without end, permanent trouble is parked (design: delivery)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

import structlog

from shared.db.database import Database
from shared.messaging.trouble import Trouble, judge, reason_of
from shared.runtime.loops import Progress

log = structlog.get_logger()
T = TypeVar("T")

PAUSES = (0.1, 0.3, 1.0, 3.0, 5.0)
TIMEOUTS_UNTIL_PARKED = 5
AT_ONCE = 4
_PROBE_SECONDS = 5.0


class Patience:
    """Shared by the tasks of one consumer, of which few touch the database at once; those that wait hold no slot.

    `away`: the database did not answer when it was last asked.
    """

    def __init__(
        self, database: Database, pauses: Sequence[float] = PAUSES, progress: Progress | None = None
    ) -> None:  # fmt: skip
        self._database, self._pauses = database, pauses
        self._progress = progress or Progress("patience")
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.away = False

    async def settle(self, attempt: Callable[[], Awaitable[T]], park: Callable[[str], Awaitable[None]]) -> T | None:
        """Run `attempt` until it succeeds. When it fails for good, `park` it with the reason and return None.

        As long as one that timed out is not settled, the loop's progress says so.
        """
        try:
            return await self._settle(attempt, park)
        finally:
            self._progress.settled(attempt)

    async def _settle(self, attempt: Callable[[], Awaitable[T]], park: Callable[[str], Awaitable[None]]) -> T | None:
        failures = timeouts = 0
        while True:
            try:
                async with self._slots:
                    return await attempt()
            except Exception as error:
                trouble, reason = judge(error), reason_of(error)
            if trouble is Trouble.TIMED_OUT:
                self._progress.delayed(attempt, reason)
                timeouts += 1
            if trouble is not Trouble.PERMANENT:
                await self._recover(failures)
                failures += 1
            if trouble is Trouble.PERMANENT or timeouts == TIMEOUTS_UNTIL_PARKED:
                log.error("event_parked", reason=reason)
                await self.persist(partial(park, reason))
                return None
            log.warning("event_delayed", reason=reason)

    async def persist(self, step: Callable[[], Awaitable[T]]) -> T:
        """Run `step` until it succeeds; raises only permanent trouble."""
        failures = 0
        while True:
            try:
                async with self._slots:
                    return await step()
            except Exception as error:
                if judge(error) is Trouble.PERMANENT:
                    raise
            await self._recover(failures)
            failures += 1

    async def _recover(self, failures: int) -> None:
        """Pause, longer with every failure, and go on only when the database answers."""
        await self._pause(failures)
        probes = 0
        while not await self.answers():
            await self._pause(probes)
            probes += 1

    async def _pause(self, turn: int) -> None:
        await asyncio.sleep(self._pauses[min(turn, len(self._pauses) - 1)])

    async def answers(self) -> bool:
        """Ask the database for a sign of life, and note it in `away`."""
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                pool = await self._database.pool()
                await pool.fetchval("SELECT 1")
            self.away = False
        except Exception as error:
            if judge(error) is Trouble.PERMANENT:
                raise
            self.away = True
        return not self.away
