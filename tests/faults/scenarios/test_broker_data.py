"""A broker that loses what it acknowledged: all of it, or what its disk had not kept (design: one broker)."""

import asyncio
from collections.abc import Awaitable

import pytest

from tests.faults.load import Load
from tests.faults.profile import PROFILE, SEED, beyond_short
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(900 if PROFILE.name == "full" else 420)
DRAINED_WITHIN = 30.0  # seconds; recorded, and failing at three times the figure
_EVERYTHING = '"resends": "everything"'


@pytest.fixture
def ours(house: World) -> World:
    """The house, if its broker is ours to harm."""
    if not house.ground.broker_box:
        pytest.skip("compose: the broker that STILLWATER_KAFKA names is not ours to kill")
    return house


@beyond_short
async def test_topics_made_anew_under_load_are_filled_again_and_lose_nothing(ours: World) -> None:
    async with telling("topics made anew", ours, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_forgetting(told, _make_topics_anew(told)))
    assert told.more["drained_seconds"] < 3 * DRAINED_WITHIN


async def _forgetting(told: Telling, how: Awaitable[None]) -> None:
    """The broker forgets: intake's relay notices and sends everything again, and all of it is heard."""
    workers = told.world.fleet.of("intake", "worker")
    before = sum(worker.times_said(_EVERYTHING) for worker in workers)
    await how
    told.more["drained_seconds"] = round(await told.world.drained(), 1)
    told.more["everything_sent_again"] = sum(worker.times_said(_EVERYTHING) for worker in workers) - before
    assert told.more["everything_sent_again"] > 0


async def _make_topics_anew(told: Telling) -> None:
    ground = told.world.ground
    await asyncio.sleep(1)
    await asyncio.to_thread(ground.delete_topics)
    await _accepts(told)
    await asyncio.to_thread(ground.make_topics)


@beyond_short
async def test_an_empty_broker_in_the_place_of_the_old_one_loses_nothing(ours: World) -> None:
    async with telling("broker's data lost", ours, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_forgetting(told, _lose_everything(told)))
        told.kills = 1
    assert told.more["drained_seconds"] < 3 * DRAINED_WITHIN


async def _lose_everything(told: Telling) -> None:
    ground = told.world.ground
    await asyncio.sleep(1)
    await asyncio.to_thread(ground.empty_broker)
    await asyncio.to_thread(ground.act, ground.broker_box, "kill")
    await _accepts(told)
    await asyncio.sleep(PROFILE.away)
    await asyncio.to_thread(ground.act, ground.broker_box, "start")
    await asyncio.to_thread(ground.make_topics)


async def test_a_power_loss_that_takes_the_last_seconds_from_the_broker_loses_nothing(ours: World) -> None:
    async with telling("power loss of the broker", ours, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_forgetting(told, _lose_power(told)))
        told.kills = 1
    assert told.more["drained_seconds"] < 3 * DRAINED_WITHIN


async def _lose_power(told: Telling) -> None:
    ground = told.world.ground
    await asyncio.sleep(1)
    await asyncio.to_thread(ground.keep_broker)
    await asyncio.sleep(PROFILE.away)
    await asyncio.to_thread(ground.act, ground.broker_box, "kill")
    await _accepts(told)
    await asyncio.to_thread(ground.act, ground.broker_box, "start")
    await asyncio.to_thread(ground.wait_for_broker)


async def _accepts(told: Telling) -> None:
    """A patient who comes while the broker is away is registered all the same."""
    load = Load(told.world, SEED, patients=1, events=1)
    await load.run()
    assert [*load.outcomes.values()] == ["acknowledged"]
    told.load.keys += load.keys
    told.load.outcomes |= load.outcomes
