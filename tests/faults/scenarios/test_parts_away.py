"""Database and broker that go away under load and come back (design: delivery)."""

import asyncio

import pytest

from shared.events import SERVICES
from tests.faults.checker import Verdict
from tests.faults.profile import PROFILE
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(420)
ROUNDS = {"short": 5, "medium": 15, "full": 60}[PROFILE.name]
_CUT_ALL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def test_a_database_that_restarts_or_cuts_every_connection_loses_and_parks_nothing(house: World) -> None:
    async with telling("database killed; cut every second", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_harm_database(told))
    assert told.judged == Verdict()
    assert told.more["sessions_cut"] >= ROUNDS


async def _harm_database(told: Telling) -> None:
    ground = told.world.ground
    await asyncio.sleep(1)
    await asyncio.to_thread(ground.act, ground.database_box, "kill")
    await asyncio.sleep(PROFILE.away / 2)
    await asyncio.to_thread(ground.act, ground.database_box, "start")
    await told.world.database_back()
    told.kills = 1
    for _ in range(ROUNDS):
        cut = [await told.world.value(name, _CUT_ALL) for name in SERVICES]
        told.more["sessions_cut"] = told.more.get("sessions_cut", 0) + sum(cut)
        await asyncio.sleep(1)


async def test_a_broker_that_is_killed_or_stands_still_loses_nothing_and_apis_go_on(house: World) -> None:
    if not house.ground.broker_box:
        pytest.skip("compose: the broker that STILLWATER_KAFKA names is not ours to kill")
    async with telling("broker killed; paused", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_harm_broker(told))
        told.kills, told.pauses = 1, 1
    assert told.judged == Verdict()
    assert told.more["accepted_without_broker"] > 0


async def _harm_broker(told: Telling) -> None:
    ground = told.world.ground
    await asyncio.sleep(1)
    await asyncio.to_thread(ground.act, ground.broker_box, "kill")
    accepted = _acknowledged(told)
    await asyncio.sleep(PROFILE.away)
    told.more["accepted_without_broker"] = _acknowledged(told) - accepted
    await asyncio.to_thread(ground.act, ground.broker_box, "start")
    await asyncio.to_thread(ground.wait_for_broker)
    await asyncio.to_thread(ground.act, ground.broker_box, "pause")
    await asyncio.sleep(PROFILE.away)
    await asyncio.to_thread(ground.act, ground.broker_box, "unpause")


def _acknowledged(told: Telling) -> int:
    return [attempt.outcome for attempt in told.load.attempts].count("acknowledged")
