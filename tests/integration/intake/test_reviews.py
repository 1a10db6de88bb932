"""Reviews over HTTP: what a clinician clears, overrides, awaits, and what two clinicians do together (domain A.1)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.events.intake import ScreeningReviewed
from tests.integration.intake.conftest import Intake, codes

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_review_clears_an_eligible_modality(intake: Intake) -> None:
    patient, screening = await intake.screened()
    answer = await intake.post(f"/v1/screenings/{screening['id']}/review", {"cleared": ["IV_MOOD"]}, by="clinician")
    assert (answer.status_code, answer.json()["cleared"]) == (201, ["IV_MOOD"])
    assert len(await intake.said(patient, ScreeningReviewed)) == 1


async def test_clearing_against_a_finding_needs_a_reason(intake: Intake) -> None:
    _, screening = await intake.screened(failed_antidepressants=1)
    path = f"/v1/screenings/{screening['id']}/review"
    without = await intake.post(path, {"cleared": ["IV_MOOD"]}, by="clinician")
    assert (without.status_code, codes(without)) == (409, {"REASON_NEEDED"})
    body = {"cleared": ["IV_MOOD"], "reason_code": "SECOND_TRIAL_RUNNING", "note": "Talked through alternatives."}
    answer = await intake.post(path, body, by="clinician")
    assert answer.json()["overridden_rule_ids"] == ["SCR-080"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"pregnant": "yes"}, "IS_INELIGIBLE"),
        ({"immediate_danger": "yes"}, "IS_EMERGENCY"),
        ({"uncontrolled_hypertension_reported": "yes"}, "IS_DEFERRED"),
    ],
)
async def test_what_is_severe_cannot_be_cleared(intake: Intake, answers: dict[str, object], code: str) -> None:
    _, screening = await intake.screened(**answers)
    body = {"cleared": ["IV_MOOD"], "reason_code": "CLINICAL_JUDGEMENT"}
    answer = await intake.post(f"/v1/screenings/{screening['id']}/review", body, by="clinician")
    assert (answer.status_code, answer.json()["code"], codes(answer)) == (409, "CANNOT_CLEAR", {code})


async def review(intake: Intake, screening: dict[str, Any], by: str = "staff-1", **body: Any) -> httpx.Response:
    token = intake.house.tokens.staff("clinician", subject=by)
    return await intake.post(f"/v1/screenings/{screening['id']}/review", body, by=None, token=token)


async def test_what_is_ineligible_is_cleared_by_two_clinicians(intake: Intake) -> None:
    patient, screening = await intake.screened(pregnant="yes")
    override = {"overridden_rule_ids": ["SCR-020", "SCR-021"], "reason_code": "OBSTETRICIAN_AGREES"}
    first = (await review(intake, screening, cleared=["IV_MOOD"], **override)).json()
    assert (first["cleared"], first["pending"], first["overridden_rule_ids"]) == (
        [], ["IV_MOOD"], ["SCR-020", "SCR-021"],
    )  # fmt: skip
    assert codes(await intake.ordered(patient)) == {"SECOND_CLINICIAN_AWAITED"}
    item = await review_item(intake, patient)
    assert (item["facts"], item["claimed_by"]) == ({"waits_for": "SECOND_CLINICIAN"}, None)
    assert "IV_MOOD: a second clinician confirms (SCR-020, SCR-021)" in item["why"]
    path, other = f"/v1/reviews/{first['id']}/confirm", intake.house.tokens.staff("clinician", subject="clinician-2")
    alone = await intake.post(path, {}, by="clinician")
    assert (alone.status_code, alone.json()["code"]) == (409, "SECOND_CLINICIAN_NEEDED")
    second = (await intake.post(path, {}, by=None, token=other)).json()
    assert (second["cleared"], second["overridden"], second["pending"]) == (["IV_MOOD"], ["IV_MOOD"], [])
    assert (second["first_clinician"], second["reviewed_by"]) == ("staff-1", "clinician-2")
    assert (await intake.post(path, {}, by=None, token=other)).status_code == 409
    told = await intake.told(patient, ScreeningReviewed, "review")
    assert [(list(r.cleared), list(r.overridden), list(r.pending)) for r in told] == [
        ([], [], ["IV_MOOD"]), (["IV_MOOD"], ["IV_MOOD"], []),
    ]  # fmt: skip
    assert (await intake.ordered(patient)).status_code == 201


async def test_no_two_clinicians_clear_an_allergy_to_ketamine(intake: Intake) -> None:
    _, screening = await intake.screened(allergy_ketamine="yes")
    refused = await review(
        intake, screening, cleared=["IV_MOOD"], overridden_rule_ids=["SCR-010"], reason_code="JUDGEMENT"
    )
    assert (refused.status_code, codes(refused)) == (409, {"NEVER_OVERRIDDEN"})


async def test_a_clinician_waits_for_evidence_and_clears_on_a_condition(intake: Intake) -> None:
    patient, screening = await intake.screened(uncontrolled_hypertension_reported="yes")
    soon = intake.house.clock.now() + timedelta(days=5)
    evidence = {"code": "PRESSURE_DIARY", "modalities": ["IV_MOOD"], "due_at": soon.isoformat()}
    waiting = (await review(intake, screening, cleared=[], evidence=[evidence])).json()
    assert (waiting["evidence"][0]["code"], waiting["cleared"]) == ("PRESSURE_DIARY", [])
    assert codes(await intake.ordered(patient)) == {"EVIDENCE_AWAITED"}
    item = await review_item(intake, patient)
    assert (item["facts"], item["due_at"]) == ({"waits_for": "EVIDENCE"}, waiting["evidence"][0]["due_at"])
    condition = {"code": "PRESSURE_AGAIN", "text": "Below 140/90.", "owner": "nurse-2", "until": soon.isoformat()}
    clears = {
        "cleared": ["IV_MOOD"], "overridden_rule_ids": ["SCR-040"], "reason_code": "DIARY_SEEN",
        "conditions": [condition],
    }  # fmt: skip
    taken = await review(intake, screening, by="clinician-2", **clears)
    assert (taken.status_code, taken.json()["code"]) == (409, "ALREADY_REVIEWED")
    assert taken.json()["params"] == {"review": waiting["id"], "reviewed_by": "staff-1"}
    cleared = await review(intake, screening, by="clinician-2", replaces=waiting["id"], **clears)
    assert (cleared.status_code, cleared.json()["overridden"]) == (201, ["IV_MOOD"])
    order = (await intake.ordered(patient)).json()
    assert order["expires_at"] == cleared.json()["conditions"][0]["until"]


async def test_what_somebody_else_has_is_decided_by_them_or_taken_over(intake: Intake) -> None:
    patient, screening = await intake.screened(failed_antidepressants=1)
    item = await review_item(intake, patient)
    assert "IV_MOOD: NEEDS_REVIEW (SCR-080)" in item["why"]
    path, item_path = f"/v1/screenings/{screening['id']}/review", f"/v1/worklist/{item['id']}"
    other = intake.house.tokens.staff("clinician", subject="clinician-2")
    claimed = await intake.post(f"{item_path}/claim", by=None, token=other, If_Match=f'"{item["version"]}"')
    body = {"cleared": ["IV_MOOD"], "reason_code": "SECOND_TRIAL_RUNNING"}
    refused = await intake.post(path, body, by="clinician")
    assert (refused.status_code, refused.json()["code"]) == (409, "ITEM_TAKEN")
    assert refused.json()["params"] == {"claimed_by": "clinician-2", "item_id": item["id"]}
    over = {"to": "staff-1", "reason_code": "ABSENT"}
    await intake.post(f"{item_path}/hand-over", over, by="clinician", If_Match=claimed.headers["ETag"])
    late = await intake.post(path, body, by=None, token=other)
    assert (late.status_code, late.json()["params"]["claimed_by"]) == (409, "staff-1")
    assert (await intake.post(path, body, by="clinician")).status_code == 201


async def review_item(intake: Intake, patient: UUID) -> dict[str, Any]:
    """The item of the worklist about the patient's newest screening."""
    await intake.house.settle()
    query = f"/v1/worklist?clinic_id={intake.house.clinic.clinic_id}&limit=200"
    listed = (await intake.get(query, by="clinician")).json()["items"]
    return next(i for i in listed if (i["kind"], i["patient_id"]) == ("SCREENING_REVIEW", str(patient)))


async def test_only_the_newest_screening_is_reviewed(intake: Intake) -> None:
    patient, first = await intake.screened()
    newer = (await intake.answers(patient, failed_antidepressants=1))["screening"]
    answer = await intake.post(f"/v1/screenings/{first['id']}/review", {"cleared": ["IV_MOOD"]}, by="clinician")
    assert (answer.status_code, answer.json()["code"]) == (409, "SCREENING_OUTDATED")
    assert answer.json()["params"] == {"newest": newer["id"]}
