"""What the story does as an operator: the clinic file, the clock. Repeated while the house is away."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from cli.apply import carry_out, plan
from cli.clock import posts
from cli.demo.http import StepFailed
from cli.services import Refused, Services, Unreachable
from shared.clinicfile.model import ClinicFile
from shared.clock import monotonic, wall_now
from shared.runtime.advance import NotSettled, Post, advance, settle

T = TypeVar("T")
_AGAIN_AFTER = 0.3  # seconds


class Operator:
    """An operator of all services. `patience` is in seconds; the clock is moved over HTTP unless `clocks` are given."""

    def __init__(self, services: Services, patience: float = 30.0, clocks: Sequence[Post] = ()) -> None:
        self._services, self._patience = services, patience
        self._clocks = clocks or posts(services)

    async def now(self) -> datetime:
        """Business time, of the service that is furthest ahead."""
        return await self._persist("reading the clock", self._now)

    async def reach(self, moment: datetime) -> None:
        """Move time forward to a moment, from due thing to due thing.

        A moment in the past only brings those level with the others whom an interrupted move had left behind.
        """

        async def move() -> None:
            by = moment - await self._now()
            await advance(self._clocks, max(by, timedelta()))

        await self._persist("moving the clock", move)

    async def settle(self) -> None:
        """Wait until nothing is under way."""

        async def rest() -> None:
            await settle(self._clocks)

        await self._persist("coming to rest", rest)

    async def apply(self, file: ClinicFile) -> list[str]:
        """Put a clinic file into force in all services, or see that it is. Returns what was done."""

        async def put() -> list[str]:
            planned, said = await plan(self._services, file), list[str]()
            if not planned.done:
                await carry_out(self._services, file, said.append)
            return [*said, f"{file.display_name}: {len(file.rules)} rules and {len(file.protocols)} protocols in force"]

        return await self._persist("applying the clinic file", put)

    async def _now(self) -> datetime:
        standings = await asyncio.gather(*(post.standing() for post in self._clocks))
        return wall_now() + max(one.kept_offset for one in standings)

    async def _persist(self, what: str, attempt: Callable[[], Awaitable[T]]) -> T:
        deadline = monotonic() + self._patience
        while True:
            try:
                return await attempt()
            except (Unreachable, Refused, NotSettled) as trouble:
                if monotonic() > deadline:
                    raise StepFailed(f"{what}: {trouble}") from None
            await asyncio.sleep(_AGAIN_AFTER)
