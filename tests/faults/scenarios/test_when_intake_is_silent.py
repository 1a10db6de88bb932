"""Intake's relay stands still: what a patient does alone is refused, a dose needs an attestation; then both go on.

It moves business time, and so comes last of the scenarios.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import httpx
import pytest

from shared.caller import Caller
from shared.clinicfile.model import ClinicFile
from shared.clock import monotonic, wall_now
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.events import SERVICES
from shared.messaging.partitions import partition_of
from tests.faults.checker import Verdict
from tests.faults.profile import beyond_short
from tests.faults.report import Record, keep
from tests.faults.scenarios.operating import once, operator
from tests.faults.world import World
from tests.integration.scheduling.scene import FULL, Scene
from tests.support.house import House, Tokens

pytestmark = pytest.mark.timeout(600)
KNOWN_FOR = 60.0  # seconds after the last watermark; recorded, and failing at three times the figure
CLOCK = "/v1/operations/clock"
PLACE = "mill-road"  # where no scenario's load takes the desk
_HEARD = """
SELECT partition FROM heard WHERE consumer = 'scheduling.commands' AND producer = 'intake'
  AND until > clock_timestamp() - interval '30 seconds'
"""


@dataclass
class Stage:
    """The world as a scene of scheduling's tests needs it: as much of a house as it acts on."""

    world: World
    ahead: timedelta = timedelta()

    @property
    def clinic(self) -> ClinicFile:
        return self.world.clinic

    @property
    def tokens(self) -> Tokens:
        return self.world.tokens

    @property
    def clock(self) -> "Stage":
        return self

    def client(self, service: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.world.fleet.of(service, "api")[0].url, timeout=30)

    def unit(self, service: str) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._unit(service)

    @asynccontextmanager
    async def _unit(self, name: str) -> AsyncIterator[UnitOfWork]:
        service = self.world.service(name)
        async with unit_of_work(service, Caller("service", name, self.clinic.organisation_id)) as uow:
            yield uow
        await service.database.close()

    async def settle(self) -> None:
        await self.world.rest()

    def now(self) -> datetime:
        return wall_now() + self.ahead

    async def advance(self, by: timedelta) -> None:
        """Move the business time of all processes, and wait until they show it."""
        self.ahead += by
        for name in SERVICES:
            async with operator(self.world, name) as http:
                moved = await http.post(CLOCK, json={"offset": self.ahead.total_seconds()}, headers=once())
                assert moved.status_code == 200, moved.text
        await asyncio.sleep(2)
        await self.world.rest()


@beyond_short
async def test_when_intake_is_silent_patients_wait_and_a_dose_needs_an_attestation(house: World) -> None:
    scene = Scene(cast(House, Stage(house)))
    async with scene.http:
        alone, seated = await _heard_of(scene, house)
        session = await scene.arrive((await scene.book(seated, location=PLACE))["sessions"][0])
        await scene.observe(session, **FULL)
        workers = house.fleet.of("intake", "worker")
        for worker in workers:
            worker.stop()
        stale_after = await _seconds_until(scene, session, needed=True)
        refused, unattested = await _book(scene, alone), await _start(scene, session)
        for worker in workers:
            worker.go_on()
        fresh_after = await _seconds_until(scene, session, needed=False)
        booked, started = await _book(scene, alone), await _start(scene, session)
    answers = [(one.status_code, one.json().get("code")) for one in (refused, unattested, booked, started)]
    right = answers == [(503, "KNOWLEDGE_STALE"), (409, "ATTESTATION_NEEDED"), (201, None), (200, None)]
    keep(Record(
        "intake silent: stale knowledge", Verdict(), right, pauses=len(workers), recovery_seconds=fresh_after,
        more={"stale_after_seconds": round(stale_after, 1)},
    ))  # fmt: skip
    assert right, answers
    assert stale_after < 3 * KNOWN_FOR


async def _heard_of(scene: Scene, house: World) -> list[UUID]:
    """Two patients of partitions of which intake is heard: where a scenario put records of its own on the topic, what
    is there is never again what intake said."""
    patients = await scene.patients(12)
    async with house.connected("scheduling") as connection:
        heard = {row["partition"] for row in await connection.fetch(_HEARD)}
    return [patient for patient in patients if partition_of(patient) in heard][:2]


async def _seconds_until(scene: Scene, session: dict[str, Any], *, needed: bool) -> float:
    """Until a dose would need an attestation, or need it no more. Raises TimeoutError."""
    path, began = f"/v1/appointments/{session['appointment_id']}/readiness", monotonic()
    async with asyncio.timeout(4 * KNOWN_FOR):
        while (await scene.see(path)).json()["attestation_needed"] is not needed:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
    return monotonic() - began


async def _book(scene: Scene, patient: UUID) -> httpx.Response:
    wish = {
        "patient_id": str(patient), "clinic_id": str(scene.house.clinic.clinic_id), "location": PLACE,
        "kind": "consultation", "day": scene.next_monday(weeks=1).isoformat(), "time": "09:00",
    }  # fmt: skip
    return await scene.call("/v1/appointments", wish, token=scene.house.tokens.patient(patient))


async def _start(scene: Scene, session: dict[str, Any]) -> httpx.Response:
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    return await scene.call(f"{path}/start", {}, version=version)
