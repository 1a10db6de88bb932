"""`kill -9` and SIGSTOP of random workers and APIs under load, members that leave and come (design: delivery)."""

import random

import pytest

from tests.faults.nemesis import Nemesis
from tests.faults.profile import PROFILE, SEED
from tests.faults.scenarios.telling import telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(2700 if PROFILE.name == "full" else 420)


async def test_whoever_dies_or_stands_still_nothing_is_lost_doubled_or_reordered(house: World) -> None:
    nemesis = Nemesis(house.fleet, PROFILE.malice, random.Random(SEED))
    async with telling("random kills, pauses and rebalances", house, PROFILE.patients, PROFILE.events) as told:
        await told.under_load(nemesis.rage())
        told.kills, told.pauses = nemesis.kills, nemesis.pauses
        told.more = {"rebalances": nemesis.joins, "log": nemesis.log}
    assert (nemesis.kills, nemesis.pauses) == (PROFILE.malice.kills, PROFILE.malice.pauses)
