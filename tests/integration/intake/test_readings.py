"""Measurements over HTTP: listed, corrected, taken back; what was computed from a wrong one is never silently kept."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from shared.clinicfile.ruleset import RuleChange
from shared.events.intake import OrderDoubted, OrderRevoked, OrderSigned, PatientScreened
from shared.ids import new_id
from tests.integration.intake.conftest import Intake, codes, findings, rescreened

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOUR = timedelta(hours=1)


async def listed(intake: Intake, patient: UUID, query: str = "", *, by: str | UUID = "nurse") -> list[dict[str, Any]]:
    answer = await intake.get(f"/v1/patients/{patient}/readings{query}", by=by)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def weight(intake: Intake, patient: UUID) -> dict[str, Any]:
    """The newest weight that counts."""
    return next(one for one in await listed(intake, patient, "?kind=WEIGHT") if one["correction"] is None)


async def correct(intake: Intake, wrong: Any, by: str | UUID = "nurse", **body: Any) -> httpx.Response:
    return await intake.post(f"/v1/readings/{wrong}/correct", {"reason_code": "MISREAD_SCALE"} | body, by=by)


async def corrected(intake: Intake, wrong: Any, **body: Any) -> dict[str, Any]:
    answer = await correct(intake, wrong, **body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def doubted(intake: Intake, patient: UUID) -> list[dict[str, Any]]:
    """What the worklist says of the patient's orders."""
    await intake.house.settle()
    query, cursor = f"/v1/worklist?clinic_id={intake.house.clinic.clinic_id}&limit=200", ""
    found: list[dict[str, Any]] = []
    while True:
        page = (await intake.get(query + cursor, by="clinician")).json()
        found += [one for one in page["items"] if one["kind"] == "ORDER_DOUBTED"]
        if page["next_cursor"] is None:
            return [one for one in found if one["patient_id"] == str(patient)]
        cursor = f"&cursor={quote(page['next_cursor'])}"


async def test_readings_are_listed_by_kind_and_time_the_newest_first(intake: Intake) -> None:
    patient = await intake.registered()
    await intake.readings(patient, ago=3 * HOUR, weight_kg="70", heart_rate=68)
    await intake.readings(patient, ago=2 * HOUR, blood_pressure={"systolic": 128, "diastolic": 80})
    await intake.readings(patient, ago=1 * HOUR, weight_kg="71.5")
    found = await listed(intake, patient)
    assert [one["kind"] for one in found[:2]] == ["WEIGHT", "BLOOD_PRESSURE"]
    assert {one["kind"] for one in found[2:]} == {"WEIGHT", "HEART_RATE"}
    assert found[1]["blood_pressure"] == {"systolic": 128, "diastolic": 80}
    assert (found[1]["amount"], found[0]["unit"], found[0]["recorded_by"]) == (None, "kg", "staff-1")
    since = quote((intake.house.clock.now() - 2.5 * HOUR).isoformat())
    assert [one["amount"] for one in await listed(intake, patient, "?kind=WEIGHT")] == ["71.5", "70"]
    assert [one["kind"] for one in await listed(intake, patient, f"?taken_from={since}")] == [
        "WEIGHT", "BLOOD_PRESSURE",
    ]  # fmt: skip
    assert [one["amount"] for one in await listed(intake, patient, f"?kind=WEIGHT&taken_before={since}")] == ["70"]
    assert len(await listed(intake, patient, by=patient)) == 4, "they are the patient's own"


async def test_pages_of_readings_follow_each_other_and_belong_to_their_filter(intake: Intake) -> None:
    patient = await intake.registered()
    for n in range(3):
        await intake.readings(patient, ago=(3 - n) * HOUR, heart_rate=60 + n)
    path = f"/v1/patients/{patient}/readings"
    first = (await intake.get(f"{path}?kind=HEART_RATE&limit=2", by="nurse")).json()
    cursor = quote(first["next_cursor"])
    rest = (await intake.get(f"{path}?kind=HEART_RATE&limit=2&cursor={cursor}", by="nurse")).json()
    assert [one["amount"] for one in (*first["items"], *rest["items"])] == ["62", "61", "60"]
    assert rest["next_cursor"] is None
    other = await intake.get(f"{path}?limit=2&cursor={cursor}", by="nurse")
    assert (other.status_code, other.json()["code"]) == (400, "CURSOR_INVALID")


