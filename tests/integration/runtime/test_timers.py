"""Timers: done once with their effect, in due order per patient, stale, set back and never lost."""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import pytest

from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.problems import CONFLICT
from shared.runtime.loops import Progress
from shared.runtime.timer_loop import fire, run_timers
from shared.timers import Stale, Timer
from tests.support.house import larkspur


@asynccontextmanager
async def timers_running(service, handlers, workers=1):
    tasks = [asyncio.create_task(run_timers(service, handlers, Progress("timers"))) for _ in range(workers)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition):
    for _ in range(1000):
        if await condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come to that")


async def settled(service):
    pool = await service.database.pool()
    return await pool.fetchval("SELECT count(*) FROM timer WHERE state = 'DUE'") == 0


async def audit_count(service):
    pool = await service.database.pool()
    return await pool.fetchval("SELECT count(*) FROM audit")


async def note(uow, timer):
    await uow.audit("update", "thing", timer.aggregate_id, reason="FIRED")


async def test_a_due_timer_is_done_once_however_many_workers_there_are(service, schedule):
    for _ in range(30):
        await schedule("note")
    async with timers_running(service, {"note": note}, workers=4):
        await until(lambda: settled(service))
    assert await audit_count(service) == 30


async def test_a_timer_that_is_not_due_waits(service, schedule, timer_row):
    later = await schedule("note", ago=-3600)
    async with timers_running(service, {"note": note}):
        await schedule("note")
        await until(lambda: _audited_once(service))
    assert (await timer_row(later))["state"] == "DUE"


async def _audited_once(service):
    return await audit_count(service) == 1


async def test_the_overdue_timers_of_one_patient_go_in_due_order_across_workers(service, schedule):
    patient, fired = uuid4(), []

    async def slow_first(uow, timer):
        await asyncio.sleep(0.05 if not fired else 0)
        fired.append(timer.aggregate_id)

    wanted = [await schedule("slow", key=patient, ago=ago) for ago in (50, 40, 30, 20, 10)]
    async with timers_running(service, {"slow": slow_first}, workers=3):
        await until(lambda: settled(service))
    assert fired == wanted


async def test_a_patient_whose_timer_takes_long_does_not_hold_up_another(service, schedule):
    release, other_done, ended = asyncio.Event(), asyncio.Event(), []

    async def wait_for_the_other(uow, timer):
        await release.wait()
        ended.append(timer.kind)

    async def the_other(uow, timer):
        ended.append(timer.kind)
        other_done.set()

    await schedule("long", ago=60)
    await schedule("short", ago=10)
    async with timers_running(service, {"long": wait_for_the_other, "short": the_other}, workers=2):
        async with asyncio.timeout(20):
            await other_done.wait()
        release.set()
        await until(lambda: settled(service))
    assert ended == ["short", "long"]


async def test_what_a_stale_timer_had_begun_is_rolled_back(service, schedule, timer_row):
    async def begin_and_see(uow, timer):
        await note(uow, timer)
        raise Stale

    aggregate = await schedule("begin")
    async with timers_running(service, {"begin": begin_and_see}):
        await until(lambda: settled(service))
    row = await timer_row(aggregate)
    assert (row["state"], row["attempts"]) == ("STALE", 0)
    assert row["settled_at"] is not None
    assert await audit_count(service) == 0


async def test_a_failing_timer_is_set_back_keeps_its_reason_and_lets_the_patients_others_pass(
    service, schedule, timer_row
):
    patient = uuid4()

    async def fail(uow, timer):
        await note(uow, timer)
        raise RuntimeError("the name of a person")

    failing = await schedule("fail", key=patient, ago=60)
    passing = await schedule("note", key=patient, ago=10)
    async with timers_running(service, {"fail": fail, "note": note}):
        await until(lambda: _done(timer_row, passing))
    row = await timer_row(failing)
    assert (row["state"], row["reason"]) == ("DUE", "RuntimeError")
    assert row["attempts"] >= 1
    assert await audit_count(service) == 1


