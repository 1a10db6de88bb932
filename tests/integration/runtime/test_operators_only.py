"""Operators' routes are closed to everybody else, also where there is something to see."""

from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from fastapi import APIRouter

from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events import intake
from shared.ids import new_id
from shared.runtime.parts.broker import EmbeddedBroker
from shared.service import Definition
from tests.support.house import running

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refuse(uow: UnitOfWork, event: intake.OrderRevoked) -> None:
    raise ValueError("a person's name")


LISTENER = Definition("billing", APIRouter, {intake.OrderRevoked: refuse})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres):
    """Nobody here changes anything, so it is one for all. A patient's event is parked."""
    broker, patient = EmbeddedBroker(), new_id()
    broker.start()
    async with running([LISTENER], postgres, broker.bootstrap) as house:
        event = intake.OrderRevoked(order_id=new_id(), patient_id=patient, version=1, revoked_at=wall_now())
        await house.publish("intake", event, key=patient)
        await house.settle()
        yield house
    broker.stop()


@pytest.mark.parametrize("role", ["nurse", "director", "admin"])
async def test_other_roles_do_not_operate(house, role):
    client, key = house.client("billing", house.tokens.staff(role)), {"Idempotency-Key": str(uuid4())}
    assert (await client.get("/v1/operations/standing")).status_code == 403
    assert (await client.post("/v1/operations/clock", json={"offset": "PT1H"}, headers=key)).status_code == 403


@pytest.mark.parametrize("path", ["lag", "parked", f"parked/billing.commands/intake/{UUID(int=1)}"])
async def test_others_do_not_look_behind_the_scenes(house, path):
    client = house.client("billing", house.tokens.staff("director", "admin"))
    assert (await client.get(f"/v1/operations/{path}")).status_code == 403
