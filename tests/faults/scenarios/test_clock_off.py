"""A worker whose wall clock is off: leases go by the database's clock and by time that only measures."""

import asyncio

import pytest

from shared.messaging.lease import LEASE
from tests.faults.failpoints import AHEAD, BEHIND
from tests.faults.fleet import READY_SECONDS, Member
from tests.faults.profile import PROFILE, beyond_short
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(420)
STEPPED_DOWN = "relay_stepped_down"
_EPOCH = "SELECT epoch FROM relay_lease WHERE until > clock_timestamp()"
_HELD = "SELECT count(*) FROM relay_lease WHERE until > clock_timestamp() AND worker LIKE '%/' || $1"


@beyond_short
async def test_a_worker_whose_clock_is_off_neither_steals_the_lease_nor_keeps_it(house: World) -> None:
    async with telling("clock of one worker 30 s off", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_be_off(told))
        told.pauses = 1


async def _be_off(told: Telling) -> None:
    """One ahead stands by, then holds the lease and sleeps; one behind takes it over; who slept steps down."""
    sound, off, *others = told.world.fleet.of("intake", "worker")
    for worker in (sound, off, *others):
        worker.kill()
    sound.start()
    await _holds(told.world, sound)
    epoch = await told.world.value("intake", _EPOCH)
    off.start(AHEAD)
    await told.world.fleet.ready([off])
    await asyncio.sleep(1.5 * LEASE.total_seconds())
    assert await told.world.value("intake", _EPOCH) == epoch
    sound.kill()
    await _holds(told.world, off)
    sound.start(BEHIND)
    await told.world.fleet.ready([sound])
    stepped_down = off.times_said(STEPPED_DOWN)
    off.stop()
    await _holds(told.world, sound)
    off.go_on()
    async with asyncio.timeout(READY_SECONDS):
        while off.times_said(STEPPED_DOWN) == stepped_down:  # noqa: ASYNC110 -- a log sets no Event
            await asyncio.sleep(0.1)
    assert await told.world.value("intake", _EPOCH) == epoch + 2
    for worker in (sound, off):
        worker.kill()


async def _holds(world: World, worker: Member) -> None:
    """Wait until the worker holds the relay's lease. Raises TimeoutError."""
    async with asyncio.timeout(READY_SECONDS):
        while not await world.value("intake", _HELD, str(worker.pid)):  # noqa: ASYNC110 -- a database sets no Event
            await asyncio.sleep(0.1)
