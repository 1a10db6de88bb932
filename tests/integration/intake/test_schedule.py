"""Instruments that become due around sessions that took place (domain B.8), over HTTP."""

from typing import Any
from uuid import UUID

import pytest

from shared.events import Event
from shared.events.intake import AssessmentAnswered, AssessmentDue, AssessmentOverdue, IntakeAssessmentAnswered
from shared.events.scheduling import AppointmentBooked, AppointmentMoved
from tests.integration.intake.conftest import Intake, rescreened
from tests.integration.intake.safety import ZERO
from tests.integration.intake.sessions import HOUR, completed, tell, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 24 * HOUR


async def asked(intake: Intake, patient: UUID, by: str = "nurse") -> set[tuple[str, str]]:
    items = (await intake.get(f"/v1/patients/{patient}/assessments-due", by=by)).json()["items"]
    return {(item["occasion"], item["instrument"]) for item in items}


async def at_intake(intake: Intake, patient: UUID, by: str | UUID = "frontdesk") -> dict[str, str]:
    """What is asked at intake, an hour later, when the worker has looked: instrument -> how it stands."""
    await intake.house.clock.advance(HOUR)
    return await asked_at_intake(intake, patient, by)


async def asked_at_intake(intake: Intake, patient: UUID, by: str | UUID = "frontdesk") -> dict[str, str]:
    await intake.house.settle()
    items = (await intake.get(f"/v1/patients/{patient}/intake-assessments", by=by)).json()["items"]
    assert len({item["instrument"] for item in items}) == len(items)
    return {item["instrument"]: item["state"] for item in items}


async def fill(intake: Intake, patient: UUID, code: str, *points: int | None) -> None:
    answer = await intake.post(f"/v1/patients/{patient}/instruments/{code}", {"answers": list(points)}, by=patient)
    assert answer.status_code == 201, answer.text


async def said(intake: Intake, patient: UUID, event: type[Event]) -> list[tuple[str, str]]:
    told = zip(await intake.said(patient, event), await intake.told(patient, event, "asked"), strict=True)
    return [(one.occasion, asked.instrument) for one, asked in told]


async def test_the_third_session_is_evaluated_and_what_nobody_answers_is_told_as_overdue(lone_intake: Intake) -> None:
    intake, patient = lone_intake, await lone_intake.registered()
    done = completed(patient, intake.house.clock.now()).model_copy(update={"session_number": 3})
    await tell(intake, patient, done, AppointmentBooked(**visit(intake, patient, 48 * HOUR)))
    assert await asked(intake, patient) == {("BEFORE_SESSION", "PHQ9")}, "the day of the session is not evaluated"
    await intake.house.clock.advance(25 * HOUR)
    evaluation = {("EVALUATION", "PHQ9"), ("EVALUATION", "GAD7"), ("EVALUATION", "CSSRS_SCREEN")}
    assert await asked(intake, patient) == evaluation | {("BEFORE_SESSION", "PHQ9"), ("CHECK_IN_24H", "CHECK_IN")}
    await fill(intake, patient, "GAD7", *[1] * 6, None)
    assert ("EVALUATION", "GAD7") in await asked(intake, patient), "a sheet without a total settles nothing"
    await fill(intake, patient, "GAD7", *[1] * 7)
    await intake.phq9(patient, *ZERO, 0)
    assert sorted(await said(intake, patient, AssessmentAnswered)) == [
        ("BEFORE_SESSION", "PHQ9"),
        ("EVALUATION", "GAD7"),
        ("EVALUATION", "PHQ9"),
    ]
    await intake.house.clock.advance(DAY)
    assert set(await said(intake, patient, AssessmentOverdue)) == {
        ("CHECK_IN_24H", "CHECK_IN"),
        ("EVALUATION", "CSSRS_SCREEN"),
    }
    assert ("EVALUATION", "CSSRS_SCREEN") in await asked(intake, patient), "what is late stays due"


