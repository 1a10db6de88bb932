"""Every record five times; processes that are told to end (design: delivery)."""

import asyncio
import random
from typing import Any

import pytest
from confluent_kafka import Producer

from tests.faults.collect import read_records
from tests.faults.fleet import Fleet
from tests.faults.profile import PROFILE, SEED
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(900 if PROFILE.name == "full" else 420)
ENDS_WITHIN = 10.0  # seconds; recorded, and failing at three times the figure


async def test_every_event_five_times_and_shuffled_changes_nothing(house: World) -> None:
    async with telling("every event five times", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load()
        await house.rest()
        told.more["repeated"] = await asyncio.to_thread(_repeat, told)
        await house.read_to_the_end()


def _repeat(told: Telling) -> int:
    """Each record of the scenario's patients four times more: twice in order, twice in any order."""
    mine = set(told.load.keys)
    records = [record for sent, record in read_records(told.world.ground.bootstrap) if sent.key in mine]
    producer, chance = Producer({"bootstrap.servers": told.world.ground.bootstrap, "log_level": 0}), random.Random(SEED)
    for turn in range(4):
        if turn >= 2:
            chance.shuffle(records)
        for record in records:
            _again(producer, record)
        producer.flush(60)
    return 4 * len(records)


def _again(producer: Producer, record: Any) -> None:
    producer.poll(0)
    producer.produce(record.topic(), record.value(), record.key(), record.partition(), headers=record.headers())


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
