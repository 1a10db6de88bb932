"""Instruments over HTTP: scored, told, screened with, and beside each other in the outcomes (domain B, A.6)."""

from typing import Any

import pytest

from shared.events.intake import OutcomeRecorded, SafetyConcernRaised
from shared.events.parts import ConcernDetail, ScoreDetail
from shared.ids import new_id
from tests.integration.intake.conftest import Intake, codes, outcome
from tests.integration.intake.safety import open_concerns, resolve, shows_help

pytestmark = pytest.mark.asyncio(loop_scope="session")
GAD7 = [2, 2, 2, 2, 1, 1, 0]


async def fill(intake: Intake, patient, code: str, answers, *, by="nurse", status: int = 201):
    answer = await intake.post(f"/v1/patients/{patient}/instruments/{code}", {"answers": answers}, by=by)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_filled_instrument_is_scored_and_told(intake: Intake) -> None:
    patient = await intake.registered()
    filled = await fill(intake, patient, "GAD7", GAD7, by=patient)
    assert (filled["score"]["total"], filled["score"]["band"], filled["crisis"]) == (10, "MODERATE", None)
    assert filled["score"]["findings"] == {"SCREEN_POSITIVE": True}
    wanted = ScoreDetail(instrument="GAD7", total=10, band="MODERATE")
    assert await intake.told(patient, OutcomeRecorded, "score") == [wanted]


async def test_without_a_total_nothing_is_told(intake: Intake) -> None:
    patient = await intake.registered()
    filled = await fill(intake, patient, "GAD7", [3, 3, 3, 3, None, None, None])
    assert (filled["score"]["total"], filled["score"]["missing"]) == (None, 3)
    assert filled["score"]["findings"] == {"SCREEN_POSITIVE": True}
    assert await intake.said(patient, OutcomeRecorded) == []


@pytest.mark.parametrize(
    ("answers", "risk", "decided"),
    [
        ([1, 0, None, None, None, 0, None], "LOW", "NEEDS_REVIEW"),
        ([0, 1, 1, 0, 0, 0, None], "MODERATE", "NEEDS_REVIEW"),
        ([0, 1, 0, 1, 0, 0, None], "HIGH", "EMERGENCY"),
    ],
)
async def test_a_yes_in_the_columbia_screener_shows_help_and_opens_one_concern(
    intake: Intake, answers: list[int | None], risk: str, decided: str
) -> None:
    patient, _ = await intake.screened()
    filled = await fill(intake, patient, "CSSRS_SCREEN", answers, by=patient)
    assert shows_help(filled)
    assert (filled["score"]["risk"], outcome(filled["screening"])) == (risk, decided)
    raised = await intake.told(patient, SafetyConcernRaised, "detail")
    assert raised == [ConcernDetail(risk=risk, source="CSSRS_SCREEN")]


async def test_a_screener_with_every_answer_no_changes_nothing(intake: Intake) -> None:
    patient, before = await intake.screened()
    filled = await fill(intake, patient, "CSSRS_SCREEN", [0, 0, None, None, None, 0, None])
    assert (filled["crisis"], outcome(filled["screening"])) == (None, outcome(before))
    assert await intake.said(patient, SafetyConcernRaised) == []


async def test_what_the_screener_leaves_open_is_asked_and_never_passes(intake: Intake) -> None:
    patient, _ = await intake.screened()
    filled = await fill(intake, patient, "CSSRS_SCREEN", [0, 0, None, None, None, 0, 1])
    assert outcome(filled["screening"]) == "EMERGENCY"  # lately, although not ever
    filled = await fill(intake, patient, "CSSRS_SCREEN", [None] * 7)
    assert outcome(filled["screening"]) == "EMERGENCY"


