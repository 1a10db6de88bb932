"""The safety path over HTTP (domain A.6): help in the answer itself, a concern that holds treatment, a disposition."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.intake import (
    SafetyConcernAcknowledged,
    SafetyConcernRaised,
    SafetyConcernResolved,
    SafetyTaskOpened,
    SafetyTaskSettled,
)
from shared.events.notifications import ReplyReceived
from shared.events.parts import ConcernDetail
from shared.ids import new_id
from tests.integration.intake.conftest import Intake, codes, outcome

pytestmark = pytest.mark.asyncio(loop_scope="session")
ZERO = [0] * 8


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


@pytest.mark.parametrize(("points", "risk", "minutes"), [(1, "MODERATE", 1440), (2, "MODERATE", 1440), (3, "HIGH", 5)])
async def test_item_9_shows_help_and_opens_a_concern(intake: Intake, points: int, risk: str, minutes: int) -> None:
    patient = await intake.registered()
    assert shows_help(await intake.phq9(patient, *ZERO, points))
    raised = (await intake.said(patient, SafetyConcernRaised))[0]
    assert (raised.acknowledge_by - raised.raised_at).total_seconds() == minutes * 60
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


SOUGHT = {"primary_indication": "SUICIDAL_IDEATION"}


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


async def test_where_suicidality_is_treated_what_was_settled_is_acknowledged_and_holds_nothing(intake: Intake) -> None:
    patient = await settled(intake)
    assert shows_help(await intake.phq9(patient, *ZERO, 2))
    assert await open_concerns(intake, patient) == []
    (task,) = await tasks(intake, patient)
    assert (task["kind"], task["state"]) == ("ANSWER_TO_ACKNOWLEDGE", "OPEN")
    assert [(entry["source"], entry["risk"]) for entry in task["entries"]] == [("PHQ9-ITEM9", "MODERATE")]
    await intake.phq9(patient, *ZERO, 1)
    (fuller,) = await tasks(intake, patient)
    assert (fuller["id"], len(fuller["entries"]), fuller["version"]) == (task["id"], 2, 2)
    assert (await settle(intake, fuller, by="nurse")).status_code == 403
    assert (await settle(intake, fuller, version=task["version"])).status_code == 412
    done = (await settle(intake, fuller)).json()
    assert (done["state"], done["outcome"], done["settled_by"]) == ("SETTLED", "SPOKE_WITH_PATIENT", "staff-1")
    assert await tasks(intake, patient) == []
    assert (await settle(intake, fuller)).status_code == 409
    said = await intake.said(patient, SafetyTaskOpened, SafetyTaskSettled)
    assert [(type(event).__name__, event.version) for event in said] == [
        ("SafetyTaskOpened", 1), ("SafetyTaskOpened", 2), ("SafetyTaskSettled", 3),
    ]  # fmt: skip
    assert {detail.kind for detail in await intake.told(patient, SafetyTaskOpened, "detail")} == {
        "ANSWER_TO_ACKNOWLEDGE"
    }


async def test_a_rise_opens_a_concern_wherever_suicidality_is_treated(intake: Intake) -> None:
    patient = await settled(intake)
    await intake.phq9(patient, *ZERO, 3)
    assert [concern["risk"] for concern in await open_concerns(intake, patient)] == ["HIGH"]
    assert await tasks(intake, patient) == []


async def test_an_open_concern_is_told_of_every_further_answer_and_nobody_settles_one_unseen(intake: Intake) -> None:
    patient, _ = await intake.screened()
    await intake.phq9(patient, *ZERO, 1)
    seen = (await open_concerns(intake, patient))[0]
    await intake.phq9(patient, *ZERO, 2)
    (concern,) = await open_concerns(intake, patient)
    assert [(further["source"], further["risk"]) for further in concern["further"]] == [("PHQ9-ITEM9", "MODERATE")]
    body = {"disposition": "SAFETY_PLAN_MADE", "note": "Spoke.", "version": seen["version"]}
    late = await intake.post(f"/v1/safety-concerns/{concern['id']}/resolve", body, by="clinician")
    assert (late.status_code, late.json()["code"]) == (412, "STALE_VERSION")
    plan = {"plan": "I call.", "version": concern["version"]}
    taken = await intake.post(f"/v1/safety-concerns/{concern['id']}/acknowledge", plan, by="clinician")
    assert taken.status_code == 200
    await intake.phq9(patient, *ZERO, 2)
    assert len((await open_concerns(intake, patient))[0]["further"]) == 2
    assert [task["kind"] for task in await tasks(intake, patient)] == ["ANSWER_TO_ACKNOWLEDGE"]
    await intake.phq9(patient, *ZERO, 3)
    assert [concern["risk"] for concern in await open_concerns(intake, patient)] == ["MODERATE", "HIGH"]


async def test_high_again_after_it_was_acknowledged_is_a_concern_again(intake: Intake) -> None:
    patient = await intake.registered()
    await intake.phq9(patient, *ZERO, 3)
    await acknowledge(intake, (await open_concerns(intake, patient))[0]["id"])
    await intake.phq9(patient, *ZERO, 3)
    assert [concern["stage"] for concern in await open_concerns(intake, patient)] == ["ACKNOWLEDGED", "RAISED"]


async def lead(intake: Intake, message: str) -> Any:
    body = {"given_name": "Ash", "family_name": "Rowe", "phone": "208-555-0188", "message": message}
    return (await intake.post("/v1/public/wellmeadow/larkspur/leads", body, by=None)).json()


async def check_in(intake: Intake, patient: UUID, note: str) -> Any:
    body = {"occasion": "CHECK_IN_24H", "session_id": str(new_id()), "mood": 4, "unsafe_thoughts": "no", "note": note}
    return (await intake.post(f"/v1/patients/{patient}/check-ins", body, by=patient)).json()


async def test_words_of_crisis_show_help_and_are_looked_at_and_hold_nothing(intake: Intake) -> None:
    patient = await intake.cleared()
    assert (await check_in(intake, patient, "Slept well."))["crisis"] is None
    assert await tasks(intake, patient) == []
    assert shows_help(await check_in(intake, patient, "At night I want to die."))
    (task,) = await tasks(intake, patient)
    assert (task["kind"], [entry["source"] for entry in task["entries"]]) == ("CRISIS_WORDS", ["CHECK_IN_NOTE"])
    opened, due = (datetime.fromisoformat(task[name]["utc"]) for name in ("opened_at", "due_at"))
    assert due - opened == timedelta(hours=1)
    assert await open_concerns(intake, patient) == []
    assert (await intake.ordered(patient)).status_code == 201
    assert (await settle(intake, task, by="nurse")).status_code == 200


async def test_words_of_crisis_in_a_public_form_show_help_before_anybody_is_registered(intake: Intake) -> None:
    assert (await lead(intake, "I would like to know more."))["crisis"] is None
    answer = await lead(intake, "Please help. I think of suicide.")
    assert shows_help(answer)
    assert [task["kind"] for task in await tasks(intake, UUID(answer["id"]))] == ["CRISIS_WORDS"]


async def test_a_text_that_speaks_of_crisis_is_looked_at(intake: Intake) -> None:
    patient = await intake.registered()
    for meaning in ("CONFIRM", "FOR_A_PERSON", "CRISIS"):
        reply = ReplyReceived(
            reply_id=new_id(), patient_id=patient, meaning=meaning, received_at=intake.house.clock.now()
        )
        await intake.house.publish("notifications", reply, key=patient)
    await intake.house.settle()
    (task,) = await tasks(intake, patient)
    assert (task["kind"], [entry["source"] for entry in task["entries"]]) == ("CRISIS_WORDS", ["REPLY"])
    assert await intake.said(patient, SafetyConcernRaised) == []


async def minor(intake: Intake) -> UUID:
    born = intake.house.clock.now().year - 15
    return await intake.registered(birth_date=f"{born}-01-02")


async def test_it_runs_for_minors_and_a_person_is_asked_to_reach_who_acts_for_them(intake: Intake) -> None:
    patient = await minor(intake)
    answer = await intake.phq9(patient, *ZERO, 3)
    assert shows_help(answer)
    (concern,) = await open_concerns(intake, patient)
    (task,) = await tasks(intake, patient)
    assert (task["kind"], task["guardians"]) == ("GUARDIAN_CONTACT", [])
    assert [entry["concern_id"] for entry in task["entries"]] == [concern["id"]]
    assert task["due_at"]["utc"] == concern["acknowledge_by"]["utc"]
    proxy = {"name": "Ira Ashdown", "relation": "mother", "scope": ["forms"], "expires_at": "2999-01-01T00:00:00Z"}
    await intake.post(f"/v1/patients/{patient}/proxies", proxy, by="nurse")
    assert (await tasks(intake, patient))[0]["guardians"] == [{"name": "Ira Ashdown", "relation": "mother"}]
    await check_in(intake, patient, "I could hurt myself.")
    assert sorted(task["kind"] for task in await tasks(intake, patient)) == ["CRISIS_WORDS", "GUARDIAN_CONTACT"]


@pytest.mark.parametrize("against", [{"arteriovenous_malformation": "yes"}, {"immediate_danger": "unknown"}])
async def test_it_runs_for_the_ineligible_and_for_half_an_answer(intake: Intake, against: dict[str, str]) -> None:
    patient = await intake.registered()
    await intake.answers(patient, **against)
    assert shows_help(await intake.phq9(patient, None, *[0] * 7, 2))
    assert [concern["risk"] for concern in await open_concerns(intake, patient)] == ["MODERATE"]
    assert await tasks(intake, patient) == []


async def test_care_staff_flags_a_danger_whatever_is_open_already(intake: Intake) -> None:
    patient = await intake.cleared()
    body = {"risk": "HIGH", "reason": "Said on the phone that the tablets are in front of her."}
    path = f"/v1/patients/{patient}/safety-concerns"
    assert (await intake.post(path, body, by="frontdesk")).status_code == 403
    assert (await intake.post(path, body, by=patient)).status_code == 403
    first = (await intake.post(path, body, by="nurse")).json()
    assert (first["stage"], first["risk"], first["source"], first["reason"]) == (
        "RAISED", "HIGH", "CLINICIAN_FLAG", body["reason"],
    )  # fmt: skip
    assert (await intake.post(path, body | {"risk": "LOW"}, by="clinician")).status_code == 201
    assert [concern["risk"] for concern in await open_concerns(intake, patient)] == ["HIGH", "LOW"]
    assert "SAFETY_CONCERN_OPEN" in codes(await intake.ordered(patient))
    details = await intake.told(patient, SafetyConcernRaised, "detail")
    assert details[0] == ConcernDetail(risk="HIGH", source="CLINICIAN_FLAG")
