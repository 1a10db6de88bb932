"""What never answers: a handler, and a broker that accepts connections. The worker says so, and recovers."""

import asyncio

import httpx
import pytest

from shared.clock import monotonic
from tests.faults.failpoints import BLOCKING, HANGING, Hanging
from tests.faults.fleet import READY_SECONDS, Member
from tests.faults.profile import PROFILE, beyond_short
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(420)
NOT_READY_WITHIN = 30.0  # seconds; recorded, and failing at three times the figure


async def test_a_broker_that_accepts_and_never_answers_is_named_and_the_workers_recover(house: World) -> None:
    if not house.ground.broker_box:
        pytest.skip("compose: the broker that STILLWATER_KAFKA names is not ours to stop")
    async with telling("a broker that never answers", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_stop_broker(told))
        told.pauses = 1
    assert told.more["not_ready_seconds"] < 3 * NOT_READY_WITHIN


async def _stop_broker(told: Telling) -> None:
    ground, workers = told.world.ground, told.world.fleet.of(None, "worker")
    await asyncio.sleep(1)
    began = monotonic()
    await asyncio.to_thread(ground.act, ground.broker_box, "pause")
    try:
        for worker in workers:
            await _says(worker, "broker")
        told.more["not_ready_seconds"] = round(monotonic() - began, 1)
    finally:
        await asyncio.to_thread(ground.act, ground.broker_box, "unpause")
    began = monotonic()
    await told.world.fleet.ready(workers)
    told.more["ready_again_seconds"] = round(monotonic() - began, 1)


@beyond_short
async def test_a_handler_that_never_returns_is_named_by_its_loop_and_the_worker_recovers(house: World) -> None:
    async with telling("a handler that never returns", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_hang(told))
    assert told.more["not_ready_seconds"] < 3 * NOT_READY_WITHIN


async def _hang(told: Telling) -> None:
    first, others = await _struck(told, HANGING)
    began = monotonic()
    await _says(first, "loop commands")
    told.more["not_ready_seconds"] = round(monotonic() - began, 1)
    await told.world.fleet.ready([first])
    told.more["ready_again_seconds"] = round(monotonic() - began, 1)
    for worker in others:
        worker.start()


@beyond_short
async def test_a_handler_that_blocks_its_process_has_it_ended_and_started_again(house: World) -> None:
    async with telling("a handler that blocks its process", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_block(told))
    assert told.more["ended_seconds"] < 3 * NOT_READY_WITHIN


async def _block(told: Telling) -> None:
    first, others = await _struck(told, BLOCKING)
    began = monotonic()
    await first.died()
    told.more["ended_seconds"] = round(monotonic() - began, 1)
    assert first.times_said("event_loop_stands_still") == 1
    for worker in (first, *others):
        worker.kill()
        worker.start()


async def _struck(told: Telling, point: Hanging) -> tuple[Member, list[Member]]:
    """The worker whose handler does not return, and those that wait to be started again."""
    first, *others = told.world.fleet.of("scheduling", "worker")
    for worker in (first, *others):
        worker.kill()
    first.start(point)
    async with asyncio.timeout(READY_SECONDS):
        while not first.times_said(point.name):  # noqa: ASYNC110 -- a log sets no Event
            await asyncio.sleep(0.1)
    return first, others


async def _says(worker: Member, check: str) -> None:
    """Wait until the worker says of itself that this stands in its way. Raises TimeoutError."""
    async with httpx.AsyncClient(base_url=worker.url, timeout=10) as http, asyncio.timeout(READY_SECONDS):
        while True:
            answer = await http.get("/ready")
            if check in [one["name"] for one in answer.json()["checks"] if not one["ok"]]:
                assert answer.status_code == 503
                return
            await asyncio.sleep(0.2)
