"""What tests of the safety path do and look at."""

from typing import Any
from uuid import UUID

from tests.integration.intake.conftest import Intake

ZERO = [0] * 8
SOUGHT = {"primary_indication": "SUICIDAL_IDEATION"}


def shows_help(answer: dict[str, Any]) -> bool:
    text = " ".join(line["how"] for line in (answer["crisis"] or {"lines": []})["lines"])
    return all(way in text for way in ("911", "988", "988lifeline.org", "press 1", "838255"))


async def resolve(intake: Intake, concern: str, by: str = "clinician") -> Any:
    body = {"disposition": "SAFETY_PLAN_MADE", "note": "Spoke by phone, plan written together."}
    return await intake.post(f"/v1/safety-concerns/{concern}/resolve", body, by=by)


async def acknowledge(intake: Intake, concern: str, by: str = "clinician") -> Any:
    body = {"plan": "I call her within ten minutes."}
    return await intake.post(f"/v1/safety-concerns/{concern}/acknowledge", body, by=by)


async def open_concerns(intake: Intake, patient: UUID) -> list[dict[str, Any]]:
    answer = await intake.get(f"/v1/patients/{patient}/safety-concerns", by="nurse")
    return list(answer.json()["items"])


async def tasks(intake: Intake, patient: UUID, by: str = "nurse") -> list[dict[str, Any]]:
    answer = await intake.get(f"/v1/patients/{patient}/safety-tasks", by=by)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def settle(intake: Intake, task: dict[str, Any], by: str = "clinician", version: int | None = None) -> Any:
    body = {"outcome": "SPOKE_WITH_PATIENT", "note": "The plan still holds."}
    path, expected = f"/v1/safety-tasks/{task['id']}/settle", version or task["version"]
    return await intake.post(path, body, by=by, If_Match=f'"{expected}"')


async def settled(intake: Intake) -> UUID:
    """A patient treated for suicidality whose concerns a clinician has settled with a safety plan."""
    patient, _ = await intake.screened(**SOUGHT)
    await intake.phq9(patient, *ZERO, 1)
    for concern in await open_concerns(intake, patient):
        assert (await resolve(intake, concern["id"])).status_code == 200
    return patient
