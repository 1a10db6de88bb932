"""What is due before and after sessions, check-ins, reflections and outcomes over HTTP."""

from datetime import datetime
from typing import Any

import pytest

from shared.events.intake import (
    AssessmentAnswered,
    AssessmentDue,
    AssessmentOverdue,
    OutcomeRecorded,
    PatientScreened,
    SafetyConcernRaised,
)
from shared.events.scheduling import AppointmentBooked, AppointmentCancelled, AppointmentMoved
from shared.ids import new_id
from tests.integration.intake.conftest import Intake, codes, outcome
from tests.integration.intake.safety import ZERO, settle, settled, tasks
from tests.integration.intake.sessions import HOUR, check_in, completed, due, tell, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_phq9_is_due_72_hours_before_a_session_moves_with_it_and_is_settled(lone_intake: Intake) -> None:
    intake, patient = lone_intake, await lone_intake.registered()
    first = visit(intake, patient, 100 * HOUR)
    await tell(intake, patient, AppointmentBooked(**first))
    assert await due(intake, patient) == []
    later = visit(intake, patient, 130 * HOUR, version=2, appointment=first["appointment_id"])
    moved_at = intake.house.clock.now()
    moved = AppointmentMoved(**later, previous_starts_at=first["starts_at"], moved_at=moved_at)
    await tell(intake, patient, moved)
    await intake.house.clock.advance(30 * HOUR)
    assert (await due(intake, patient), await intake.said(patient, AssessmentDue)) == ([], [])
    await intake.house.clock.advance(29 * HOUR)
    assert await due(intake, patient) == [("BEFORE_SESSION", "DUE")]
    told = await intake.said(patient, AssessmentDue)
    assert [(t.occasion, t.appointment_id, t.due_at) for t in told] == [
        ("BEFORE_SESSION", first["appointment_id"], later["starts_at"] - 72 * HOUR)
    ]
    await intake.phq9(patient, *[1] * 5, *[None] * 4)
    assert await due(intake, patient) == [("BEFORE_SESSION", "DUE")], "a sheet without a total settles nothing"
    await intake.phq9(patient, *[1] * 8, 0)
    assert await due(intake, patient) == []
    (answered,) = await intake.said(patient, AssessmentAnswered)
    assert (answered.due_id, answered.appointment_id) == (told[0].due_id, first["appointment_id"])


async def test_what_was_answered_before_the_booking_or_is_cancelled_is_not_due(intake: Intake) -> None:
    patient = await intake.registered()
    soon = visit(intake, patient, 48 * HOUR)
    cancelled = AppointmentCancelled(**soon | {"version": 2}, cancelled_at=intake.house.clock.now(), late=False)
    await tell(intake, patient, AppointmentBooked(**soon))
    assert await due(intake, patient) == [("BEFORE_SESSION", "DUE")]
    await tell(intake, patient, cancelled)
    assert await due(intake, patient) == []
    await intake.phq9(patient, *[1] * 8, 0)
    await tell(intake, patient, AppointmentBooked(**visit(intake, patient, 48 * HOUR)))
    assert await due(intake, patient) == []


async def test_a_consultation_needs_no_phq9(intake: Intake) -> None:
    patient = await intake.registered()
    await tell(intake, patient, AppointmentBooked(**visit(intake, patient, HOUR) | {"kind": "consultation"}))
    assert await due(intake, patient) == []


async def test_check_ins_are_due_after_a_session_and_stay_until_answered(lone_intake: Intake) -> None:
    intake, patient = lone_intake, await lone_intake.registered()
    before = visit(intake, patient, HOUR)
    done = completed(patient, intake.house.clock.now(), appointment=before["appointment_id"])
    await tell(intake, patient, AppointmentBooked(**before), done)
    assert await due(intake, patient) == [], "the PHQ-9 before the session can no longer be filled"
    assert (await check_in(intake, patient, done.session_id)).status_code == 201
    await intake.house.clock.advance(24 * HOUR)
    assert await due(intake, patient) == [("CHECK_IN_24H", "DUE")], "an answer given too early leaves it due"
    assert (await check_in(intake, patient, done.session_id)).status_code == 201
    assert await due(intake, patient) == []
    await intake.house.clock.advance(73 * HOUR)
    assert await due(intake, patient) == [("CHECK_IN_72H", "OVERDUE")]
    (overdue,) = await intake.said(patient, AssessmentOverdue)
    assert (overdue.occasion, overdue.session_id, overdue.late_from - overdue.due_at) == (
        "CHECK_IN_72H", done.session_id, 24 * HOUR,
    )  # fmt: skip
    late = await check_in(intake, patient, done.session_id, occasion="CHECK_IN_72H")
    assert (late.status_code, await due(intake, patient)) == (201, [])
    occasions = [t.occasion for t in await intake.said(patient, AssessmentDue)]
    assert occasions[-2:] == ["CHECK_IN_24H", "CHECK_IN_72H"]
    answered = await intake.said(patient, AssessmentAnswered)
    assert [(a.occasion, a.session_id, a.appointment_id) for a in answered] == [
        (occasion, done.session_id, done.appointment_id) for occasion in ("CHECK_IN_24H", "CHECK_IN_72H")
    ]