@pytest.mark.parametrize(
    ("code", "answers", "pointer", "why", "params"),
    [
        ("GAD7", [0] * 6, "/answers", "WRONG_NUMBER_OF_ANSWERS", {"items": 7}),
        ("GAD7", [0, 0, 4, 0, 0, 0, 0], "/answers/2", "POINTS_OUT_OF_RANGE", {"highest": 3}),
        ("MDQ", [1] * 14 + [4], "/answers/14", "POINTS_OUT_OF_RANGE", {"highest": 3}),
    ],
)
async def test_answers_that_an_instrument_does_not_have_are_named_and_change_nothing(
    intake: Intake, code: str, answers: list[int], pointer: str, why: str, params: dict[str, int]
) -> None:
    patient = await intake.registered()
    refused = await fill(intake, patient, code, answers, status=422)
    [error] = refused["errors"]
    assert (error["pointer"], error["code"], error["params"]) == (pointer, why, params)
    assert (await intake.get(f"/v1/patients/{patient}/outcomes", by="nurse")).json()["items"] == []


async def test_a_clinicians_scale_is_not_for_patients(intake: Intake) -> None:
    patient = await intake.registered()
    refused = await fill(intake, patient, "MADRS", [2] * 10, by=patient, status=403)
    assert refused["code"] == "INSTRUMENT_FOR_STAFF"
    assert (await fill(intake, patient, "MADRS", [2] * 10, by="clinician"))["score"]["band"] == "MODERATE"


@pytest.mark.parametrize(
    ("path", "answers", "risks"),
    [
        ("instruments/GAD7", [1] * 7, []),
        ("instruments/CSSRS_SCREEN", [1, 1, 1, 1, 1, 1, 1], ["HIGH"]),
        ("assessments", [0] * 8 + [3], ["HIGH"]),
    ],
)
async def test_a_language_that_is_not_validated_is_refused_to_patients_but_danger_in_it_is_heeded(
    intake: Intake, path: str, answers: list[int], risks: list[str]
) -> None:
    patient = await intake.registered()
    phq9 = {"instrument": "PHQ9"} if path == "assessments" else {}
    body = phq9 | {"answers": answers, "language": "es"}
    for _ in range(2):
        refused = await intake.post(f"/v1/patients/{patient}/{path}", body, by=patient)
        assert (refused.status_code, refused.json()["code"]) == (422, "LANGUAGE_NOT_VALIDATED")
        assert "988" in refused.json()["detail"]
    raised = await intake.told(patient, SafetyConcernRaised, "detail")
    assert ([concern.risk for concern in raised], await intake.said(patient, OutcomeRecorded)) == (risks, [])
    assert (await intake.get(f"/v1/patients/{patient}/outcomes", by="nurse")).json()["items"] == []
    for by, language in ((patient, "en-US"), ("nurse", "es")):
        answer = await intake.post(f"/v1/patients/{patient}/{path}", body | {"language": language}, by=by)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("path", "body", "risk", "source"),
    [
        ("assessments", {"instrument": "PHQ9", "answers": [9, *[0] * 7, 3]}, "HIGH", "PHQ9-ITEM9"),
        ("instruments/CSSRS_SCREEN", {"answers": [0, 1, 1, 0, 0, 0]}, "MODERATE", "CSSRS_SCREEN"),
        ("questionnaires", {"answers": {"immediate_danger": "yes"}, "clinic_id": "here"}, "HIGH", "SCR-091"),
        ("check-ins", {"unsafe_thoughts": "yes", "mood": 11}, "MODERATE", "CHECK_IN_UNSAFE_THOUGHTS"),
    ],
)
async def test_danger_in_what_is_refused_opens_one_concern_and_nothing_of_it_is_kept(
    intake: Intake, path: str, body: dict[str, Any], risk: str, source: str
) -> None:
    patient, key = await intake.registered(), str(new_id())
    for _ in range(2):
        refused = await intake.post(f"/v1/patients/{patient}/{path}", body, by=patient, Idempotency_Key=key)
        assert (refused.status_code, shows_help(refused.json())) == (422, True)
    assert await intake.told(patient, SafetyConcernRaised, "detail") == [ConcernDetail(risk=risk, source=source)]
    (concern,) = await open_concerns(intake, patient)
    assert (concern["stage"], concern["version"]) == ("RAISED", 1), "sent again it is the same answer"
    for table in ("assessment", "questionnaire", "check_in"):
        kept = await intake.house.rows("intake", f"SELECT 1 FROM {table} WHERE patient_id = $1", patient)
        assert list(kept) == [], table
    assert list(await intake.house.rows("intake", "SELECT 1 FROM idempotency WHERE key = $1", key)) == []
    heeded = "SELECT action, outcome FROM audit WHERE patient_id = $1 AND reason = 'HEEDED_THOUGH_REFUSED'"
    audited = [(row["action"], row["outcome"]) for row in await intake.house.rows("intake", heeded, patient)]
    assert audited == [("fail", "refused")] * 2


