"""`kill -9` of the whole embedded house at twenty random moments of the story: the same final tables as without."""

import asyncio
import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from cli.demo.stage import Hooks, story_of
from cli.demo.tale import tell
from tests.support.houseprocess import HouseProcess
from tests.support.people import MARKED
from tests.support.told import MISTAKES, PATIENCE, Told, ending_of

KILLS = 20
IN_AN_ACT = 12  # the others come while the house is starting again
SEED = int(os.environ.get("STILLWATER_SEED", random.SystemRandom().randrange(10**9)))


@dataclass
class Killer:
    """Kills and restarts the house at moments of the story: soon after chosen acts were sent, and while it starts."""

    house: HouseProcess
    strikes: asyncio.TaskGroup
    chance: random.Random
    acts: list[int]
    twice: set[int]
    seen: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)

    def hooks(self) -> Hooks:
        """Counts acts as the story's client sends them the first time."""

        async def sent(request: httpx.Request) -> None:
            act = request.headers.get("Idempotency-Key")
            if act and act not in self.seen:
                self.seen.add(act)
                if len(self.seen) in self.acts:
                    self.strikes.create_task(self._strike(len(self.seen)))

        return {"request": [sent]}

    async def _strike(self, act: int) -> None:
        await self._kill(self.chance.uniform(0, 0.4), f"act {act}")
        if act in self.twice:
            await self._kill(self.chance.uniform(0, 5), "starting again")
        await asyncio.to_thread(self.house.wait_ready)

    async def _kill(self, after: float, moment: str) -> None:
        await asyncio.sleep(after)
        with_parts = self.chance.random() < 0.5
        self.house.kill(with_parts=with_parts)
        self.log.append(f"{moment} + {after:.3f} s{', database and broker too' if with_parts else ''}")
        self.house.start()


@pytest.mark.timeout(420)
async def test_twenty_kills_leave_the_same_final_tables(told: Told, tmp_path: Path) -> None:
    chance, house, story_id = random.Random(SEED), HouseProcess(tmp_path), uuid4()
    count = len({exchange.act for exchange in told.exchanges if exchange.act}) - MISTAKES
    acts = sorted(chance.sample(range(2, count), IN_AN_ACT))
    print(f"STILLWATER_SEED={SEED}")
    house.start()
    house.wait_ready()
    async with asyncio.TaskGroup() as strikes:
        killer = Killer(house, strikes, chance, acts, {*chance.sample(acts, KILLS - IN_AN_ACT)})
        async with story_of(tmp_path, story_id, cast=MARKED, patience=PATIENCE, hooks=killer.hooks()) as story:
            await tell(story, Told())
    async with story_of(tmp_path, story_id, cast=MARKED, patience=PATIENCE) as again:
        await tell(again, Told())
        await again.clock.settle()
        texts = await again.texts()
    assert house.stop() == 0
    print("\n".join(killer.log))
    ending = await ending_of(tmp_path)
    assert told.ending is not None
    assert len(killer.log) == KILLS
    assert ending.unsettled == []
    assert ending.said == told.ending.said
    for name, rows in told.ending.tables.items():
        assert ending.tables[name] == rows, f"{name} differs (seed {SEED})"
    assert [text["to"] for text in texts] == [MARKED.treated.phone]
