"""What scheduling tells of sessions, and what is asked around them: shared by the tests of what follows from it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from shared.events.parts import DeliveredDose, Modality
from shared.events.scheduling import SessionCompleted
from shared.ids import new_id
from shared.sealing import Sealed
from tests.integration.intake.conftest import Intake

HOUR = timedelta(hours=1)
FINE = {"mood": 6, "side_effects": ["HEADACHE"], "unsafe_thoughts": "no"}


async def tell(intake: Intake, patient: UUID, *events: Any) -> None:
    for event in events:
        await intake.house.publish("scheduling", event, key=patient, clinic_id=intake.house.clinic.clinic_id)
    await intake.house.settle()


def visit(
    intake: Intake, patient: UUID, starts_in: timedelta, *, version: int = 1, appointment: UUID | None = None
) -> dict[str, Any]:
    starts_at = intake.house.clock.now() + starts_in
    return {
        "appointment_id": appointment or new_id(), "patient_id": patient, "version": version, "kind": "session",
        "location": "main", "zone": "America/Boise", "starts_at": starts_at, "ends_at": starts_at + 3 * HOUR,
    }  # fmt: skip


def completed(patient: UUID, at: datetime, *, appointment: UUID | None = None, **dose: Any) -> SessionCompleted:
    given: dict[str, Any] = {
        "modality": Modality.IV_MOOD, "protocol": "IV_MOOD_6", "order_id": new_id(), "dose_mg": 35, "minutes": 40,
        "infusion_started_at": at - 2 * HOUR, "infusion_ended_at": at - HOUR,
    }  # fmt: skip
    return SessionCompleted(
        session_id=new_id(), appointment_id=appointment or new_id(), patient_id=patient, discharged_at=at,
        delivered=Sealed.of(DeliveredDose(**given | dose)),
    )  # fmt: skip


async def due(intake: Intake, patient: UUID) -> list[tuple[str, str]]:
    answer = await intake.get(f"/v1/patients/{patient}/due", by=patient)
    assert answer.status_code == 200, answer.text
    return [(item["occasion"], item["state"]) for item in answer.json()["items"]]


async def check_in(
    intake: Intake, patient: UUID, session: UUID, *, by: str | UUID | None = None, **changes: Any
) -> httpx.Response:
    body = FINE | {"occasion": "CHECK_IN_24H", "session_id": str(session)} | changes
    return await intake.post(f"/v1/patients/{patient}/check-ins", body, by=by or patient)
