"""Instruments and answers that staff puts right over HTTP: what was wrong stays on record and counts no more (domain B,
A.6)."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from shared.events.intake import AssessmentAnswered, AssessmentDue, OutcomeRecorded, SafetyConcernRaised
from shared.events.scheduling import AppointmentBooked
from shared.ids import new_id
from tests.integration.intake.conftest import Intake, codes, findings, outcome
from tests.integration.intake.safety import ZERO, open_concerns, shows_help
from tests.integration.intake.sessions import HOUR, due, tell, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")
MILD = [1, 1, 1, 1, 1, 1, 0, 0]


async def correct(intake: Intake, wrong: Any, answers: list[int | None], *, by: str | UUID = "nurse") -> httpx.Response:
    body = {"answers": answers, "reason_code": "MISREAD_PAPER"}
    return await intake.post(f"/v1/assessments/{wrong}/correct", body, by=by)


async def corrected(intake: Intake, wrong: Any, answers: list[int | None], *, by: str = "nurse") -> dict[str, Any]:
    answer = await correct(intake, wrong, answers, by=by)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def scores(intake: Intake, patient: UUID) -> list[dict[str, Any]]:
    items = (await intake.get(f"/v1/patients/{patient}/outcomes", by="nurse")).json()["items"]
    return [item for item in items if item["kind"] == "SCORE"]


async def test_the_right_answers_count_from_when_the_wrong_ones_were_given(intake: Intake) -> None:
    patient = await intake.registered()
    wrong = await intake.phq9(patient, *[3] * 8, 0)
    later = await intake.phq9(patient, *MILD, 0)
    right = await corrected(intake, wrong["id"], [2] * 8 + [0])
    assert (right["score"]["total"], right["supersedes"]) == (16, wrong["id"])
    first, second = await scores(intake, patient)
    assert [(one["id"], one["total"], one["supersedes"]) for one in (first, second)] == [
        (right["id"], 16, wrong["id"]), (later["id"], 6, None),
    ]  # fmt: skip
    assert (first["baseline"], second["change"]["points"]) == (True, -10), "the series is counted from the right one"
    told = await intake.said(patient, OutcomeRecorded)
    assert [(str(one.assessment_id), one.supersedes and str(one.supersedes)) for one in told] == [
        (wrong["id"], None), (later["id"], None), (right["id"], wrong["id"]),
    ]  # fmt: skip
    assert told[2].recorded_at == told[0].recorded_at
    again = await correct(intake, wrong["id"], [1] * 9)
    assert (again.status_code, again.json()["params"]) == (409, {"superseded_by": right["id"]})
    assert (await corrected(intake, right["id"], [None] * 9))["score"]["total"] is None, "taken back altogether"
    assert [one["id"] for one in await scores(intake, patient)] == [later["id"]]


async def test_filled_instruments_are_read_with_every_answer_and_what_took_their_place(intake: Intake) -> None:
    patient = await intake.registered()
    wrong = await intake.phq9(patient, *MILD, 0)
    right = await corrected(intake, wrong["id"], [2] * 8 + [0])
    body, path = {"answers": [1, 1, 0, 0, 0, None, None]}, f"/v1/patients/{patient}/assessments"
    filled = await intake.post(f"/v1/patients/{patient}/instruments/CSSRS_SCREEN", body, by="clinician")
    columbia, *phq9s = (await intake.get(path, by="nurse")).json()["items"]
    assert (columbia["id"], columbia["answers"], columbia["source"]) == (filled.json()["id"], body["answers"], "staff")
    score = columbia["score"]
    assert (score["risk"], score["possible_risk"], score["missing"]) == ("LOW", "HIGH", 2)
    assert [(one["id"], one["supersedes"], (one["correction"] or {}).get("superseded_by")) for one in phq9s] == [
        (right["id"], wrong["id"], None), (wrong["id"], None, right["id"]),
    ]  # fmt: skip
    only = (await intake.get(f"{path}?instrument=PHQ9&limit=1", by="nurse")).json()
    rest = (await intake.get(f"{path}?instrument=PHQ9&cursor={quote(only['next_cursor'])}", by="nurse")).json()
    assert [one["id"] for one in (*only["items"], *rest["items"])] == [right["id"], wrong["id"]]
    assert (await intake.get(path, by=patient)).status_code == 403


async def test_what_worries_only_in_the_right_answers_opens_a_concern_and_shows_help(intake: Intake) -> None:
    patient, _ = await intake.screened()
    wrong = await intake.phq9(patient, *ZERO, 0)
    right = await corrected(intake, wrong["id"], [0] * 8 + [2])
    assert shows_help(right)
    assert outcome(right["screening"]) == "NEEDS_REVIEW"
    assert [one["source"] for one in await open_concerns(intake, patient)] == ["PHQ9-ITEM9"]
    await corrected(intake, right["id"], [1] * 8 + [2])
    (still,) = await open_concerns(intake, patient)
    assert (len(await intake.said(patient, SafetyConcernRaised)), still["further"]) == (1, []), "the same answer still"


async def test_to_lessen_a_worry_takes_a_clinician_and_its_concern_stays(intake: Intake) -> None:
    patient, _ = await intake.screened()
    path = f"/v1/patients/{patient}/instruments/CSSRS_SCREEN"
    wrong = (await intake.post(path, {"answers": [1, 1, 0, 1, 0, 0, 0]}, by=patient)).json()
    assert outcome(wrong["screening"]) == "EMERGENCY"
    refused = await correct(intake, wrong["id"], [1, 0, 0, 0, 0, 0, 0])
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    right = await corrected(intake, wrong["id"], [1, 0, 0, 0, 0, 0, 0], by="clinician")
    assert (right["score"]["risk"], outcome(right["screening"])) == ("LOW", "NEEDS_REVIEW")
    assert "HIGH" in [one["risk"] for one in await open_concerns(intake, patient)], "only a disposition ends it"


async def test_what_is_due_goes_by_the_right_answers(intake: Intake) -> None:
    patient = await intake.registered()
    await tell(intake, patient, AppointmentBooked(**visit(intake, patient, 48 * HOUR)))
    wrong = await intake.phq9(patient, *ZERO, 0)
    assert await due(intake, patient) == []
    short = await corrected(intake, wrong["id"], [0] * 5 + [None] * 3 + [0])
    assert await due(intake, patient) == [("BEFORE_SESSION", "DUE")]
    assert [event.occasion for event in await intake.said(patient, AssessmentDue)] == ["BEFORE_SESSION"] * 2
    await corrected(intake, short["id"], [0] * 9)
    assert await due(intake, patient) == []
    assert len(await intake.said(patient, AssessmentAnswered)) == 2


async def test_a_correction_that_makes_no_sense_changes_nothing(intake: Intake) -> None:
    patient = await intake.registered()
    phq9 = await intake.phq9(patient, *MILD, 0)
    gad7 = (await intake.post(f"/v1/patients/{patient}/instruments/GAD7", {"answers": [1] * 7}, by=patient)).json()
    refused = [
        (phq9["id"], [*MILD, 0], "nurse", 422, {"UNCHANGED"}),
        (phq9["id"], [0] * 8, "nurse", 422, {"WRONG_NUMBER_OF_ANSWERS"}),
        (phq9["id"], [4] + [0] * 7 + [5], "nurse", 422, {"POINTS_OUT_OF_RANGE"}),
        (gad7["id"], [4] * 7, "nurse", 422, {"POINTS_OUT_OF_RANGE"}),
        (phq9["id"], [0] * 9, "frontdesk", 403, set()),
        (phq9["id"], [0] * 9, patient, 403, set()),
        (new_id(), [0] * 9, "nurse", 404, set()),
    ]
    for wrong, answers, by, status, said in refused:
        answer = await correct(intake, wrong, answers, by=by)
        assert (answer.status_code, codes(answer) if said else set()) == (status, said), answer.text
    assert [one["supersedes"] for one in await scores(intake, patient)] == [None, None]


async def put_right(intake: Intake, wrong: Any, *, by: str | UUID = "nurse", **body: Any) -> httpx.Response:
    path = f"/v1/questionnaires/{wrong}/correct"
    return await intake.post(path, {"reason_code": "MISREAD_PAPER"} | body, by=by)


async def questionnaires(intake: Intake, patient: UUID) -> list[dict[str, Any]]:
    answer = await intake.get(f"/v1/patients/{patient}/questionnaires", by="nurse")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_an_answer_that_was_put_right_counts_and_the_others_stay_as_they_were(intake: Intake) -> None:
    patient, screening = await intake.screened(pregnant="yes")
    assert outcome(screening) == "INELIGIBLE"
    [wrong] = await questionnaires(intake, patient)
    right = (await put_right(intake, wrong["id"], answers={"pregnant": "no"})).json()
    assert (outcome(right["screening"]), right["supersedes"]) == ("ELIGIBLE", wrong["id"])
    new, old = await questionnaires(intake, patient)
    assert (new["id"], new["supersedes"], old["correction"]["superseded_by"]) == (
        right["id"], wrong["id"], right["id"],
    )  # fmt: skip
    assert new["answers"] == old["answers"] | {"pregnant": "no"}
    assert (new["source"], new["recorded_by"], new["answered_at"]) == ("patient", "staff-1", old["answered_at"])
    again = await put_right(intake, wrong["id"], answers={"pregnant": "unknown"})
    assert (again.status_code, again.json()["params"]) == (409, {"superseded_by": right["id"]})


async def test_to_lessen_what_answers_said_of_danger_takes_a_clinician_and_the_concern_stays(intake: Intake) -> None:
    patient, _ = await intake.screened(immediate_danger="yes")
    [wrong] = await questionnaires(intake, patient)
    refused = await put_right(intake, wrong["id"], answers={"immediate_danger": "no"})
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    right = (await put_right(intake, wrong["id"], answers={"immediate_danger": "no"}, by="clinician")).json()
    assert outcome(right["screening"]) == "ELIGIBLE"
    assert [one["risk"] for one in await open_concerns(intake, patient)] == ["HIGH"], "only a disposition ends it"
    back = (await put_right(intake, right["id"], answers={"immediate_danger": "yes"})).json()
    assert shows_help(back)
    assert outcome(back["screening"]) == "EMERGENCY"


async def test_answers_that_are_taken_back_are_asked_again_and_pass_nothing(intake: Intake) -> None:
    patient, _ = await intake.screened()
    [wrong] = await questionnaires(intake, patient)
    gone = (await put_right(intake, wrong["id"], taken_back=True)).json()
    assert (gone["taken_back"], findings(gone["screening"])["SCR-010"]) == (True, "INCOMPLETE")
    assert (await questionnaires(intake, patient))[0]["answers"] == {}
    due = (await intake.get("/v1/me/home", by=patient)).json()["due"]
    assert "HEALTH_QUESTIONS" in [one["what"] for one in due]
    empty = await put_right(intake, gone["id"], answers={})
    early = await put_right(intake, gone["id"], answers={"cardiac_event_on": "1986-03-13"})
    same = await put_right(intake, gone["id"], taken_back=True)
    assert [codes(one) for one in (empty, early, same)] == [{"SOME_ANSWER"}, {"BEFORE_BIRTH"}, {"UNCHANGED"}]
    assert (await put_right(intake, wrong["id"], answers={"pregnant": "no"}, by=patient)).status_code == 403
