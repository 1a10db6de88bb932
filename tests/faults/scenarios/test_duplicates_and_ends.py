"""Every record five times; processes that are told to end (design: delivery)."""

import asyncio
import random
from typing import Any

import pytest
from confluent_kafka import Producer

from tests.faults.checker import Verdict
from tests.faults.collect import read_records
from tests.faults.fleet import Fleet
from tests.faults.profile import PROFILE, SEED, beyond_short
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(900 if PROFILE.name == "full" else 420)
ENDS_WITHIN = 10.0  # seconds; recorded, and failing at three times the figure


@beyond_short
async def test_every_event_five_times_and_shuffled_changes_nothing(house: World) -> None:
    async with telling("every event five times", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load()
        await house.rest()
        await house.read_past(await asyncio.to_thread(_repeat, told))
    assert told.judged == Verdict()


def _repeat(told: Telling) -> dict[tuple[str, int], int]:
    """Each record of the scenario's patients four times more: twice in order, twice in any order.

    Returns the offsets behind the last ones, by topic and partition.
    """
    mine, ends = set(told.load.keys), dict[tuple[str, int], int]()
    records = [record for sent, record in read_records(told.world.ground.bootstrap) if sent.key in mine]
    producer, chance = Producer({"bootstrap.servers": told.world.ground.bootstrap, "log_level": 0}), random.Random(SEED)

    def note(_error: Any, there: Any) -> None:
        ends[there.topic(), there.partition()] = there.offset() + 1

    for turn in range(4):
        if turn >= 2:
            chance.shuffle(records)
        for one in records:
            producer.produce(
                one.topic(), one.value(), one.key(), one.partition(), headers=one.headers(), on_delivery=note
            )
            producer.poll(0)
        assert producer.flush(60) == 0
    return ends


async def test_each_process_ends_in_time_when_it_is_told_to_under_load(house: World) -> None:
    async with telling("SIGTERM under load", house, PROFILE.part(4), PROFILE.events) as told:
        ends: list[tuple[int | None, float]] = []
        await told.under_load(_end_each(house.fleet, ends))
        told.more["slowest_end_seconds"] = round(max(seconds for _, seconds in ends), 1)
    assert [code for code, _ in ends] == [0] * len(ends)


async def _end_each(fleet: Fleet, ends: list[tuple[int | None, float]]) -> None:
    for member in fleet.of():
        ends.append(await asyncio.to_thread(member.end, 3 * ENDS_WITHIN))
        member.start()
