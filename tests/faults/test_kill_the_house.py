"""`kill -9` of the whole embedded house at twenty random moments of the story: the same final tables as without."""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from cli.demo.stage import Hooks, story_of
from cli.demo.tale import SPINE
from tests.support.endings import assert_same
from tests.support.given import seed
from tests.support.houseprocess import HouseProcess
from tests.support.people import MARKED
from tests.support.told import MISTAKES, PATIENCE, Told, ending_of

KILLS = 20
IN_AN_ACT = 12  # the others come while the house is starting again after one of these
SEED = seed()


@dataclass(frozen=True, slots=True)
class Kill:
    """Seconds after an act was sent, or after the start; `with_parts` takes database and broker in the same moment."""

    after: float
    with_parts: bool


def planned(acts: int) -> dict[int, list[Kill]]:
    """Kills by the number of the act that they follow; the second of two comes while the house is starting again."""
    chance = random.Random(SEED)
    struck = sorted(chance.sample(range(2, acts), IN_AN_ACT))
    plan = {act: [Kill(chance.uniform(0, 0.4), chance.random() < 0.5)] for act in struck}
    for act in chance.sample(struck, KILLS - IN_AN_ACT):
        plan[act].append(Kill(chance.uniform(0, 5), chance.random() < 0.5))
    return plan


@dataclass
class Killer:
    """Carries the plan out while the story is told. A house that does not come back fails the group, and the story."""

    house: HouseProcess
    plan: dict[int, list[Kill]]
    strikes: asyncio.TaskGroup
    acts: set[str] = field(default_factory=set)
    done: list[Kill] = field(default_factory=list)

    def hooks(self) -> Hooks:
        """Hears each act of the story's client when it is sent for the first time."""

        async def sent(request: httpx.Request) -> None:
            act = request.headers.get("Idempotency-Key")
            if act and act not in self.acts:
                self.acts.add(act)
                self.strikes.create_task(self._strike(self.plan.get(len(self.acts), [])))

        return {"request": [sent]}

    async def _strike(self, kills: list[Kill]) -> None:
        for kill in kills:
            await asyncio.sleep(kill.after)
            self.house.kill(with_parts=kill.with_parts)
            self.house.start()
            self.done.append(kill)
        if kills:
            await asyncio.to_thread(self.house.wait_ready)


@pytest.mark.timeout(420)
async def test_twenty_kills_leave_the_same_final_tables(told: Told, tmp_path: Path) -> None:
    house, story_id = HouseProcess(tmp_path), uuid4()
    plan = planned(len({exchange.act for exchange in told.exchanges if exchange.act}) - MISTAKES)
    print(f"STILLWATER_SEED={SEED}", *plan.items(), sep="\n")
    house.start()
    try:
        house.wait_ready()
        async with asyncio.TaskGroup() as strikes:
            killer = Killer(house, plan, strikes)
            async with story_of(tmp_path, story_id, cast=MARKED, patience=PATIENCE, hooks=killer.hooks()) as story:
                await SPINE.tell(story, Told())
        async with story_of(tmp_path, story_id, cast=MARKED, patience=PATIENCE) as again:
            await SPINE.tell(again, Told())
            await again.clock.settle()
            texts = await again.texts()
        assert house.stop() == 0
    finally:
        house.abandon()
    ending = await ending_of(tmp_path)
    assert told.ending is not None
    assert len(killer.done) == KILLS
    assert_same(ending, told.ending)
    assert len(texts) == len(told.texts)