async def test_what_was_refused_and_is_put_right_is_covered_by_its_concern_and_what_comes_later_is_not(
    intake: Intake,
) -> None:
    patient, key = await intake.registered(), str(new_id())
    path, bad = f"/v1/patients/{patient}/assessments", {"instrument": "PHQ9", "answers": [9, *[0] * 7, 1]}
    await intake.post(path, bad, by=patient, Idempotency_Key=key)
    right = await intake.post(path, bad | {"answers": [3, *[0] * 7, 1]}, by=patient, Idempotency_Key=key)
    assert (right.status_code, shows_help(right.json())) == (201, True)
    (concern,) = await open_concerns(intake, patient)
    assert len(await intake.said(patient, SafetyConcernRaised)) == 1
    assert (await resolve(intake, concern["id"])).status_code == 200
    for again, raised in ((key, 1), (str(new_id()), 2)):
        refused = await intake.post(path, bad, by=patient, Idempotency_Key=again)
        assert (refused.status_code, shows_help(refused.json())) == (422, True)
        assert len(await intake.said(patient, SafetyConcernRaised)) == raised


async def test_a_batch_of_answers_that_is_refused_for_one_of_them_is_heeded(intake: Intake) -> None:
    patient = await intake.registered()
    batch = {"answers": [{"question": "q4", "answer": "yes", "answered_at": "yesterday"}]}
    refused = await intake.patch(f"/v1/patients/{patient}/drafts/cssrs-screen", batch, by=patient)
    assert (refused.status_code, shows_help(refused.json())) == (422, True)
    wanted = [ConcernDetail(risk="HIGH", source="CSSRS_SCREEN")]
    assert await intake.told(patient, SafetyConcernRaised, "detail") == wanted
    assert (await intake.get(f"/v1/patients/{patient}/drafts/cssrs-screen", by=patient)).status_code == 404


async def test_whoever_may_not_answer_for_a_patient_opens_no_concern(intake: Intake) -> None:
    patient, other = await intake.registered(), await intake.registered()
    body = {"instrument": "PHQ9", "answers": [9, *[0] * 7, 3]}
    for by, status in ((other, 404), ("frontdesk", 403), (None, 401)):
        refused = await intake.post(f"/v1/patients/{patient}/assessments", body, by=by)
        assert refused.status_code == status
    assert [await open_concerns(intake, one) for one in (patient, other)] == [[], []]


async def test_the_question_of_difficulty_is_kept_and_shown_and_changes_no_score(intake: Intake) -> None:
    patient = await intake.registered()
    path, sheet = f"/v1/patients/{patient}", {"instrument": "PHQ9", "answers": [1] * 8 + [0], "difficulty": 3}
    filled = (await intake.post(f"{path}/assessments", sheet, by=patient)).json()
    assert (filled["score"]["total"], filled["score"]["band"]) == (8, "MILD")
    gad7 = {"answers": GAD7, "difficulty": 1}
    assert (await intake.post(f"{path}/instruments/GAD7", gad7, by=patient)).json()["score"]["total"] == 10
    body = {"answers": [2] + [1] * 7 + [0], "reason_code": "MISREAD_PAPER"}
    assert (await intake.post(f"/v1/assessments/{filled['id']}/correct", body, by="nurse")).status_code == 201
    shown = (await intake.get(f"{path}/assessments", by="nurse")).json()["items"]
    assert {(one["instrument"], one["score"]["total"], one["difficulty"]) for one in shown} == {
        ("PHQ9", 8, 3), ("PHQ9", 9, 3), ("GAD7", 10, 1),
    }  # fmt: skip
    series = (await intake.get(f"{path}/outcomes", by=patient)).json()["items"]
    assert {(one["instrument"], one["total"], one["difficulty"]) for one in series} == {("PHQ9", 9, 3), ("GAD7", 10, 1)}
    refused = await intake.post(f"{path}/instruments/PCL5", {"answers": [0] * 20, "difficulty": 0}, by=patient)
    assert (refused.status_code, codes(refused)) == (422, {"NOT_ASKED"})
    codes_of = (await intake.get("/v1/instruments", by="nurse")).json()
    of_gad7 = next(one for one in codes_of["instruments"] if one["code"] == "GAD7")
    assert codes_of["phq9"]["loinc_difficulty"] == of_gad7["loinc_difficulty"] == "69722-7"


