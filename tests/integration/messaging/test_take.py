"""Taking events on a real PostgreSQL: one upsert says seen, next or gap (design: streams)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.ids import new_id
from shared.messaging import streams
from shared.messaging.partitions import partition_of
from shared.messaging.streams import Stream, Taken
from shared.service import Service
from tests.integration.messaging.kit import caller, rows, until_blocked

NEXT, GAP = Taken(True, False, False, False), Taken(False, False, True, False)
HEARD, HEARD_MORE = Taken(True, False, False, True), Taken(True, False, True, True)
GAP_HEARD = Taken(False, False, True, True)
CONSUMER = "scheduling.commands"


def stream(key: UUID) -> Stream:
    return Stream(CONSUMER, "intake", key)


@asynccontextmanager
async def transaction(service: Service) -> AsyncIterator[UnitOfWork]:
    async with unit_of_work(service, caller()) as uow:
        yield uow


async def take(service: Service, key: UUID, seq: int) -> Taken | None:
    async with transaction(service) as uow:
        return await streams.take(uow, stream(key), seq)


async def known(service: Service, key: UUID) -> int:
    return await streams.known(await service.database.pool(), CONSUMER, "intake", key)


@pytest.mark.parametrize(
    ("arriving", "expected", "reached"),
    [
        ([1, 2, 3], [NEXT, NEXT, NEXT], 3),
        ([1, 1, 2, 1], [NEXT, None, NEXT, None], 2),
        ([3, 1, 2], [GAP, HEARD_MORE, HEARD_MORE], 2),
        ([3, 1, 2, 3, 2, 4], [GAP, HEARD_MORE, HEARD_MORE, HEARD, None, NEXT], 4),
        ([5, 5], [GAP, GAP_HEARD], 0),
        ([1, 9, 4], [NEXT, GAP, GAP_HEARD], 1),
    ],
)
async def test_taking_says_seen_next_or_gap(
    scheduling: Service, arriving: Sequence[int], expected: Sequence[Taken | None], reached: int
) -> None:
    patient = new_id()
    assert [await take(scheduling, patient, seq) for seq in arriving] == expected
    assert await known(scheduling, patient) == reached


@pytest.mark.parametrize("roll_back", [False, True])
async def test_of_two_that_take_the_same_event_one_gets_it(scheduling: Service, roll_back: bool) -> None:
    """The second waits; after a commit it has seen the event, after a roll-back the event is its own."""
    patient = new_id()
    pool = await scheduling.database.pool()
    async with pool.acquire() as connection:
        first = connection.transaction()
        await first.start()
        assert await connection.fetchrow(streams._TAKE, CONSUMER, "intake", patient, 1, partition_of(patient), 0)
        second = asyncio.create_task(take(scheduling, patient, 1))
        await until_blocked(scheduling)
        await (first.rollback() if roll_back else first.commit())
    assert await second == (NEXT if roll_back else None)
    assert await known(scheduling, patient) == 1


async def test_consumers_take_independently(scheduling: Service) -> None:
    patient = new_id()
    await take(scheduling, patient, 1)
    pool = await scheduling.database.pool()
    assert await streams.known(pool, "scheduling.timeline", "intake", patient) == 0
    assert await streams.known(pool, CONSUMER, "billing", patient) == 0
    async with transaction(scheduling) as uow:
        assert await streams.known(uow, CONSUMER, "intake", patient) == 1
        assert await streams.known(uow, CONSUMER, "intake", new_id()) == 0


async def test_a_run_advances_many_streams_at_once(scheduling: Service) -> None:
    new, old = new_id(), new_id()
    await take(scheduling, old, 1)
    pool = await scheduling.database.pool()
    before = await streams.look(pool, CONSUMER, [("intake", new), ("intake", old), ("intake", old)])
    assert before == {("intake", new): 0, ("intake", old): 1}
    assert await streams.pass_over(pool, CONSUMER, {("intake", new): 4, ("intake", old): 3}) == []
    assert (await known(scheduling, new), await known(scheduling, old)) == (4, 3)


async def test_a_run_never_turns_a_stream_back(scheduling: Service) -> None:
    """Another member was faster between the look and the statement."""
    patient = new_id()
    for seq in (1, 2, 3):
        await take(scheduling, patient, seq)
    pool = await scheduling.database.pool()
    assert await streams.pass_over(pool, CONSUMER, {("intake", patient): 2}) == []
    assert await known(scheduling, patient) == 3


async def test_a_run_names_the_streams_that_have_something_stored_behind_it(scheduling: Service) -> None:
    """An event was stored behind a gap between the look and the statement, so its turn may have come."""
    patient, other = new_id(), new_id()
    await take(scheduling, patient, 4)
    pool = await scheduling.database.pool()
    run = {("intake", patient): 3, ("intake", other): 1}
    assert await streams.pass_over(pool, CONSUMER, run) == [("intake", patient)]


async def test_a_run_waits_for_a_take_that_is_under_way(scheduling: Service) -> None:
    patient = new_id()
    pool = await scheduling.database.pool()
    async with pool.acquire() as connection, connection.transaction():
        await connection.fetchrow(streams._TAKE, CONSUMER, "intake", patient, 1, partition_of(patient), 0)
        passing = asyncio.create_task(streams.pass_over(pool, CONSUMER, {("intake", patient): 2}))
        await until_blocked(scheduling)
    await passing
    assert await known(scheduling, patient) == 2


async def test_runs_of_the_same_streams_do_not_deadlock(scheduling: Service) -> None:
    keys = [("intake", new_id()) for _ in range(50)]
    pool = await scheduling.database.pool()
    for seq in range(1, 6):
        orders = (keys, keys[::-1], keys[25:] + keys[:25])
        await asyncio.gather(*(streams.pass_over(pool, CONSUMER, dict.fromkeys(order, seq)) for order in orders))
    assert {row["taken_seq"] for row in await rows(scheduling, "SELECT taken_seq FROM stream")} == {5}