async def test_pounds_are_put_right_and_the_wrong_weight_stays_on_record(intake: Intake) -> None:
    patient, _ = await intake.screened()
    wrong = await intake.readings(patient, weight_kg="154", confirmed=True)
    assert findings(wrong["screening"])["SCR-004"] == "FIRED"
    right = await corrected(intake, wrong["id"], weight_kg="69.85")
    assert (right["supersedes"], right["taken_back"], findings(right["screening"])) == (wrong["id"], False, {})
    new, old = (await listed(intake, patient, "?kind=WEIGHT"))[:2]
    assert (new["id"], new["amount"], new["supersedes"], new["correction"]) == (
        right["id"], "69.85", wrong["id"], None,
    )  # fmt: skip
    assert (old["amount"], old["correction"]["superseded_by"], old["correction"]["reason_code"]) == (
        "154", right["id"], "MISREAD_SCALE",
    )  # fmt: skip
    assert new["taken_at"] == old["taken_at"], "it counts from when it was measured"
    again = await correct(intake, wrong["id"], weight_kg="70")
    assert (again.status_code, again.json()["params"]) == (409, {"superseded_by": right["id"]})
    query = "SELECT resource, reason FROM audit WHERE patient_id = $1 AND reason IS NOT NULL"
    audited = {(row["resource"], row["reason"]) for row in await intake.house.rows("intake", query, patient)}
    assert {("reading", "MISREAD_SCALE"), ("reading_correction", "MISREAD_SCALE")} <= audited


async def test_a_time_that_was_wrong_makes_a_weight_too_old(intake: Intake) -> None:
    patient, _ = await intake.screened()
    long_ago = (intake.house.clock.now() - timedelta(days=31)).isoformat()
    right = await corrected(intake, (await weight(intake, patient))["id"], weight_kg="70", taken_at=long_ago)
    assert findings(right["screening"]) == {"SCR-003": "FIRED"}


async def test_an_order_whose_dose_is_another_by_the_right_weight_is_revoked_and_named(intake: Intake) -> None:
    patient = await intake.cleared()
    order = (await intake.ordered(patient)).json()
    await corrected(intake, (await weight(intake, patient))["id"], weight_kg="80")
    assert (await intake.get(f"/v1/orders/{order['id']}", by="nurse")).json()["stage"] == "REVOKED"
    [revoked] = await intake.said(patient, OrderRevoked)
    [doubt] = await intake.said(patient, OrderDoubted)
    assert (str(revoked.order_id), str(doubt.order_id), doubt.revoked) == (order["id"], order["id"], True)
    [item] = await doubted(intake, patient)
    assert (item["about"], item["facts"], item["may_be_done"]) == (order["id"], {"revoked": True}, True)
    assert item["why"] == ["IV_MOOD_6: 35 mg for 70.00 kg", "REVOKED"]
    assert (await intake.ordered(patient)).json()["dose_mg"] == 40
    assert await doubted(intake, patient) == [], "a clinician has computed it anew"


async def test_an_order_with_the_same_dose_stays_and_is_named_all_the_same(intake: Intake) -> None:
    patient = await intake.cleared()
    order = (await intake.ordered(patient)).json()
    first = await corrected(intake, (await weight(intake, patient))["id"], weight_kg="70.4")
    assert (await intake.get(f"/v1/orders/{order['id']}", by="nurse")).json()["stage"] == "SIGNED"
    assert [one["why"][-1] for one in await doubted(intake, patient)] == ["SIGNED"]
    second = await corrected(intake, first["id"], weight_kg="75")
    assert (await intake.get(f"/v1/orders/{order['id']}", by="nurse")).json()["stage"] == "REVOKED"
    assert [one.revoked for one in await intake.said(patient, OrderDoubted)] == [False, True]
    assert (await intake.ordered(patient)).json()["dose_mg"] == 38
    other = (await listed(intake, patient, "?kind=HEART_RATE"))[0]
    await corrected(intake, other["id"], heart_rate=70)
    assert len(await intake.said(patient, OrderDoubted)) == 2, "no dose hangs on a heart rate"
    assert second["supersedes"] == first["id"]


