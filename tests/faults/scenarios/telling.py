"""How a scenario is told: a load runs while something strikes; then all recovers, comes to rest and is judged."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from shared.clock import monotonic
from tests.faults.checker import Verdict, judge, stop_delays
from tests.faults.collect import Permanent, collect, repeats
from tests.faults.load import ANSWER_SECONDS, Load
from tests.faults.profile import PROFILE, SEED
from tests.faults.report import Record, keep
from tests.faults.world import World


@dataclass
class Telling:
    """A scenario that is being told. `more` are figures of its own; `permanent` is what the test poisoned.

    `stops_within`: the seconds within which stop facts take effect; it fails at `PROFILE.slack` times as many.
    """

    name: str
    world: World
    load: Load
    kills: int = 0
    pauses: int = 0
    recovery: float = 0.0
    permanent: Permanent = field(default_factory=Permanent)
    stops_within: float | None = None
    more: dict[str, Any] = field(default_factory=dict)
    judged: Verdict | None = None

    async def under_load(self, *strikes: Awaitable[Any]) -> None:
        """Run the load and whatever strikes beside it, to the end of both: nothing strikes without a load."""
        self.load.endless = bool(strikes)
        async with asyncio.TaskGroup() as both:
            both.create_task(self.load.run())
            for strike in strikes:
                await strike
            self.load.endless = False

    async def act(
        self, service: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:  # fmt: skip
        """One act more, after the load's own, whose outcome becomes known."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http:
            answer = await self.load.act(http, random.Random(SEED), service, path, body, headers or {})
        assert answer is not None
        return answer

    async def recover(self) -> None:
        """Bring all up again and wait until it is at rest."""
        began = monotonic()
        await self.world.fleet.restore()
        await self.world.rest()
        self.recovery = monotonic() - began

    async def verdict(self) -> Verdict:
        """Judge, and keep the record."""
        history = await collect(self.world, self.load.keys, self.load.attempts, self.permanent)
        if self.stops_within is not None:
            history = replace(history, stops_within=PROFILE.slack * self.stops_within)
            seconds = sorted(round(after, 2) for _, after in stop_delays(history))
            middle, slowest = seconds[len(seconds) // 2], seconds[-1]
            self.more |= {"stop_facts": len(seconds), "median_stop_seconds": middle, "slowest_stop_seconds": slowest}
        verdict = judge(history)
        outcomes = [attempt.outcome for attempt in history.attempts]
        counted = {name: outcomes.count(name) for name in ("acknowledged", "refused", "unknown")}  # type: ignore[arg-type]
        keep(Record(
            self.name, verdict, verdict.clean, seed=SEED, events=len(history.said), kills=self.kills,
            pauses=self.pauses, recovery_seconds=self.recovery,
            more=counted | {"effects": len(history.effects), "sent_again": repeats(history)} | self.more,
        ))  # fmt: skip
        return verdict


@asynccontextmanager
async def telling(name: str, world: World, patients: int, events: int) -> AsyncIterator[Telling]:
    """Tell a scenario; afterwards everything recovers and the verdict must be clean."""
    print(f"{name}: STILLWATER_SEED={SEED}")
    told = Telling(name, world, Load(world, SEED, patients, events))
    try:
        yield told
    finally:
        await told.recover()
    verdict = told.judged = await told.verdict()
    assert verdict.clean, f"{verdict}\nSTILLWATER_SEED={SEED}"
