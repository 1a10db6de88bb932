"""Operators' routes: standing, clock, parked patients."""

from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi import APIRouter

from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events import intake
from shared.ids import new_id
from shared.messaging.lease import worker_name
from shared.runtime.lag import Lag, behind
from shared.service import Definition
from tests.support.house import running

MOODS = {"refuse": True}


async def on_revoked(uow: UnitOfWork, event: intake.OrderRevoked) -> None:
    if MOODS["refuse"]:
        raise ValueError("a person's name")
    await uow.audit("update", "order", event.order_id, patient_id=event.patient_id)


RESTORED = """
INSERT INTO stranger (event_id, type, subject, key, seq, epoch, event_time, organisation_id, correlation_id, body)
VALUES ($1, 'stillwater.billing.InvoiceIssued.v1', 'invoice', $2, 1, 1, now(), $3, $1, '{}')
"""
LISTENER = Definition("billing", APIRouter, {intake.OrderRevoked: on_revoked})


@pytest.fixture
async def house(postgres, broker):
    async with running([LISTENER], postgres, broker) as house:
        yield house


@pytest.fixture
def operator(house):
    return house.client("billing", house.tokens.staff("operator"))


async def refused_orders(house, count=1, patients=1):
    """Patients of whom each event is refused, or queues behind a refused one."""
    MOODS["refuse"] = True
    found = [new_id() for _ in range(patients)]
    for patient in found:
        for version in range(1, count + 1):
            event = intake.OrderRevoked(order_id=new_id(), patient_id=patient, version=version, revoked_at=wall_now())
            await house.publish("intake", event, key=patient)
    await house.settle()
    return found


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


TYPE = intake.OrderRevoked.type


async def audited(house, resource):
    return await house.rows("billing", "SELECT * FROM audit WHERE action = 'operate' AND resource = $1", resource)


async def test_a_patients_queue_is_shown_event_by_event_and_audited(house, operator):
    [patient] = await refused_orders(house)
    path = f"/v1/operations/parked/billing.commands/intake/{patient}"
    answer = await operator.get(path)
    [event] = answer.json()["events"]
    assert (event["sequence"], event["type"], event["why"], event["reason"]) == (1, TYPE, "parked", "ValueError")
    assert "a person" not in answer.text
    [row] = await audited(house, "parked-events.show")
    assert (row["patient_id"], row["resource_id"]) == (patient, "billing.commands/intake")
    elsewhere = house.client("billing", house.tokens.staff("operator", organisation=new_id()))
    assert (await elsewhere.get(path)).status_code == 404
    assert (await operator.get(f"/v1/operations/parked/billing.commands/intake/{new_id()}")).status_code == 404


async def test_all_of_a_type_are_retried_and_those_refused_again_stay(house, operator):
    await refused_orders(house, patients=2)
    again = await operator.post("/v1/operations/parked/retry", json={"type": TYPE}, headers=key())
    assert again.json() == {"type": TYPE, "applied": 0, "refused": {"ValueError": 2}, "next": None}
    other = {"type": intake.OrderSigned.type}
    assert (await operator.post("/v1/operations/parked/retry", json=other, headers=key())).json()["refused"] == {}
    MOODS["refuse"] = False
    done = await operator.post("/v1/operations/parked/retry", json={"type": TYPE}, headers=key())
    assert done.json() == {"type": TYPE, "applied": 2, "refused": {}, "next": None}
    assert (await operator.get("/v1/operations/parked")).json()["items"] == []
    assert len(await audited(house, "parked-events.retry")) == 3
    assert len(await audited(house, "parked-event.retry")) == 2  # one a patient, with what was applied


async def test_retrying_a_type_goes_on_where_it_ended(house, operator, monkeypatch):
    await refused_orders(house, patients=3)
    monkeypatch.setattr("shared.runtime.retrying.PART_SECONDS", 0.0)
    body, parts = {"type": TYPE}, []
    while not parts or parts[-1]["next"]:
        parts.append((await operator.post("/v1/operations/parked/retry", json=body, headers=key())).json())
        body["after"] = parts[-1]["next"]
    assert sum(part["refused"].get("ValueError", 0) for part in parts) == 3
    assert len(parts) == 3


async def test_other_organisations_events_are_not_retried_by_type(house):
    await refused_orders(house)
    MOODS["refuse"] = False
    elsewhere = house.client("billing", house.tokens.staff("operator", organisation=new_id()))
    answer = await elsewhere.post("/v1/operations/parked/retry", json={"type": TYPE}, headers=key())
    assert answer.json()["applied"] == 0
    assert len(await house.rows("billing", "SELECT FROM stream WHERE parked_since IS NOT NULL")) == 1


async def test_lag_says_what_waits_and_who_relays(house, operator):
    await refused_orders(house, count=1)
    body = (await operator.get("/v1/operations/lag")).json()
    [heard] = body["heard"]
    assert (heard["consumer"], heard["producer"], heard["taken"]) == ("billing.commands", "intake", 1)
    assert (heard["parked"], heard["waiting"], heard["gaps"]) == (1, 1, 0)
    assert heard["waiting_since"]
    assert (body["unsent"], body["unsent_since"], body["timers_overdue"]) == (0, None, 0)
    assert body["lease"]["held"]
    assert body["lease"]["worker"] == worker_name()
    assert body["lease"]["since"]
    assert len(await audited(house, "lag")) == 1


async def test_lag_of_all_services_says_how_far_consumers_are_behind(house, operator):
    await refused_orders(house)
    intakes = house.client("intake", house.tokens.staff("operator"))
    lags = [Lag.model_validate((await client.get("/v1/operations/lag")).json()) for client in (operator, intakes)]
    assert [(one.producer, count) for one, count in behind(lags)] == [("intake", 0)]
    more = [lags[0], lags[1].model_copy(update={"said": lags[1].said + 4})]
    assert [count for _, count in behind(more)] == [4]


async def test_a_held_producer_is_shown_with_what_it_does_not_know_and_confirmed(house, operator):
    patient = new_id()
    await house.rows("billing", RESTORED, new_id(), patient, house.clinic.organisation_id)
    await house.rows("billing", RESTORED, new_id(), new_id(), new_id())
    await house.rows("billing", "UPDATE service_state SET held_since = now()")
    shown = (await operator.get("/v1/operations/epoch")).json()
    assert (shown["epoch"], shown["held_since"] is None) == (1, False)
    assert [(one["key"], one["taken_over_at"]) for one in shown["strangers"]] == [(str(patient), None)]
    path, key = "/v1/operations/epoch/confirm", {"Idempotency-Key": str(uuid4())}
    confirmed = (await operator.post(path, headers=key)).json()
    assert (confirmed["epoch"], confirmed["held_since"]) == (2, None)
    again = await operator.post(path, headers={"Idempotency-Key": str(uuid4())})
    assert (again.status_code, again.json()["code"]) == (409, "PRODUCER_NOT_HELD")
    audited = await house.rows("billing", "SELECT action FROM audit WHERE resource = 'epoch'")
    assert [row["action"] for row in audited] == ["operate"]
    nurse = house.client("billing", house.tokens.staff("nurse"))
    assert (await nurse.get("/v1/operations/epoch")).status_code == 403