async def test_a_weight_that_is_taken_back_leaves_nothing_to_dose_by(intake: Intake) -> None:
    patient = await intake.cleared()
    waiting = await intake.ordered(patient, mg_per_kg="0.9", above_first_dose_cap={"reason_code": "TOLERANT"})
    assert waiting.json()["stage"] == "PENDING"
    wrong = await weight(intake, patient)
    gone = await corrected(intake, wrong["id"], taken_back=True)
    assert (gone["id"], gone["taken_back"]) == (wrong["id"], True)
    assert findings(gone["screening"]) == {"SCR-003": "FIRED", "SCR-004": "INCOMPLETE"}
    [item] = await listed(intake, patient, "?kind=WEIGHT")
    assert (item["amount"], item["correction"]["superseded_by"]) == ("70", None)
    assert (await intake.get(f"/v1/orders/{waiting.json()['id']}", by="nurse")).json()["stage"] == "REVOKED"
    assert await intake.said(patient, OrderSigned, OrderRevoked) == [], "nobody had heard of it"
    refused = await intake.ordered(patient)
    assert "WEIGHT_MISSING" in codes(refused)
    again = await correct(intake, wrong["id"], taken_back=True)
    assert (again.status_code, again.json()["params"]) == (409, {"superseded_by": None})


async def test_a_pressure_that_was_wrong_is_not_carried_into_later_decisions(lone_intake: Intake) -> None:
    intake, (patient, screening) = lone_intake, await lone_intake.screened()
    await intake.house.clock.advance(25 * HOUR)
    assert findings((await intake.answers(patient))["screening"]) == {}, "a calm one of yesterday stands until the dose"
    [wrong] = await listed(intake, patient, "?kind=BLOOD_PRESSURE")
    right = await corrected(intake, wrong["id"], blood_pressure={"systolic": 132, "diastolic": 80})
    assert findings(right["screening"]) == {}
    assert right["screening"]["id"] != screening["id"], "the decision that knew the wrong one stands no longer"
    worse = await corrected(intake, right["id"], blood_pressure={"systolic": 190, "diastolic": 100})
    assert findings(worse["screening"])["SCR-042"] == "INCOMPLETE"
    assert len(await intake.said(patient, PatientScreened)) == 3


async def test_new_rules_look_again_at_whoever_something_was_corrected_of(lone_intake: Intake) -> None:
    intake, (patient, screening), clinic = lone_intake, await lone_intake.screened(), lone_intake.house.clinic
    right = await corrected(intake, (await weight(intake, patient))["id"], weight_kg="80")
    assert right["screening"]["id"] == screening["id"], "a BMI of 29.4 is no finding either"
    stricter = RuleChange.model_validate({"parameter": "high_bmi", "value": 29})
    since = (await rescreened(intake))["hash"]
    await intake.house.apply("intake", clinic.model_copy(update={"rule_changes": (*clinic.rule_changes, stricter)}))
    assert (await rescreened(intake, since=since, looked=1))["changed"] == 1
    newest = (await intake.get(f"/v1/patients/{patient}/screening", by="nurse")).json()
    assert findings(newest) == {"SCR-004": "FIRED"}


async def test_a_correction_of_a_reading_that_makes_no_sense_changes_nothing(intake: Intake) -> None:
    patient, _ = await intake.screened()
    kg, later = (await weight(intake, patient))["id"], "2999-01-01T00:00:00Z"
    refused: list[tuple[Any, dict[str, Any], str | UUID, int, set[str]]] = [
        (kg, {"height_cm": "165"}, "nurse", 422, {"OTHER_KIND"}),
        (kg, {"weight_kg": "70.0"}, "nurse", 422, {"UNCHANGED"}),
        (kg, {"weight_kg": "71", "taken_at": later}, "nurse", 422, {"MOMENT_OUT_OF_RANGE"}),
        (kg, {"weight_kg": "71", "taken_at": "2199-01-01T00:00:00Z"}, "nurse", 422, {"IN_THE_FUTURE"}),
        (kg, {"weight_kg": "180"}, "nurse", 422, {"IMPLAUSIBLE_BMI"}),
        (kg, {"weight_kg": "71", "heart_rate": 70}, "nurse", 422, {"ONE_MEASUREMENT"}),
        (kg, {}, "nurse", 422, {"ONE_MEASUREMENT"}),
        (kg, {"weight_kg": "71", "taken_back": True}, "nurse", 422, {"NOTHING_TAKES_ITS_PLACE"}),
        (kg, {"weight_kg": "71"}, "frontdesk", 403, set()),
        (kg, {"weight_kg": "71"}, patient, 403, set()),
        (new_id(), {"weight_kg": "71"}, "nurse", 404, set()),
    ]
    for wrong, body, by, status, said in refused:
        answer = await correct(intake, wrong, by, **body)
        assert (answer.status_code, codes(answer) if said else set()) == (status, said), answer.text
    assert [one["correction"] for one in await listed(intake, patient, "?kind=WEIGHT")] == [None]
