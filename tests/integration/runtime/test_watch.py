"""The watch: what another process wrote, and what has become due, rings in this one."""

import asyncio
from datetime import timedelta

import pytest

from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.ids import new_id
from shared.runtime.clock_loop import set_offset
from shared.runtime.watch import look
from tests.support.house import larkspur

LONG, HOUR = 60.0, timedelta(hours=1)


@pytest.fixture
async def elsewhere(service):
    """The same database as another process has it, with bells of its own."""
    return type(service)(service.name, service.settings, service.database, service.clock, service.keyring)


async def rung(bell):
    """Whether the bell was rung; waits for nothing."""
    waiting = asyncio.create_task(bell.wait(LONG))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    done = waiting.done()
    waiting.cancel()
    return done


async def write(service, *, due_in: timedelta):
    async with unit_of_work(service, Caller("service", service.name, larkspur().organisation_id)) as uow:
        await uow.audit("create", "thing", "1")
        await uow.schedule("note", new_id(), 1, uow.now + due_in, key=new_id(), clinic_id=None)


async def test_a_commit_rings_in_its_own_process_and_no_other(service, elsewhere):
    await write(elsewhere, due_in=HOUR)
    assert await rung(elsewhere.bells.changes)
    assert await rung(elsewhere.bells.timers)
    assert not await rung(service.bells.changes)
    assert not await rung(service.bells.timers)


async def test_what_rolls_back_rings_nothing(service):
    with pytest.raises(TypeError):
        await write(service, due_in=None)  # raises behind the audit row
    assert not await rung(service.bells.changes)


async def test_a_look_rings_for_what_another_process_wrote(service, elsewhere):
    await write(elsewhere, due_in=-HOUR)
    await look(service)
    assert await rung(service.bells.changes)
    assert await rung(service.bells.timers)


async def test_a_look_at_nothing_rings_nothing(service, elsewhere):
    await look(service)
    assert not await rung(service.bells.changes)
    await write(elsewhere, due_in=HOUR)
    await look(service)
    assert not await rung(service.bells.timers)


async def test_a_look_shows_moved_time_and_the_timers_that_it_makes_due(service, elsewhere):
    await write(elsewhere, due_in=HOUR)
    await set_offset(service, 2 * HOUR)
    await look(service)
    assert service.clock.offset == 2 * HOUR
    assert await rung(service.bells.timers)
