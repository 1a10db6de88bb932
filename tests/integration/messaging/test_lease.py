"""The relay's lease on a real PostgreSQL (design: lease, not lock)."""

import asyncio
from datetime import timedelta

import pytest

from shared.ids import new_id
from shared.messaging import lease
from shared.messaging.lease import Lease, LeaseLost
from shared.messaging.relay import _MARK
from shared.service import Service
from tests.integration.messaging.kit import emit, rows, signed, until_blocked

LONG, NONE_AT_ALL = timedelta(seconds=60), timedelta(0)


async def acquired(service: Service, length: timedelta = LONG) -> Lease:
    held = await lease.acquire(await service.database.pool(), new_id(), length)
    assert held is not None
    return held


async def mark(service: Service, held: Lease, ids: list[int]) -> bool:
    pool = await service.database.pool()
    return bool(await pool.fetchval(_MARK, ids, held.holder, held.epoch, "topic", "cluster", [0], [7]))


async def marked(service: Service) -> int:
    return len(await rows(service, "SELECT 1 FROM outbox WHERE sent_at IS NOT NULL"))


async def test_of_ten_at_once_one_gets_it(intake: Service) -> None:
    pool = await intake.database.pool()
    won = await asyncio.gather(*(lease.acquire(pool, new_id(), LONG) for _ in range(10)))
    assert len([held for held in won if held]) == 1


async def test_of_ten_at_once_one_steals_it_with_the_next_epoch(intake: Service) -> None:
    first = await acquired(intake, NONE_AT_ALL)
    pool = await intake.database.pool()
    won = [held for held in await asyncio.gather(*(lease.acquire(pool, new_id(), LONG) for _ in range(10))) if held]
    assert [held.epoch for held in won] == [first.epoch + 1]


async def test_a_holder_that_was_stopped_finds_it_lost(intake: Service) -> None:
    """Stopped for longer than the lease: it may neither renew nor mark, and its own clock tells it as well."""
    await emit(intake, signed(new_id()))
    stopped = await acquired(intake, NONE_AT_ALL)
    holder = await acquired(intake)
    with pytest.raises(LeaseLost):
        stopped.check()
    with pytest.raises(LeaseLost):
        await lease.renew(await intake.database.pool(), stopped)
    assert not await mark(intake, stopped, [1])
    assert await marked(intake) == 0
    assert await rows(intake, "SELECT 1 FROM relay_partition") == []
    assert await mark(intake, holder, [1])
    assert await marked(intake) == 1


async def test_a_holder_whose_time_ran_out_may_renew_while_nobody_stole_it(intake: Service) -> None:
    held = await acquired(intake, NONE_AT_ALL)
    held.length = LONG
    await lease.renew(await intake.database.pool(), held)
    held.check()
    assert await lease.acquire(await intake.database.pool(), new_id(), LONG) is None


async def test_a_mark_waits_for_a_steal_that_is_passing_and_then_changes_nothing(intake: Service) -> None:
    await emit(intake, signed(new_id()))
    old = await acquired(intake, NONE_AT_ALL)
    pool = await intake.database.pool()
    async with pool.acquire() as connection, connection.transaction():
        assert await lease.acquire(connection, new_id(), LONG)
        marking = asyncio.create_task(mark(intake, old, [1]))
        await until_blocked(intake)
    assert not await marking
    assert await marked(intake) == 0


async def test_a_steal_waits_for_a_mark_that_is_passing(intake: Service) -> None:
    await emit(intake, signed(new_id()))
    old = await acquired(intake, NONE_AT_ALL)
    pool = await intake.database.pool()
    async with pool.acquire() as connection, connection.transaction():
        assert await connection.fetchval(_MARK, [1], old.holder, old.epoch, "topic", "cluster", [0], [7])
        stealing = asyncio.create_task(lease.acquire(pool, new_id(), LONG))
        await until_blocked(intake)
    stolen = await stealing
    assert stolen is not None
    assert stolen.epoch == old.epoch + 1
    assert await marked(intake) == 1


async def test_it_is_kept_while_the_body_runs_and_given_back_at_the_end(intake: Service) -> None:
    pool = await intake.database.pool()
    held = await acquired(intake, timedelta(seconds=2))
    granted = held.valid_until
    async with lease.kept(pool, held, every=timedelta(milliseconds=20)):
        async with asyncio.timeout(60):
            while held.valid_until == granted:  # noqa: ASYNC110 -- renewed in the database
                await asyncio.sleep(0.02)
        assert await lease.acquire(pool, new_id(), LONG) is None
    with pytest.raises(LeaseLost):
        held.check()
    assert await lease.acquire(pool, new_id(), LONG) is not None
