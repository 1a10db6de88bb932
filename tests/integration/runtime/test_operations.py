"""Operators' routes: standing, clock, parked patients."""

from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi import APIRouter

from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events import intake
from shared.ids import new_id
from shared.service import Definition
from tests.support.house import running

MOODS = {"refuse": True}


async def on_revoked(uow: UnitOfWork, event: intake.OrderRevoked) -> None:
    if MOODS["refuse"]:
        raise ValueError("a person's name")
    await uow.audit("update", "order", event.order_id, patient_id=event.patient_id)


LISTENER = Definition("billing", APIRouter(), {intake.OrderRevoked: on_revoked})


@pytest.fixture
async def house(postgres, broker):
    async with running([LISTENER], postgres, broker) as house:
        yield house


@pytest.fixture
def operator(house):
    return house.client("billing", house.tokens.staff("operator"))


def key():
    return {"Idempotency-Key": str(uuid4())}


async def test_standing_says_what_was_heard(house, operator):
    MOODS["refuse"] = False
    patient = new_id()
    event = intake.OrderRevoked(order_id=new_id(), patient_id=patient, version=1, revoked_at=wall_now())
    await house.publish("intake", event, key=patient)
    await house.settle()
    body = (await operator.get("/v1/operations/standing")).json()
    assert (body["service"], body["heard"], body["unsent"]) == ("billing", {"billing.commands": {"intake": 1}}, 0)


async def test_the_clock_takes_an_absolute_offset_in_development(house, operator):
    for offset in ("PT48H", "PT1H"):
        answer = await operator.post("/v1/operations/clock", json={"offset": offset}, headers=key())
        assert answer.status_code == 200, answer.text
    assert answer.json()["kept_offset"] == "P2D"
    await house.settle()
    assert house.services["billing"].clock.offset == timedelta(hours=48)


@pytest.mark.parametrize("role", ["nurse", "director", "admin"])
async def test_other_roles_do_not_operate(house, role):
    client = house.client("billing", house.tokens.staff(role))
    assert (await client.get("/v1/operations/standing")).status_code == 403
    assert (await client.post("/v1/operations/clock", json={"offset": "PT1H"}, headers=key())).status_code == 403


async def test_production_has_no_clock_to_move(postgres, broker):
    production = {"billing": {"env": "production"}}
    async with running([LISTENER], postgres, broker, settings=production) as house:
        client = house.client("billing", house.tokens.staff("operator"))
        answer = await client.post("/v1/operations/clock", json={"offset": "PT1H"}, headers=key())
        assert (answer.status_code, answer.json()["code"]) == (409, "CLOCK_CANNOT_MOVE")
        assert await house.rows("billing", "SELECT FROM service_state WHERE clock_offset > '0'") == []


@pytest.mark.parametrize(("what", "body", "effects"), [("retry", None, 1), ("discard", {"reason": "TESTING"}, 0)])
async def test_a_parked_patient_is_listed_and_retried_or_discarded(house, operator, what, body, effects):
    MOODS["refuse"] = True
    patient = new_id()
    event = intake.OrderRevoked(order_id=new_id(), patient_id=patient, version=1, revoked_at=wall_now())
    await house.publish("intake", event, key=patient)
    await house.settle()
    parked = (await operator.get("/v1/operations/parked")).json()["items"]
    assert [(one["key"], one["reason"], one["behind"]) for one in parked] == [(str(patient), "ValueError", 0)]
    path = f"/v1/operations/parked/billing.commands/intake/{patient}/{what}"
    if what == "retry":
        assert (await operator.post(path, headers=key())).json()["code"] == "PARKED_EVENT_REFUSED"
    MOODS["refuse"] = False
    answer = await operator.post(path, json=body, headers=key())
    assert answer.status_code == 200, answer.text
    assert (await operator.get("/v1/operations/parked")).json()["items"] == []
    assert len(await house.rows("billing", "SELECT FROM audit WHERE resource = 'order'")) == effects
    assert (await operator.post(path, json=body, headers=key())).status_code == 404