async def test_drinks_of_somebody_who_never_drinks_are_named_and_none_count(intake: Intake) -> None:
    patient = await intake.registered()
    refused = await fill(intake, patient, "AUDITC", [0, 2, None], by=patient, status=422)
    assert [(error["pointer"], error["code"], error["params"]["with"]) for error in refused["errors"]] == [
        ("/answers/0", "CONTRADICTORY", [1]), ("/answers/1", "CONTRADICTORY", [0]),
    ]  # fmt: skip
    filled = await fill(intake, patient, "AUDITC", [0, None, None], by=patient)
    assert (filled["score"]["total"], filled["score"]["missing"]) == (0, 0)


async def test_each_instrument_has_a_series_with_a_baseline_of_its_own(intake: Intake) -> None:
    patient = await intake.registered()
    await fill(intake, patient, "GAD7", [3, 3, 3, 3, 2, 0, 0])
    await intake.phq9(patient, 2, 2, 2, 2, 2, 2, 2, 2, 0)
    await fill(intake, patient, "GAD7", GAD7)
    entries = (await intake.get(f"/v1/patients/{patient}/outcomes", by="nurse")).json()["items"]
    assert [(e["instrument"], e["total"], e["baseline"]) for e in entries] == [
        ("GAD7", 14, True), ("PHQ9", 16, True), ("GAD7", 10, False),
    ]  # fmt: skip
    change = entries[2]["change"]
    assert (change["points"], change["change"], change["meaningful"], change["reliable"]) == (
        -4,
        "PARTIAL",
        True,
        False,
    )


async def test_another_instrument_does_not_stand_in_for_the_phq9(intake: Intake) -> None:
    patient = await intake.registered()
    await fill(intake, patient, "GAD7", GAD7)
    home = (await intake.get("/v1/me/home", by=patient)).json()
    assert "PHQ9" in [due["what"] for due in home["due"]]


async def test_the_catalogue_says_what_each_instrument_asks(intake: Intake) -> None:
    answer = (await intake.get("/v1/instruments", by="nurse")).json()
    listed, phq9 = answer["instruments"], answer["phq9"]
    assert (phq9["loinc_total"], phq9["loinc_items"][8], phq9["highest"]) == ("44261-6", "44260-8", [3] * 9)
    codes = {one["code"]: one for one in listed}
    assert codes["GAD7"]["loinc_total"] == "70274-6"
    assert (len(codes["PCL5"]["highest"]), codes["MADRS"]["by_staff"], codes["MADRS"]["scores_only"]) == (
        20,
        True,
        True,
    )


async def test_the_pain_inventory_has_a_series_of_its_means(intake: Intake) -> None:
    patient = await intake.registered()
    for points in (6, 5):
        await fill(intake, patient, "BPI_SF", [points] * 11)
    first, second = (await intake.get(f"/v1/patients/{patient}/outcomes", by="nurse")).json()["items"]
    assert (first["baseline"], first["means"]) == (True, {"SEVERITY": "6.00", "INTERFERENCE": "6.00"})
    assert (second["total"], second["change"]) == (None, None)
    assert second["mean_change"] == {"points": "-1.00", "meaningful": True}
