"""Changes get their ids after commit: a reader that goes on from the last id it saw misses nothing."""

import asyncio
import random
from typing import Any

import pytest

from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.http.changefeed import read_changes
from shared.ids import new_id
from shared.runtime.numbering import number
from shared.service import Service

ORGANISATION, CLINIC = new_id(), new_id()
NURSE = Caller("staff", "nurse-1", ORGANISATION, frozenset({(CLINIC, "nurse")}))
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def write(service: Service, name: str, held: float = 0.0, *, fails: bool = False) -> None:
    async with unit_of_work(service, NURSE) as uow:
        await uow.audit("create", "thing", name, clinic_id=CLINIC)
        await asyncio.sleep(held)
        if fails:
            raise RuntimeError("rolled back")


async def seen(service: Service, after: int = 0) -> list[str]:
    return [change.resource_id for change in (await read_changes(service, NURSE, after, 10_000)).items]


async def test_what_was_written_first_and_committed_last_is_missed_by_identity_and_found_by_number(
    service: Service,
) -> None:
    pool = await service.database.pool()
    written, commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with unit_of_work(service, NURSE) as uow:
            await uow.audit("create", "thing", "slow", clinic_id=CLINIC)
            await uow.write_events()
            written.set()
            await commit.wait()

    task = asyncio.create_task(slow())
    await written.wait()
    await write(service, "fast")
    await number(service)
    newest_entry = await pool.fetchval("SELECT max(entry) FROM change")
    position = (await read_changes(service, NURSE, 0, 10)).next
    assert await seen(service) == ["fast"]
    commit.set()
    await task
    await number(service)
    by_identity = await pool.fetch("SELECT resource_id FROM change WHERE entry > $1", newest_entry)
    assert [row["resource_id"] for row in by_identity] == []
    assert await seen(service, position) == ["slow"]


async def test_two_workers_give_each_committed_change_one_id_without_holes_and_a_reader_misses_none(
    service: Service,
) -> None:
    luck, done, read = random.Random(7), asyncio.Event(), []

    async def writer(n: int) -> None:
        for m in range(12):
            await write(service, f"{n}-{m}", luck.random() * 0.02)

    async def worker() -> None:
        while not done.is_set() or await number(service):
            await number(service)
            await asyncio.sleep(0.001)

    async def reader() -> None:
        after = 0
        while True:
            finished = done.is_set() and not await unnumbered(service)
            found = await read_changes(service, NURSE, after, 7)
            read.extend((change.id, change.resource_id) for change in found.items)
            after = found.next
            if finished and not found.items:
                return
            await asyncio.sleep(0.001)

    beside = [asyncio.create_task(one()) for one in (worker, worker, reader)]
    await asyncio.gather(*(writer(n) for n in range(6)))
    done.set()
    await asyncio.gather(*beside)
    assert [id_ for id_, _ in read] == list(range(1, 73))
    assert sorted(name for _, name in read) == sorted(f"{n}-{m}" for n in range(6) for m in range(12))
    for n in range(6):
        assert [name for _, name in read if name.startswith(f"{n}-")] == [f"{n}-{m}" for m in range(12)]


async def unnumbered(service: Service) -> Any:
    return await (await service.database.pool()).fetchval("SELECT count(*) FROM change WHERE id IS NULL")


async def test_what_was_rolled_back_is_never_a_change(service: Service) -> None:
    with pytest.raises(RuntimeError):
        await write(service, "undone", fails=True)
    await write(service, "done")
    await number(service)
    assert await seen(service) == ["done"]


@pytest.mark.parametrize("action", ["read", "search", "login", "fail", "operate"])
async def test_an_audit_row_that_changed_nothing_is_no_change(service: Service, action: str) -> None:
    async with unit_of_work(service, NURSE) as uow:
        await uow.audit(action, "thing", "same", clinic_id=CLINIC)
    await number(service)
    assert await seen(service) == []


async def test_numbering_goes_on_after_everything_was_forgotten(service: Service) -> None:
    await write(service, "old")
    await number(service)
    await (await service.database.pool()).execute("DELETE FROM change")
    await write(service, "new")
    await number(service)
    assert [change.id for change in (await read_changes(service, NURSE, 1, 10)).items] == [2]
