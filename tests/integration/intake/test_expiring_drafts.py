"""Forms that nobody sends in: they expire, and what is answered late is heeded all the same."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.intake import SafetyConcernRaised
from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = timedelta(days=1)


async def save(intake: Intake, patient: UUID, ago: timedelta = timedelta(0), **answers: Any) -> dict[str, Any]:
    at = (intake.house.clock.now() - ago).isoformat()
    sent = [{"question": name, "answer": answer, "answered_at": at} for name, answer in answers.items()]
    answer = await intake.patch(f"/v1/patients/{patient}/drafts/health", {"answers": sent}, by=patient)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_form_expires_after_its_last_answer_and_danger_in_a_late_one_is_heeded(lone_intake: Intake) -> None:
    intake, patient = lone_intake, await lone_intake.registered()
    path = f"/v1/patients/{patient}/drafts/health"
    await save(intake, patient, pregnant="no")
    await intake.house.clock.advance(20 * DAY)
    later = await save(intake, patient, schizophrenia="no")
    await intake.house.clock.advance(20 * DAY)
    assert (await intake.get(path, by=patient)).json()["expired"] is False, "counted from the last answer"
    await intake.house.clock.advance(11 * DAY)
    assert (await intake.get(path, by=patient)).json()["expired"] is True
    (row,) = await intake.house.rows("intake", "SELECT state FROM form_draft WHERE patient_id = $1", patient)
    assert row["state"] == "EXPIRED", "by its timer"
    refused = await intake.post(f"{path}/submit", {}, by=patient)
    assert (refused.status_code, refused.json()["params"]) == (409, {"state": "EXPIRED"})

    synced = await save(intake, patient, ago=5 * DAY, immediate_danger="yes")
    assert (synced["expired"], synced["opened_at"], bool(synced["crisis"])) == (True, later["opened_at"], True)
    assert [d.risk for d in await intake.told(patient, SafetyConcernRaised, "detail")] == ["HIGH"]

    anew = await save(intake, patient, pregnant="no")
    assert (anew["expired"], [given["question"] for given in anew["answers"]]) == (False, ["pregnant"])
    assert "schizophrenia" in anew["unanswered"], "what was answered in the expired form is asked again"
