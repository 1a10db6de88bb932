"""The relay's lease: a holder that stands still with a batch in hand, and one whose database session is cut."""

import asyncio

import pytest

from shared.messaging.lease import LEASE
from tests.faults.failpoints import WITH_ACKS
from tests.faults.fleet import READY_SECONDS
from tests.faults.profile import PROFILE
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(420)
STEPPED_DOWN = "relay_stepped_down"
STANDSTILL = 3 * LEASE.total_seconds() + 1
_EPOCH = "SELECT epoch FROM relay_lease"
_CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() -- the holder's is among them
"""


async def test_a_holder_that_slept_through_three_leases_steps_down_and_a_cut_one_goes_on(house: World) -> None:
    async with telling("relay: three leases asleep, session cut", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_sleep_and_cut(told))
        told.pauses = 1
        assert told.more["sessions_cut"] > 0


async def _sleep_and_cut(told: Telling) -> None:
    sleeper, *others = told.world.fleet.of("intake", "worker")
    for member in (sleeper, *others):
        member.kill()
    sleeper.start(WITH_ACKS)
    await sleeper.stands_still()
    before, stepped_down = await told.world.value("intake", _EPOCH), sleeper.times_said(STEPPED_DOWN)
    for member in others:
        member.start()
    await asyncio.sleep(STANDSTILL)
    assert await told.world.value("intake", _EPOCH) > before
    sleeper.go_on()
    async with asyncio.timeout(READY_SECONDS):
        while sleeper.times_said(STEPPED_DOWN) == stepped_down:  # noqa: ASYNC110 -- a log sets no Event
            await asyncio.sleep(0.1)
    for _ in range(5):
        told.more["sessions_cut"] = told.more.get("sessions_cut", 0) + await told.world.value("intake", _CUT)
        await asyncio.sleep(0.5)
