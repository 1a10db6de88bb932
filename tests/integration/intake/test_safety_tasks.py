"""What worries and opens no concern of its own: tasks, further answers, words of crisis, minors (domain A.6)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.intake import (
    SafetyConcernRaised,
    SafetyTaskOpened,
    SafetyTaskSettled,
)
from shared.events.notifications import ReplyReceived
from shared.events.parts import ConcernDetail
from shared.ids import new_id
from tests.integration.intake.conftest import Intake, codes
from tests.integration.intake.safety import (
    ZERO,
    acknowledge,
    open_concerns,
    settle,
    settled,
    shows_help,
    tasks,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


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


async def test_words_of_crisis_in_what_is_refused_are_looked_at_once(intake: Intake) -> None:
    patient, key = await intake.registered(), str(new_id())
    body = {"unsafe_thoughts": "no", "mood": 11, "note": "At night I want to die."}
    for _ in range(2):
        refused = await intake.post(f"/v1/patients/{patient}/check-ins", body, by=patient, Idempotency_Key=key)
        assert (refused.status_code, shows_help(refused.json())) == (422, True)
    (task,) = await tasks(intake, patient)
    assert (task["kind"], [entry["source"] for entry in task["entries"]]) == ("CRISIS_WORDS", ["CHECK_IN_NOTE"])
    assert await open_concerns(intake, patient) == []


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
