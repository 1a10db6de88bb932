"""Batches in which a send fails and later ones of the same partition succeed (design: delivery, the relay marks)."""

import asyncio
from collections.abc import Iterable

import pytest

from tests.faults.collect import read_topics
from tests.faults.failpoints import FAILING_SEND
from tests.faults.fleet import READY_SECONDS, Member
from tests.faults.history import Sent
from tests.faults.profile import PROFILE
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(420)
PILED_UP = 3  # patients of whom several events wait, and go in one batch
_ENDED = "an ack is missing"
_SEVERAL = "SELECT count(*) FROM (SELECT FROM outbox WHERE sent_at IS NULL GROUP BY key HAVING count(*) > 1) AS waiting"


async def test_a_send_that_fails_before_later_ones_of_its_partition_is_neither_lost_nor_overtaken(house: World) -> None:
    async with telling("a send fails, later ones succeed", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_fail_sends(told))
        await house.rest()
        sent = await asyncio.to_thread(read_topics, house.ground.bootstrap)
        told.more["overtaken_on_the_topic"] = _overtaken(one for one in sent if one.key in set(told.load.keys))
    assert told.more["overtaken_on_the_topic"] > 0


async def _fail_sends(told: Telling) -> None:
    first, *others = told.world.fleet.of("intake", "worker")
    for worker in (first, *others):
        worker.kill()
    before = first.times_said(_ENDED)
    async with asyncio.timeout(READY_SECONDS):
        while await told.world.value("intake", _SEVERAL) < PILED_UP:  # noqa: ASYNC110 -- a database sets no Event
            await asyncio.sleep(0.1)
    first.start(FAILING_SEND)
    await _said(first, before + FAILING_SEND.times)
    for worker in others:
        worker.start()
    told.more["failed_sends"] = FAILING_SEND.times


async def _said(worker: Member, times: int) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while worker.times_said(_ENDED) < times:  # noqa: ASYNC110 -- a log sets no Event
            await asyncio.sleep(0.1)


def _overtaken(sent: Iterable[Sent]) -> int:
    """How many records stand in front of an earlier one of their patient that is there for the first time."""
    reached, found = dict[tuple[str, object], set[int]](), 0
    for one in sorted(sent, key=lambda one: (one.partition, one.offset)):
        there = reached.setdefault((one.producer, one.key), {0})
        found += one.seq not in there and one.seq - 1 not in there
        there.add(one.seq)
    return found
