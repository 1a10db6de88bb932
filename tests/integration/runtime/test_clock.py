"""The business clock: absolute, only growing, development only; advancing goes from due timer to due timer."""

from datetime import timedelta

import pytest
from fastapi import APIRouter

from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events import intake
from shared.ids import new_id
from shared.runtime.advance import NotSettled, advance, settle
from shared.runtime.app import build_app
from shared.runtime.clock_loop import NoClockHere, read_offset, set_offset
from shared.runtime.posts import LocalPost
from shared.runtime.watch import look
from shared.runtime.worker import Worker
from shared.service import Definition
from shared.timers import Timer
from tests.support.house import running

HOUR = timedelta(hours=1)


async def test_the_offset_only_grows_and_is_shown_after_reading(service):
    for offset in (2 * HOUR, HOUR):
        await set_offset(service, offset)
    assert service.clock.offset == timedelta()
    assert await read_offset(service) == 2 * HOUR
    assert service.clock.now() - wall_now() > 1.9 * HOUR


async def test_a_worker_that_starts_late_begins_at_the_moved_time(service):
    await set_offset(service, HOUR)
    worker = Worker(Definition("scheduling", APIRouter, {}), service)
    await worker.start()
    begun_at = service.clock.offset
    await worker.stop()
    assert begun_at == HOUR


async def test_an_api_that_starts_late_begins_at_the_moved_time(service):
    await set_offset(service, HOUR)
    app = build_app(Definition("scheduling", APIRouter, {}), service)
    async with app.router.lifespan_context(app):
        assert service.clock.offset == HOUR


async def test_outside_development_the_clock_refuses_to_exist(fresh_service):
    service = await fresh_service("intake", env="production")
    with pytest.raises(NoClockHere):
        await set_offset(service, HOUR)
    with pytest.raises(NoClockHere):
        await read_offset(service)
    pool = await service.database.pool()
    await pool.execute("UPDATE service_state SET clock_offset = $1", HOUR)
    await look(service)
    assert service.clock.offset == timedelta()


async def test_every_timer_fires_close_to_its_due_time_and_in_order_across_services(postgres, broker):
    fired: list[tuple[str, timedelta]] = []

    async def on_revoked(uow: UnitOfWork, event: intake.OrderRevoked) -> None:
        await uow.schedule("chain", event.order_id, 1, uow.now + HOUR, key=event.patient_id, clinic_id=None)

    async def chain(uow: UnitOfWork, timer: Timer) -> None:
        fired.append((uow.service.name, uow.now - timer.due_at))
        if timer.version < 3:
            due = timer.due_at + 24 * HOUR
            await uow.schedule("chain", timer.aggregate_id, timer.version + 1, due, key=timer.key, clinic_id=None)

    parts = [
        Definition("scheduling", APIRouter, {intake.OrderRevoked: on_revoked}, {"chain": chain}),
        Definition("billing", APIRouter, {intake.OrderRevoked: on_revoked}, {"chain": chain}),
    ]
    async with running(parts, postgres, broker) as house:
        patient = new_id()
        event = intake.OrderRevoked(order_id=new_id(), patient_id=patient, version=1, revoked_at=wall_now())
        await house.publish("intake", event, key=patient)
        await house.clock.advance(72 * HOUR)
    assert [name for name, _ in fired[:2]] in (["scheduling", "billing"], ["billing", "scheduling"])
    assert len(fired) == 6
    assert all(late < HOUR for _, late in fired)


async def test_what_keeps_it_from_settling_is_named(service, schedule):
    await schedule("nobody-fires-me")
    post = LocalPost(Definition("scheduling", APIRouter, {}), service)
    with pytest.raises(NotSettled, match="scheduling: 1 overdue timers"):
        await settle([post], patience=0.1)
    with pytest.raises(NotSettled):
        await advance([post], HOUR, patience=0.1)
    assert await read_offset(service) == timedelta()


async def test_a_lagging_consumer_and_an_unsent_event_are_unrest(service, fresh_service):
    intake_service = await fresh_service("intake")
    listener = Definition("scheduling", APIRouter, {intake.OrderRevoked: _ignore})
    posts = [LocalPost(Definition("intake", APIRouter, {}), intake_service), LocalPost(listener, service)]
    pool = await intake_service.database.pool()
    await pool.execute("INSERT INTO outbox_stream VALUES ($1, 3)", new_id())
    with pytest.raises(NotSettled, match=r"scheduling\.commands: 3 events of intake to take"):
        await settle(posts, patience=0.1)


async def _ignore(uow: UnitOfWork, event: intake.OrderRevoked) -> None:
    raise AssertionError("never called")
