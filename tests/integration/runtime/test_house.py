"""The small house of the tests: services, stand-ins, clients, tokens, clock."""

from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import APIRouter

from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events import intake
from shared.ids import new_id
from shared.runtime.parts.broker import EmbeddedBroker
from shared.service import Definition
from shared.timers import Timer
from tests.support.house import running

pytestmark = pytest.mark.asyncio(loop_scope="module")
remembered_orders: list[UUID] = []


async def on_order_revoked(uow: UnitOfWork, event: intake.OrderRevoked) -> None:
    due = uow.now + timedelta(days=2)
    await uow.schedule("remember", event.order_id, 1, due, key=event.patient_id, clinic_id=None)


async def remember(uow: UnitOfWork, timer: Timer) -> None:
    remembered_orders.append(timer.aggregate_id)


LISTENER = Definition("billing", APIRouter, {intake.OrderRevoked: on_order_revoked}, {"remember": remember})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres):
    broker = EmbeddedBroker()
    broker.start()
    async with running([LISTENER], postgres, broker.bootstrap) as house:
        yield house
    broker.stop()


async def told_of_an_order(house):
    """A patient's order that was revoked, as intake's stand-in says it and billing has heard."""
    patient = new_id()
    revoked = intake.OrderRevoked(order_id=new_id(), patient_id=patient, version=2, revoked_at=wall_now())
    await house.publish("intake", revoked, key=patient)
    await house.settle()
    return revoked


async def test_an_event_of_a_stand_in_is_handled_and_its_timer_fires_only_when_due(house):
    revoked = await told_of_an_order(house)
    assert (await house.events("intake"))[-1:] == [revoked]
    assert revoked.order_id not in remembered_orders
    before = house.clock.now()
    await house.clock.advance(timedelta(days=3))
    assert house.clock.now() - before >= timedelta(days=3)
    assert remembered_orders[-1:] == [revoked.order_id]


async def test_of_a_house_that_begins_anew_nothing_is_left_but_that_it_hears_and_goes_on(house):
    """Nothing that happened, no file but its own, no moved time. What is said of the same patient then is heard."""
    first, before = await told_of_an_order(house), wall_now()
    await house.clock.advance(timedelta(days=3))
    await house.apply("billing", house.clinic.model_copy(update={"display_name": "Another"}))
    await house.begin_anew()
    assert await house.events("intake") == []
    assert await house.rows("billing", "SELECT kind FROM timer") == []
    [file] = await house.rows("billing", "SELECT content FROM clinic_file JOIN clinic_active USING (clinic_id, hash)")
    assert house.clinic.display_name in file["content"]
    assert timedelta(0) <= house.clock.now() - before < timedelta(days=1)
    again = first.model_copy(update={"order_id": new_id(), "version": 3})
    await house.publish("intake", again, key=again.patient_id)
    await house.settle()
    await house.clock.advance(timedelta(days=3))
    assert remembered_orders[-1:] == [again.order_id]


async def test_a_staff_token_of_the_house_is_believed(house):
    answer = await house.client("billing", house.tokens.staff("nurse")).get("/v1/me")
    assert answer.status_code == 200
    assert answer.json()["clinics"] == [{"clinic_id": str(house.clinic.clinic_id), "roles": ["nurse"]}]