async def test_an_item_9_before_a_session_asks_the_screener_which_moves_with_the_session(lone_intake: Intake) -> None:
    intake, patient = lone_intake, await lone_intake.registered()
    booked = visit(intake, patient, 48 * HOUR)
    await tell(intake, patient, AppointmentBooked(**booked))
    await intake.phq9(patient, *ZERO, 0)
    assert await asked(intake, patient) == set()
    await intake.phq9(patient, *ZERO, 1)
    await intake.house.settle()
    assert await asked(intake, patient) == {("BEFORE_SESSION", "CSSRS_SCREEN")}
    first, screener = await intake.said(patient, AssessmentDue)
    assert [asked for _, asked in await said(intake, patient, AssessmentDue)] == ["PHQ9", "CSSRS_SCREEN"]
    assert (first.appointment_id, b"CSSRS" in b"".join(e.body for e in await intake.house.envelopes("intake"))) == (
        booked["appointment_id"], False,
    )  # fmt: skip
    assert (screener.appointment_id, screener.late_from) == (booked["appointment_id"], booked["starts_at"])
    later = visit(intake, patient, 60 * HOUR, version=2, appointment=booked["appointment_id"])
    moved_at = intake.house.clock.now()
    moved = AppointmentMoved(**later, previous_starts_at=booked["starts_at"], moved_at=moved_at)
    await tell(intake, patient, moved)
    row = await item(intake, patient, "CSSRS_SCREEN")
    assert (row["late_from"]["utc"], row["state"]) == (later["starts_at"].isoformat().replace("+00:00", "Z"), "DUE")
    await fill(intake, patient, "CSSRS_SCREEN", *[0] * 7)
    assert await asked(intake, patient) == set()


async def item(intake: Intake, patient: UUID, instrument: str) -> dict[str, Any]:
    items = (await intake.get(f"/v1/patients/{patient}/assessments-due", by="nurse")).json()["items"]
    return next(one for one in items if one["instrument"] == instrument)


async def test_after_a_course_instruments_are_due_every_four_weeks_until_the_next_session(lone_intake: Intake) -> None:
    intake, patient = lone_intake, await lone_intake.registered()
    last = completed(patient, intake.house.clock.now() - 23 * DAY, protocol="IV_OCD_6")
    await tell(intake, patient, last.model_copy(update={"session_number": 6}))
    maintained = {("MAINTENANCE", "YBOCS"), ("MAINTENANCE", "CSSRS_SCREEN")}
    assert not maintained & await asked(intake, patient)
    await intake.house.clock.advance(6 * DAY)
    assert maintained <= await asked(intake, patient)
    path = f"/v1/worklist?clinic_id={intake.house.clinic.clinic_id}"
    listed = [(i["facts"].get("occasion"), i["why"]) for i in (await intake.get(path, by="nurse")).json()["items"]]
    assert ("MAINTENANCE", ["YBOCS"]) in listed, "what staff gives is theirs from the start"
    assert ("MAINTENANCE", ["CSSRS_SCREEN"]) not in listed
    await fill(intake, patient, "CSSRS_SCREEN", *[0] * 7)
    assert ("MAINTENANCE", "CSSRS_SCREEN") not in await asked(intake, patient)
    await intake.house.clock.advance(28 * DAY)
    assert maintained <= await asked(intake, patient), "four weeks after the answer it is due again"
    await tell(intake, patient, completed(patient, intake.house.clock.now(), protocol="IV_OCD_6"))
    assert not maintained & await asked(intake, patient), "the next session is what is counted from"