async def test_a_check_in_that_was_answered_before_the_discharge_is_known_is_said_with_it(intake: Intake) -> None:
    patient, day_ago = await intake.registered(), intake.house.clock.now() - 25 * HOUR
    done = completed(patient, day_ago)
    await check_in(intake, patient, done.session_id)
    assert await intake.said(patient, AssessmentAnswered) == []
    await tell(intake, patient, done)
    (answered,) = await intake.said(patient, AssessmentAnswered)
    assert (answered.occasion, answered.session_id) == ("CHECK_IN_24H", done.session_id)
    assert await due(intake, patient) == []


@pytest.mark.parametrize(
    ("said", "risks", "crisis"), [("no", [], False), ("yes", ["MODERATE"], True), ("unknown", ["LOW"], True)]
)
async def test_unsafe_thoughts_show_help_and_open_a_concern(
    intake: Intake, said: str, risks: list[str], crisis: bool
) -> None:
    patient = await intake.registered()
    answer = await check_in(intake, patient, new_id(), unsafe_thoughts=said, note="At night")
    assert (answer.status_code, bool(answer.json()["crisis"])) == (201, crisis)
    assert [d.risk for d in await intake.told(patient, SafetyConcernRaised, "detail")] == risks
    score = (await intake.told(patient, OutcomeRecorded, "score"))[0]
    assert (score.instrument, score.total) == ("CHECK_IN_24H", 6)
    kept = (await intake.get(f"/v1/patients/{patient}/check-ins", by="nurse")).json()["items"][0]
    assert (kept["note"], kept["source"], kept["by"]) == ("At night", "patient", str(patient))


async def test_nobody_checks_in_on_anothers_session(intake: Intake) -> None:
    one, other = await intake.registered(), await intake.registered()
    done = completed(one, intake.house.clock.now())
    await tell(intake, one, done)
    refused = await check_in(intake, other, done.session_id)
    assert (refused.status_code, codes(refused)) == (404, {"UNKNOWN_SESSION"})
    assert (await check_in(intake, one, done.session_id, mood=11)).status_code == 422
    assert (await check_in(intake, one, done.session_id, by=other)).status_code == 404


async def test_outcomes_show_change_from_baseline_with_treatments_beside(intake: Intake) -> None:
    patient = await intake.registered()
    await intake.phq9(patient, *[3] * 7, 0, 0)
    await intake.phq9(patient, *[2] * 8, 0)
    done = completed(patient, intake.house.clock.now() + 2 * HOUR)
    await tell(intake, patient, done)

    await intake.phq9(patient, *[1] * 8, 0)
    await check_in(intake, patient, done.session_id)
    path = f"/v1/patients/{patient}/outcomes"
    entries = (await intake.get(path, by="clinician")).json()["items"]
    shown = [(e["kind"], e["total"], e["baseline"], (e["change"] or {}).get("change")) for e in entries]
    assert shown == [
        ("SCORE", 21, False, None),
        ("SCORE", 16, True, None),
        ("TREATMENT", None, False, None),
        ("SCORE", 8, False, "RESPONSE"),
        ("CHECK_IN", None, False, None),
    ]
    assert (entries[3]["change"]["points"], entries[3]["change"]["percent_bp"]) == (-8, -5000)
    assert (entries[2]["dose_mg"], entries[4]["mood"]) == (35, 6)
    first = (await intake.get(f"{path}?limit=3", by=patient)).json()
    rest = (await intake.get(f"{path}?limit=3&cursor={first['next_cursor']}", by=patient)).json()
    assert [e["id"] for e in (*first["items"], *rest["items"])] == [e["id"] for e in entries]
    assert rest["next_cursor"] is None
    assert (await intake.get(path, by="frontdesk")).status_code == 403


