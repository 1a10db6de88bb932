"""Health: what is wrong is named, an API needs no Kafka, a worker needs loops, broker and lease."""

import asyncio
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from fastapi import APIRouter

from shared.clock import wall_now
from shared.ids import new_id
from shared.runtime import loops
from shared.runtime.app import build_app
from shared.runtime.health import Health, looks
from shared.runtime.healthpages import HealthPages
from shared.runtime.loops import Progress
from shared.runtime.supervise import supervise
from shared.runtime.worker import Worker
from shared.service import Definition

BARE = Definition("scheduling", APIRouter, {})


async def ask(app, path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://health") as client:
        answer = await client.get(path)
    return answer.status_code, answer.json()


def failing(body):
    return {check["name"]: check["detail"] for check in body["checks"] if not check["ok"]}


def worker_app(service, progress):
    return HealthPages(looks(Health(service, lambda: progress, worker=True)))


async def hold_lease(service):
    pool = await service.database.pool()
    await pool.execute("INSERT INTO relay_lease VALUES (1, $1, 1, clock_timestamp() + interval '1 minute')", new_id())


@pytest.fixture
def now(monkeypatch):
    """Monotonic time that the test moves."""
    at = {"time": 1000.0}
    monkeypatch.setattr(loops, "monotonic", lambda: at["time"])
    return at


async def test_an_api_is_ready_with_its_database_alone(fresh_service):
    service = await fresh_service("scheduling", kafka="127.0.0.1:9")
    assert await ask(build_app(BARE, service), "/ready") == (
        200, {"status": "ok", "checks": [{"name": "database", "ok": True, "detail": None}]},
    )  # fmt: skip


async def test_a_worker_without_broker_or_lease_is_alive_but_not_ready(fresh_service):
    service = await fresh_service("scheduling", kafka="127.0.0.1:9")
    app = worker_app(service, [Progress("relay")])
    assert (await ask(app, "/live"))[0] == 200
    status, body = await ask(app, "/ready")
    assert status == 503
    assert failing(body) == {"broker": "does not answer at any address", "lease": "nobody holds the relay lease"}


async def test_a_standby_is_ready_while_another_holds_the_lease(service):
    await hold_lease(service)
    assert (await ask(worker_app(service, [Progress("relay")]), "/ready"))[0] == 200


async def test_the_stalled_loop_is_named_with_its_last_turn(service, now):
    await hold_lease(service)
    relay, timers = Progress("relay"), Progress("timers")
    now["time"] += 45
    timers.beat()
    status, body = await ask(worker_app(service, [relay, timers]), "/live")
    since = wall_now() - timedelta(seconds=45)
    assert status == 503
    assert list(failing(body)) == ["loop relay"]
    assert f"{since:%Y-%m-%dT%H:%M}" in failing(body)["loop relay"]
    assert (await ask(worker_app(service, [relay]), "/ready"))[0] == 503


async def test_the_metrics_tell_which_loop_turns_as_they_are_read(service, now):
    stalled, turning = Progress("stalled"), Progress("turning")
    now["time"] += 45
    turning.beat()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(worker_app(service, [stalled, turning])), base_url="http://health"
    ) as client:
        text = (await client.get("/metrics")).text
    assert 'stillwater_loop_ready{loop="stalled",service="scheduling"} 0.0' in text
    assert 'stillwater_loop_ready{loop="turning",service="scheduling"} 1.0' in text


async def test_a_loop_whose_work_times_out_again_and_again_is_not_ready_but_alive(service, now):
    await hold_lease(service)
    progress = Progress("commands")
    progress.delayed("an event", "HandlerTimedOut")
    now["time"] += 20
    progress.delayed("an event", "HandlerTimedOut")
    progress.beat()
    app = worker_app(service, [progress])
    assert (await ask(app, "/live"))[0] == 200
    status, body = await ask(app, "/ready")
    assert status == 503
    assert failing(body) == {"loop commands": "is held up by HandlerTimedOut, for 20 s so far"}
    progress.settled("an event")
    assert (await ask(app, "/ready"))[0] == 200


