"""The read models' own consumer over the real protocol: read your writes, and trouble that stops no command."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.intake.app import DEFINITION
from shared.ids import new_id
from shared.runtime.parts.broker import EmbeddedBroker
from tests.integration.readmodels import outer, scene
from tests.integration.readmodels.test_home import PERSON
from tests.support.house import House, running
from tests.support.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(postgres: Postgres) -> AsyncIterator[House]:
    cluster = EmbeddedBroker()
    cluster.start()
    async with running([DEFINITION], postgres, cluster.bootstrap) as opened:
        yield opened
    cluster.stop()


async def registered(house: House) -> httpx.Response:
    desk = house.client("intake", house.tokens.staff("frontdesk"))
    answer = await desk.post("/v1/patients", json=PERSON, headers={"Idempotency-Key": str(new_id())})
    assert answer.status_code == 201, answer.text
    return answer


async def codes(house: House, patient: UUID | str, **headers: str) -> list[str]:
    nurse = house.client("intake", house.tokens.staff("nurse"))
    answer = await nurse.get(f"/v1/patients/{patient}/timeline", headers=headers)
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


async def test_a_timeline_shows_what_its_reader_just_did_and_what_others_said(house: House) -> None:
    done = await registered(house)
    patient, written = done.json()["id"], done.headers["Stillwater-Event"]
    assert await codes(house, patient, **{"Stillwater-After": written}) == ["PATIENT_REGISTERED"]
    for event in (outer.message_failed(UUID(patient)), scene.planned(UUID(patient)), outer.paid(UUID(patient))):
        await house.publish(event.service, event, key=UUID(patient), clinic_id=house.clinic.clinic_id)
    await house.settle()
    assert sorted(await codes(house, patient)) == [
        "COURSE_PLANNED", "MESSAGE_FAILED", "PATIENT_REGISTERED", "PAYMENT_RECEIVED",
    ]  # fmt: skip


async def test_an_event_that_a_read_model_cannot_take_parks_there_and_stops_no_command(house: House) -> None:
    patient = UUID((await registered(house)).json()["id"])
    await house.settle()
    pool = await house.services["intake"].database.pool()
    await pool.execute("ALTER TABLE visit ADD CONSTRAINT broken CHECK (location <> 'main') NOT VALID")
    visit = scene.booked(patient, new_id(), house.clock.now() + timedelta(days=30))
    await house.publish("scheduling", visit, key=patient, clinic_id=house.clinic.clinic_id)
    await house.publish("scheduling", scene.planned(patient), key=patient, clinic_id=house.clinic.clinic_id)
    await house.settle()
    assert await codes(house, patient) == ["PATIENT_REGISTERED"]
    waits = await house.rows("intake", "SELECT consumer, why FROM waiting WHERE key = $1 ORDER BY seq", patient)
    assert [(row["consumer"], row["why"]) for row in waits] == [
        ("intake.timeline", "parked"), ("intake.timeline", "queued"),
    ]  # fmt: skip
    taken = await house.rows("intake", "SELECT 1 FROM due_item WHERE patient_id = $1", patient)
    assert len(taken) == 1
    await pool.execute("ALTER TABLE visit DROP CONSTRAINT broken")
    operator = house.client("intake", house.tokens.staff("operator"))
    retried = await operator.post(
        f"/v1/operations/parked/intake.timeline/scheduling/{patient}/retry", headers={"Idempotency-Key": str(new_id())}
    )
    assert retried.status_code == 200, retried.text
    await until(house, patient, ["APPOINTMENT_BOOKED", "COURSE_PLANNED", "PATIENT_REGISTERED"])


async def until(house: House, patient: UUID, wanted: list[str]) -> None:
    """Wait until the queue behind a retried event was worked off."""
    found: list[str] = []
    async with asyncio.timeout(60):
        while found != wanted:
            found = sorted(await codes(house, patient))
            await asyncio.sleep(0.05)
    assert found == wanted


async def test_what_happens_is_told_live(house: House) -> None:
    nurse = house.client("intake", house.tokens.staff("nurse"))
    start = (await nurse.get("/v1/changes")).json()["next"]
    patient = (await registered(house)).json()["id"]
    await house.settle()
    told: set[str] = set()
    async with asyncio.timeout(60):
        while not {"patient", "timeline_entry"} <= told:
            feed: dict[str, Any] = (await nurse.get("/v1/changes", params={"after": start})).json()
            told |= {item["resource"] for item in feed["items"] if item["patient_id"] == patient}
            start = feed["next"]
            await asyncio.sleep(0.05)
    assert {"patient", "timeline_entry"} <= told
