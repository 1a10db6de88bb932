"""The safety path over HTTP (domain A.6): help in the answer itself, a concern that holds treatment, a disposition."""

import pytest

from services.intake.domain.safety import Concern, Risk, acknowledge_by
from shared.events.intake import (
    SafetyConcernAcknowledged,
    SafetyConcernRaised,
    SafetyConcernResolved,
)
from shared.events.parts import ConcernDetail
from tests.integration.intake.conftest import Intake, codes, outcome
from tests.integration.intake.safety import ZERO, acknowledge, open_concerns, resolve, shows_help

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(("points", "risk"), [(1, "MODERATE"), (2, "MODERATE"), (3, "HIGH")])
async def test_item_9_shows_help_and_opens_a_concern(intake: Intake, points: int, risk: str) -> None:
    patient = await intake.registered()
    assert shows_help(await intake.phq9(patient, *ZERO, points))
    raised = (await intake.said(patient, SafetyConcernRaised))[0]
    why = Concern(risk=Risk(risk), source="PHQ9-ITEM9")
    assert raised.acknowledge_by == acknowledge_by(why, raised.raised_at, intake.house.clinic)
    assert await intake.told(patient, SafetyConcernRaised, "detail") == [ConcernDetail(risk=risk, source="PHQ9-ITEM9")]


async def test_no_help_is_shown_and_nothing_opened_without_a_reason(intake: Intake) -> None:
    patient, _ = await intake.screened()
    assert (await intake.phq9(patient, *ZERO, 0))["crisis"] is None
    assert await intake.said(patient, SafetyConcernRaised) == []


async def test_item_9_of_3_is_an_emergency_for_every_modality(intake: Intake) -> None:
    patient, _ = await intake.screened()
    answer = await intake.phq9(patient, *ZERO, 3)
    assert shows_help(answer)
    assert {outcome(answer["screening"], m) for m in ("IV_MOOD", "IV_PAIN")} == {"EMERGENCY"}
    assert len(await intake.said(patient, SafetyConcernRaised)) == 1


async def test_immediate_danger_is_an_emergency_before_anything_else_is_known(intake: Intake) -> None:
    patient = await intake.registered()
    answer = await intake.answers(patient, immediate_danger="yes")
    assert shows_help(answer)
    assert outcome(answer["screening"]) == "EMERGENCY"
    assert await intake.told(patient, SafetyConcernRaised, "detail") == [ConcernDetail(risk="HIGH", source="SCR-091")]


async def test_emergency_symptoms_at_crisis_pressure_open_a_concern(intake: Intake) -> None:
    patient, _ = await intake.screened()
    await intake.readings(patient, blood_pressure={"systolic": 184, "diastolic": 121})
    assert await intake.said(patient, SafetyConcernRaised) == []
    answer = await intake.answers(patient, acute_symptoms_now="yes")
    assert shows_help(answer)
    sources = {detail.source for detail in await intake.told(patient, SafetyConcernRaised, "detail")}
    assert sources == {"SCR-042E", "SCR-047"}


async def test_the_same_answer_again_opens_no_second_concern_and_a_worse_one_does(intake: Intake) -> None:
    patient, _ = await intake.screened()
    for points in (1, 1, 2, 3, 3, 1):
        assert shows_help(await intake.phq9(patient, *ZERO, points))
    details = await intake.told(patient, SafetyConcernRaised, "detail")
    assert [detail.risk for detail in details] == ["MODERATE", "HIGH"]


async def test_leaving_item_9_out_does_not_take_an_answer_back(intake: Intake) -> None:
    patient, _ = await intake.screened()
    await intake.phq9(patient, *ZERO, 3)
    assert outcome((await intake.phq9(patient, *ZERO, None))["screening"]) == "EMERGENCY"