async def test_a_reflection_is_kept_only_where_the_programme_asks_for_one(intake: Intake) -> None:
    patient = await intake.registered()
    done = completed(patient, intake.house.clock.now())
    await tell(intake, patient, done)
    refused = await intake.post(f"/v1/sessions/{done.session_id}/reflections", {"text": "Quiet."}, by=patient)
    assert (refused.status_code, refused.json()["code"]) == (409, "NO_REFLECTIONS")
    assert await tasks(intake, patient) == []
    body = {"text": "I want to die."}
    assert (await intake.post(f"/v1/sessions/{done.session_id}/reflections", body, by=patient)).status_code == 409
    assert [entry["source"] for task in await tasks(intake, patient) for entry in task["entries"]] == ["REFLECTION"]
    assert (await intake.post(f"/v1/sessions/{new_id()}/reflections", {"text": "x"}, by=patient)).status_code == 404


async def test_a_reflection_is_sealed_and_read_by_patient_and_care_staff(lone_intake: Intake) -> None:
    intake, house = lone_intake, lone_intake.house
    await house.apply("intake", house.clinic.model_copy(update={"reflection": True}))
    patient, other = await intake.registered(), await intake.registered()
    done = completed(patient, house.clock.now())
    await tell(intake, patient, done)
    path = f"/v1/sessions/{done.session_id}/reflections"
    written = await intake.post(path, {"text": "Zqsea and no hurry"}, by=patient)
    assert (written.status_code, written.json()["text"]) == (201, "Zqsea and no hurry")
    assert (written.json()["crisis"], await tasks(intake, patient)) == (None, [])
    worrying = await intake.post(path, {"text": "Zqsea. I wanted to end my life."}, by=patient)
    assert worrying.json()["crisis"]["lines"]
    assert [task["kind"] for task in await tasks(intake, patient)] == ["CRISIS_WORDS"]
    assert (await intake.post(path, {"text": "x"}, by=other)).status_code == 404
    read = (await intake.get(f"/v1/patients/{patient}/reflections", by="nurse")).json()
    assert [r["text"] for r in read["items"]] == ["Zqsea and no hurry", "Zqsea. I wanted to end my life."]
    rows = await house.rows("intake", "SELECT r::text AS text FROM reflection r")
    assert not any("Zqsea" in row["text"] for row in rows)


async def test_an_answer_to_acknowledge_is_on_the_list_of_care_staff_by_the_next_session(lone_intake: Intake) -> None:
    intake = lone_intake
    patient = await settled(intake)

    async def listed() -> list[dict[str, Any]]:
        path = f"/v1/worklist?clinic_id={intake.house.clinic.clinic_id}"
        items = (await intake.get(path, by="nurse")).json()["items"]
        return [item for item in items if item["kind"] == "SAFETY_TASK"]

    session = visit(intake, patient, 48 * HOUR)
    await tell(intake, patient, AppointmentBooked(**session))
    await intake.phq9(patient, *ZERO, 1)
    await intake.house.settle()
    (item,) = await listed()
    (task,) = await tasks(intake, patient)
    assert (item["about"], item["why"]) == (task["id"], ["ANSWER_TO_ACKNOWLEDGE", "MODERATE: PHQ9-ITEM9"])
    assert item["due_at"]["utc"] == task["due_at"]["utc"]
    assert datetime.fromisoformat(task["due_at"]["utc"]) == session["starts_at"]
    await settle(intake, task)
    await intake.house.settle()
    assert await listed() == []


async def test_a_patient_in_a_course_who_gets_worse_by_time_is_reviewed_before_the_next_session(
    lone_intake: Intake,
) -> None:
    """A weight that grew too old defers (SCR-003): told once, by itself, with a time by which a clinician looks."""
    intake = lone_intake
    patient, screening = await intake.screened()
    session = visit(intake, patient, 32 * 24 * HOUR)
    await tell(intake, patient, AppointmentBooked(**session))
    assert screening["valid_until"] is not None
    await intake.house.clock.advance(30 * 24 * HOUR)
    assert len(await intake.said(patient, PatientScreened)) == 1
    await intake.house.clock.advance(25 * HOUR)
    first, second = await intake.said(patient, PatientScreened)
    assert (first.review_by, first.valid_until < second.screened_at) == (None, True)
    assert second.review_by == min(session["starts_at"], second.screened_at + 24 * HOUR)
    newest = (await intake.get(f"/v1/patients/{patient}/screening", by="clinician")).json()
    assert (newest["id"], outcome(newest)) == (str(second.screening_id), "DEFERRED")
    explained = await intake.get(f"/v1/screenings/{newest['id']}/explanation", by="clinician")
    assert explained.json()["lines"][1].startswith("SCR-003 DEFERRED")