async def test_a_broker_that_accepts_and_never_answers_is_away(fresh_service):
    async def stand_still(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(stand_still, "127.0.0.1", 0)
    async with server:
        service = await fresh_service("scheduling", kafka=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await hold_lease(service)
        status, body = await ask(worker_app(service, [Progress("relay")]), "/ready")
    assert status == 503
    assert failing(body) == {"broker": "does not answer at any address"}


async def test_a_loop_that_keeps_breaking_is_named_until_it_holds(now):
    progress = Progress("relay")
    for _ in range(3):
        progress.restarted("OSError")
    progress.beat()
    assert progress.complaint() == "was restarted 3 times in a row, last after OSError"
    now["time"] += 11
    progress.beat()
    assert progress.complaint() is None


async def test_a_database_without_schema_or_away_is_not_ready(fresh_service, postgres):
    service = await fresh_service("scheduling")
    pool = await service.database.pool()
    await pool.execute("UPDATE alembic_version SET version_num = '0000'")
    status, body = await ask(build_app(BARE, service), "/ready")
    assert status == 503
    assert "run migrate" in failing(body)["database"]
    await pool.execute("DROP TABLE alembic_version")
    assert "has schema 0" in failing((await ask(build_app(BARE, service), "/ready"))[1])["database"]


async def test_a_broken_loop_starts_again_and_its_neighbours_go_on(service):
    turns = {"broken": 0, "steady": 0}
    enough = asyncio.Event()

    async def broken(service, progress):
        turns["broken"] += 1
        if turns["broken"] == 3:
            enough.set()
            await asyncio.Event().wait()
        raise RuntimeError("a person's name")

    async def steady(service, progress):
        while True:
            turns["steady"] += 1
            progress.beat()
            await asyncio.sleep(0.01)

    worker = Worker(Definition("scheduling", APIRouter, {}, loops={"broken": broken, "steady": steady}), service)
    await worker.start()
    async with asyncio.timeout(20):
        await enough.wait()
    await worker.stop()
    assert turns["broken"] == 3
    assert turns["steady"] > 3


async def test_supervision_logs_the_class_of_an_error_and_never_its_text(capsys):
    async def broken():
        raise RuntimeError("Ada Lovelace, born 1815-12-10")

    task = asyncio.create_task(supervise("scheduling", Progress("broken"), broken))
    while not (said := capsys.readouterr()).out + said.err:  # noqa: ASYNC110 -- waits for output, which sets no event
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert "RuntimeError" in said.out + said.err
    assert "Lovelace" not in said.out + said.err


async def test_a_cancellation_that_nobody_asked_for_restarts_the_loop_like_any_trouble():
    turns, again = Counter[str](), asyncio.Event()

    async def broken_off():
        turns["broken off"] += 1
        if turns["broken off"] == 1:
            lost = asyncio.get_running_loop().create_future()
            lost.cancel()  # as a client library does with what it waited for on a lost connection
            await lost
        again.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(supervise("scheduling", Progress("broken off"), broken_off))
    async with asyncio.timeout(20):
        await again.wait()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert turns["broken off"] == 2


async def test_metrics_tell_depth_and_restarts_and_hold_no_ids(service):
    from shared.runtime.gauges import run_gauges

    key = new_id()
    pool = await service.database.pool()
    task = asyncio.create_task(run_gauges(service, Progress("gauges")))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(build_app(BARE, service)), base_url="http://health"
    ) as client:
        await client.get(f"/v1/nothing/{key}")
        for _ in range(500):
            text = (await client.get("/metrics")).text
            if 'stillwater_outbox_depth{service="scheduling"}' in text:
                break
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait({task})
    assert await pool.fetchval("SELECT 1") == 1
    assert 'stillwater_outbox_depth{service="scheduling"} 0.0' in text
    assert 'route="unmatched"' in text
    assert str(key) not in text
