"""A worker whose wall clock is off: leases go by the database's clock and by time that only measures."""

import asyncio

import pytest

from shared.clock import monotonic
from shared.messaging.lease import LEASE
from tests.faults.checker import Verdict
from tests.faults.failpoints import AHEAD, BEHIND
from tests.faults.fleet import READY_SECONDS, Member
from tests.faults.profile import PROFILE, beyond_short
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(420)
STEPPED_DOWN = "relay_stepped_down"
_LEASE = "SELECT epoch, until, clock_timestamp() AS now FROM relay_lease"
_HELD = "SELECT count(*) FROM relay_lease WHERE until > clock_timestamp() AND worker LIKE '%/' || $1"


@beyond_short
async def test_a_worker_whose_clock_is_off_neither_steals_the_lease_nor_keeps_it(house: World) -> None:
    async with telling("clock of one worker 30 s off", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_be_off(told))
        told.pauses = 1
    assert told.judged == Verdict()


async def _be_off(told: Telling) -> None:
    """One ahead stands by, then holds the lease and sleeps; one behind takes it over; who slept steps down."""
    sound, off, *others = told.world.fleet.of("intake", "worker")
    for worker in (sound, off, *others):
        worker.kill()
    sound.start()
    await _holds(told.world, sound)
    off.start(AHEAD)
    await told.world.fleet.ready([off])
    await _is_never_stolen_early(told.world)
    sound.kill()
    await _holds(told.world, off)
    sound.start(BEHIND)
    await told.world.fleet.ready([sound])
    await _is_never_stolen_early(told.world)
    stepped_down, held = off.times_said(STEPPED_DOWN), await told.world.value("intake", _HELD, str(off.pid))
    off.stop()
    await _holds(told.world, sound)
    off.go_on()
    async with asyncio.timeout(READY_SECONDS):
        while held and off.times_said(STEPPED_DOWN) == stepped_down:  # noqa: ASYNC110 -- a log sets no Event
            await asyncio.sleep(0.1)
    for worker in (sound, off):
        worker.kill()
    for worker in (sound, off, *others):
        worker.start()  # the load does not end while nobody tells what it waits for


async def _is_never_stolen_early(world: World) -> None:
    """For longer than a lease: whoever gets it from another gets it when it has run out, by the database's clock."""
    before, end = None, monotonic() + 1.5 * LEASE.total_seconds()
    async with world.connected("intake") as connection:
        while monotonic() < end:
            lease = await connection.fetchrow(_LEASE)
            assert lease is not None
            assert before is None or lease["epoch"] == before["epoch"] or before["until"] <= lease["now"]
            before = lease
            await asyncio.sleep(0.1)


async def _holds(world: World, worker: Member) -> None:
    """Wait until the worker holds the relay's lease. Raises TimeoutError."""
    async with asyncio.timeout(READY_SECONDS):
        while not await world.value("intake", _HELD, str(worker.pid)):  # noqa: ASYNC110 -- a database sets no Event
            await asyncio.sleep(0.1)
