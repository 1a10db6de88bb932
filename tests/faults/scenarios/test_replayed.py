"""Everything that was ever said, said again in another order between producers (design: delivery)."""

import asyncio
import random
from collections import defaultdict, deque
from typing import Any

import pytest
from confluent_kafka import Producer

from shared.clock import monotonic
from shared.events import SERVICES
from tests.faults.collect import read_records
from tests.faults.profile import PROFILE, SEED, beyond_short
from tests.faults.scenarios.telling import telling
from tests.faults.world import REST_SECONDS, World

pytestmark = pytest.mark.timeout(900 if PROFILE.name == "full" else 420)
QUIET_SECONDS = 3.0
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT tablename = ANY($1) ORDER BY 1"
_ROWS = """SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM "{}" t"""
# What goes on while nothing is said: who leads, how far others were heard, what could not be read, what a broker holds.
_RESTLESS = ("relay_lease", "relay_partition", "heard", "service_state", "quarantine")
State = dict[str, str | None]


@beyond_short
async def test_everything_replayed_in_another_order_between_producers_changes_no_table(house: World) -> None:
    async with telling("replayed, producers interleaved anew", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load()
        await house.rest()
        before = await _at_rest(house)
        ends, told.more["replayed"] = await asyncio.to_thread(_replay, house)
        await house.read_past(ends)
        after = await _at_rest(house)
        told.more["tables"] = len(before)
        told.more["tables_changed"] = sorted(name for name in before if before[name] != after[name])
    assert told.more["tables_changed"] == []


async def _at_rest(house: World) -> State:
    """All tables as they are when they stay so for a while. Raises TimeoutError."""
    deadline, state = monotonic() + REST_SECONDS, await _state(house)
    while True:
        await asyncio.sleep(QUIET_SECONDS)
        before, state = state, await _state(house)
        if before == state:
            return state
        if monotonic() > deadline:
            raise TimeoutError(", ".join(name for name in state if before[name] != state[name]))


async def _state(house: World) -> State:
    """Table by table of the four databases, a digest of its rows."""
    found: State = {}
    for name in SERVICES:
        async with house.connected(name) as connection:
            for row in await connection.fetch(_TABLES, _RESTLESS):
                found[f"{name}.{row['tablename']}"] = await connection.fetchval(_ROWS.format(row["tablename"]))
    return found


def _replay(house: World) -> tuple[dict[tuple[str, int], int], int]:
    """The topics' records once more: each producer's in their order, producers by chance.

    Returns the offsets behind the last ones, by topic and partition, and how many they were.
    """
    lines, ends = defaultdict[str, deque[Any]](deque), dict[tuple[str, int], int]()
    for sent, record in read_records(house.ground.bootstrap):
        lines[sent.producer].append(record)
    turns = [name for name, records in lines.items() for _ in records]
    random.Random(SEED).shuffle(turns)
    producer = Producer({"bootstrap.servers": house.ground.bootstrap, "log_level": 0, "message.max.bytes": 2_000_000})

    def note(_error: Any, there: Any) -> None:
        ends[there.topic(), there.partition()] = there.offset() + 1

    for name in turns:
        one = lines[name].popleft()
        producer.produce(one.topic(), one.value(), one.key(), one.partition(), headers=one.headers(), on_delivery=note)
        producer.poll(0)
    assert producer.flush(60) == 0
    return ends, len(turns)
