"""What tests of the safety path do and look at."""

from typing import Any
from uuid import UUID

from tests.integration.intake.conftest import Intake


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