async def test_a_clinician_settles_a_concern_once(intake: Intake) -> None:
    patient, _ = await intake.screened()
    await intake.phq9(patient, *ZERO, 1)
    concern = (await open_concerns(intake, patient))[0]
    settled = (await resolve(intake, concern["id"])).json()
    assert (settled["state"], settled["version"], settled["disposition"]) == ("RESOLVED", 2, "SAFETY_PLAN_MADE")
    assert await open_concerns(intake, patient) == []
    assert (await resolve(intake, concern["id"])).status_code == 409
    told = (await intake.told(patient, SafetyConcernResolved, "detail"))[0]
    assert (told.risk, told.disposition) == ("MODERATE", "SAFETY_PLAN_MADE")


async def test_the_same_answer_after_a_disposition_is_a_new_concern(intake: Intake) -> None:
    patient, _ = await intake.screened()
    await intake.phq9(patient, *ZERO, 1)
    await resolve(intake, (await open_concerns(intake, patient))[0]["id"])
    await intake.readings(patient, weight_kg="71")
    assert await open_concerns(intake, patient) == []
    await intake.phq9(patient, *ZERO, 1)
    assert len(await open_concerns(intake, patient)) == 1


async def test_a_clinician_acknowledges_a_concern_once_and_it_holds_on(intake: Intake) -> None:
    patient = await intake.cleared()
    await intake.phq9(patient, *ZERO, 1)
    concern = (await open_concerns(intake, patient))[0]
    assert (concern["stage"], concern["acknowledged_at"], concern["plan"]) == ("RAISED", None, None)
    assert (await acknowledge(intake, concern["id"], by="nurse")).status_code == 403
    answer = (await acknowledge(intake, concern["id"])).json()
    assert (answer["state"], answer["stage"], answer["version"]) == ("OPEN", "ACKNOWLEDGED", 2)
    assert (answer["acknowledged_by"], answer["plan"]) == ("staff-1", "I call her within ten minutes.")
    assert [c["id"] for c in await open_concerns(intake, patient)] == [concern["id"]]
    assert "SAFETY_CONCERN_OPEN" in codes(await intake.ordered(patient))
    again = await acknowledge(intake, concern["id"])
    assert (again.status_code, again.json()["params"]) == (409, {"state": "ACKNOWLEDGED"})
    (told,) = await intake.said(patient, SafetyConcernAcknowledged)
    assert (str(told.concern_id), told.state, told.version) == (concern["id"], "OPEN", 2)
    settled = (await resolve(intake, concern["id"])).json()
    assert (settled["state"], settled["stage"], settled["version"]) == ("RESOLVED", "RESOLVED", 3)
    assert settled["plan"] == "I call her within ten minutes."


async def test_an_acknowledgement_says_what_comes_next_and_a_settled_concern_takes_none(intake: Intake) -> None:
    patient = await intake.registered()
    await intake.phq9(patient, *ZERO, 1)
    concern = (await open_concerns(intake, patient))[0]["id"]
    refused = await intake.post(f"/v1/safety-concerns/{concern}/acknowledge", {"plan": " "}, by="clinician")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/plan")
    await resolve(intake, concern)
    late = await acknowledge(intake, concern)
    assert (late.status_code, late.json()["params"]) == (409, {"state": "RESOLVED"})
    assert await intake.said(patient, SafetyConcernAcknowledged) == []


async def test_only_a_clinician_settles_a_concern(intake: Intake) -> None:
    patient = await intake.registered()
    await intake.phq9(patient, *ZERO, 1)
    concern = (await open_concerns(intake, patient))[0]
    assert (await resolve(intake, concern["id"], by="nurse")).status_code == 403
    assert len(await open_concerns(intake, patient)) == 1


async def test_nothing_is_ordered_while_a_concern_is_open(intake: Intake) -> None:
    patient = await intake.cleared()
    answer = await intake.phq9(patient, *ZERO, 1)
    body = {"cleared": ["IV_MOOD"], "reason_code": "RISK_ASSESSED"}
    await intake.post(f"/v1/screenings/{answer['screening']['id']}/review", body, by="clinician")
    refused = await intake.ordered(patient)
    assert (refused.status_code, codes(refused)) == (409, {"SAFETY_CONCERN_OPEN"})
    await resolve(intake, (await open_concerns(intake, patient))[0]["id"])
    assert (await intake.ordered(patient)).status_code == 201
