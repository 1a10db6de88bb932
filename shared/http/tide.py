"""How far the feed of changes of a service stands, looked up once for all streams of a process.

The process numbers what has committed itself while somebody listens: a worker alone, which looks a few times a second
for what other processes wrote, would add its pause to each change's way.
"""

import asyncio

from shared.runtime.numbering import number
from shared.service import Service

_EVERY = 0.05  # seconds between two looks; what this process commits is looked at at once
_LAST = "SELECT last FROM change_counter"


class Tide:
    """Looks only while somebody waits."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._look: asyncio.Task[int] | None = None

    async def other_than(self, at: int, at_most: float) -> int:
        """The newest id as soon as it is not `at`; `at` when it still is after so many seconds."""
        try:
            async with asyncio.timeout(at_most) as limit:
                while (last := await asyncio.shield(self._next())) == at:
                    pass
                return last
        except TimeoutError:
            if not limit.expired():  # it was the database's
                raise
            return at

    def _next(self) -> asyncio.Task[int]:
        """The look that all who wait share; one of them that goes away does not end it."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._looked())
            self._look.add_done_callback(_heard)
        return self._look

    async def _looked(self) -> int:
        await self._service.bells.changes.wait(_EVERY)
        await number(self._service)
        pool = await self._service.database.pool()
        last: int = await pool.fetchval(_LAST)
        return last


def _heard(look: "asyncio.Task[int]") -> None:
    """A failure is told to those who wait; nobody need be left."""
    if not look.cancelled():
        look.exception()
