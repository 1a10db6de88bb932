"""Bells: how the loops of a process learn at once that there is something to do.

A bell only saves waiting. Whoever waits for one looks again by itself after a while, because what another process
wrote rings nothing here; a worker's watch (shared/runtime/watch.py) tells of that.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field


class Bell:
    """Rung when there may be something to do; one ring is enough for any number of things."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, at_most: float) -> None:
        """Until rung, or for `at_most` seconds. A ring since the last wait counts: look only after this returned."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._rung.wait()
        self._rung.clear()


@dataclass(frozen=True, slots=True)
class Bells:
    """One service's: for rows to send, changes to number, timers that are due."""

    outbox: Bell = field(default_factory=Bell)
    changes: Bell = field(default_factory=Bell)
    timers: Bell = field(default_factory=Bell)
