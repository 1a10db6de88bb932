"""The small house of the tests: services, stand-ins, clients, tokens, clock."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter

from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events import intake
from shared.ids import new_id
from shared.service import Definition
from shared.timers import Timer
from tests.support.house import running

remembered_orders: list[UUID] = []


async def on_order_revoked(uow: UnitOfWork, event: intake.OrderRevoked) -> None:
    due = uow.now + timedelta(days=2)
    await uow.schedule("remember", event.order_id, 1, due, key=event.patient_id, clinic_id=None)


async def remember(uow: UnitOfWork, timer: Timer) -> None:
    remembered_orders.append(timer.aggregate_id)


LISTENER = Definition("billing", APIRouter, {intake.OrderRevoked: on_order_revoked}, {"remember": remember})


async def test_an_event_of_a_stand_in_is_handled_and_its_timer_fires_only_when_due(postgres, broker):
    patient, order = new_id(), new_id()
    revoked = intake.OrderRevoked(order_id=order, patient_id=patient, version=2, revoked_at=wall_now())
    async with running([LISTENER], postgres, broker) as house:
        await house.publish("intake", revoked, key=patient)
        await house.settle()
        assert await house.events("intake") == [revoked]
        assert order not in remembered_orders
        before = house.clock.now()
        await house.clock.advance(timedelta(days=3))
        assert house.clock.now() - before >= timedelta(days=3)
    assert remembered_orders[-1:] == [order]


async def test_a_staff_token_of_the_house_is_believed(postgres, broker):
    async with running([LISTENER], postgres, broker) as house:
        answer = await house.client("billing", house.tokens.staff("nurse")).get("/v1/me")
    assert answer.status_code == 200
    assert answer.json()["clinics"] == [{"clinic_id": str(house.clinic.clinic_id), "roles": ["nurse"]}]