async def _done(timer_row, aggregate):
    return (await timer_row(aggregate))["state"] == "DONE"


async def test_a_failing_timer_is_done_when_its_trouble_ends(service, schedule, timer_row):
    tries = []

    async def fail_twice(uow, timer):
        tries.append(timer)
        if len(tries) < 3:
            raise CONFLICT()
        await note(uow, timer)

    aggregate = await schedule("moody")
    async with timers_running(service, {"moody": fail_twice}):
        await until(lambda: _done(timer_row, aggregate))
    assert len(tries) == 3
    assert (await timer_row(aggregate))["attempts"] == 2
    assert await audit_count(service) == 1


@pytest.mark.parametrize(("attempts", "least", "most"), [(0, 0.5, 1), (3, 4, 8), (9, 150, 300), (1000, 150, 300)])
async def test_the_pause_grows_and_is_bounded(service, schedule, timer_row, attempts, least, most):
    aggregate = await schedule("fail")
    pool = await service.database.pool()
    await pool.execute("UPDATE timer SET attempts = $1", attempts)
    await fire(service, {"fail": _fail}, _timer(await timer_row(aggregate)))
    pause = await pool.fetchval("SELECT not_before - clock_timestamp() FROM timer")
    assert least - 0.4 <= pause.total_seconds() <= most


async def test_trouble_of_the_database_is_not_counted(service, schedule, timer_row):
    aggregate = await schedule("locked")

    async def meet_a_lock(uow, timer):
        await uow.sql("DO $$ BEGIN RAISE EXCEPTION 'lock' USING ERRCODE = '55P03'; END $$")

    await fire(service, {"locked": meet_a_lock}, _timer(await timer_row(aggregate)))
    row = await timer_row(aggregate)
    assert (row["state"], row["attempts"]) == ("DUE", 0)
    assert row["not_before"] is not None


async def test_a_timer_of_an_unknown_kind_waits_for_a_version_that_knows_it(service, schedule, timer_row):
    aggregate = await schedule("from-the-future")
    await fire(service, {}, _timer(await timer_row(aggregate)))
    row = await timer_row(aggregate)
    assert (row["state"], row["reason"]) == ("DUE", "NoHandler")


async def test_a_timer_that_another_worker_has_is_left_alone(service, schedule, timer_row):
    aggregate = await schedule("note")
    timer = _timer(await timer_row(aggregate))
    pool = await service.database.pool()
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT 1 FROM timer FOR UPDATE")
        await fire(service, {"note": note}, timer)
    assert await audit_count(service) == 0
    assert (await timer_row(aggregate))["state"] == "DUE"


async def _fail(uow, timer):
    raise ValueError


def _timer(row):
    names = ("kind", "aggregate_id", "version", "due_at", "key", "organisation_id", "clinic_id", "correlation_id")
    return Timer(*(row[name] for name in names))


async def test_what_a_transaction_makes_due_is_written_with_it_and_of_the_same_thing_the_first(service):
    caller, pool = Caller("service", service.name, larkspur().organisation_id), await service.database.pool()
    kept, undone = uuid4(), uuid4()
    async with unit_of_work(service, caller) as uow:
        now = uow.now
        for version, hours in ((2, 5), (1, 3), (2, 9)):
            await uow.schedule("later", kept, version, now + timedelta(hours=hours), key=kept, clinic_id=None)
    with suppress(Stale):
        async with unit_of_work(service, caller) as uow:
            await uow.schedule("later", undone, 1, uow.now, key=undone, clinic_id=None)
            raise Stale
    found = await pool.fetch("SELECT aggregate_id, version, due_at, organisation_id FROM timer ORDER BY version")
    assert [tuple(row) for row in found] == [
        (kept, 1, now + timedelta(hours=3), caller.organisation_id),
        (kept, 2, now + timedelta(hours=5), caller.organisation_id),
    ]