async def test_who_was_screened_and_can_be_treated_is_asked_before_the_first_session(lone_intake: Intake) -> None:
    intake, (patient, _) = lone_intake, await lone_intake.screened()
    due = dict.fromkeys(("GAD7", "AUDITC", "MDQ", "CSSRS_SCREEN"), "DUE")
    assert await asked_at_intake(intake, patient) == {}, "who may still be at it is left alone"
    assert await at_intake(intake, patient) == {"PHQ9": "ANSWERED"} | due, "the PHQ-9 came before the screening"
    assert sorted(await said(intake, patient, AssessmentDue)) == [("INTAKE", name) for name in sorted(due)]
    assert await asked(intake, patient) == set(), "that list is about sessions"
    home = (await intake.get("/v1/me/home", by=patient)).json()["due"]
    assert sorted(item["what"] for item in home) == ["AUDITC", "CSSRS_SCREEN", "GAD7"], "staff gives the MDQ"
    listed = (await intake.get(f"/v1/worklist?clinic_id={intake.house.clinic.clinic_id}", by="nurse")).json()["items"]
    assert [i["why"] for i in listed if i["facts"].get("occasion") == "INTAKE"] == [["MDQ"]]
    await fill(intake, patient, "GAD7", *[1] * 7)
    assert await said(intake, patient, IntakeAssessmentAnswered) == [("INTAKE", "PHQ9"), ("INTAKE", "GAD7")]
    assert await said(intake, patient, AssessmentAnswered) == []
    await intake.answers(patient, pregnant="yes")
    assert await at_intake(intake, patient) == {"PHQ9": "ANSWERED", "GAD7": "ANSWERED"}, "nothing for a treatment"
    await intake.answers(patient, primary_indication="PTSD")
    again = due | {"PCL5": "DUE", "PHQ9": "ANSWERED", "GAD7": "ANSWERED"}
    assert await at_intake(intake, patient, by=patient) == again, "what is sought by now, too"
    await intake.house.clock.advance(7 * DAY)
    late = {name: state.replace("DUE", "OVERDUE") for name, state in again.items()}
    assert await at_intake(intake, patient) == late
    assert ("INTAKE", "PCL5") in await said(intake, patient, AssessmentOverdue)
    await tell(intake, patient, completed(patient, intake.house.clock.now()))
    missed = {name: state.replace("OVERDUE", "MISSED") for name, state in late.items()}
    assert await at_intake(intake, patient) == missed, "the first session came before it"
    await intake.answers(patient, primary_indication="OCD")
    assert await at_intake(intake, patient) == missed


async def test_a_new_list_for_intake_reaches_who_was_screened_before(lone_intake: Intake) -> None:
    intake, (patient, _), clinic = lone_intake, await lone_intake.screened(), lone_intake.house.clinic
    before = {"PHQ9": "ANSWERED"} | dict.fromkeys(("GAD7", "AUDITC", "MDQ", "CSSRS_SCREEN"), "DUE")
    assert await at_intake(intake, patient) == before
    tracks: dict[Any, Any] = dict(clinic.assessments.tracks)
    tracks["MOOD"] = tracks["MOOD"].model_copy(update={"at_intake": ("PHQ9", "GAD7", "MDQ", "PCL5")})
    policy = clinic.assessments.model_copy(update={"tracks": tracks})
    since = (await rescreened(intake))["hash"]
    await intake.house.apply("intake", clinic.model_copy(update={"assessments": policy}))
    assert (await rescreened(intake, since=since, looked=1))["changed"] == 0, "the same decision still"
    after = {"PHQ9": "ANSWERED"} | dict.fromkeys(("GAD7", "MDQ", "PCL5", "CSSRS_SCREEN"), "DUE")
    assert await at_intake(intake, patient) == after, "what is answered stays, what is no longer asked goes"
    assert ("INTAKE", "PCL5") in await said(intake, patient, AssessmentDue)
    again = "UPDATE rescreening SET finished_at = NULL, looked = 0, last_patient_id = NULL"
    await intake.house.write("intake", again)
    await rescreened(intake, since=since, looked=1)
    assert await at_intake(intake, patient) == after, "looked at twice, asked once"
