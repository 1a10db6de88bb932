"""What a session at the chair refuses: a wrong identity, times and values that cannot be, steps out of order."""

from datetime import timedelta
from typing import Any

import pytest

from shared.events.scheduling import (
    SessionStarted,
    VitalAlertRaised,
)
from tests.integration.scheduling.scene import FULL, HOME, IDENTIFIERS, NAME, Scene, codes
from tests.integration.scheduling.steps import blockers, first, recovered
from tests.support.merging import merged

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.fixture
def check_in() -> dict[str, str]:
    return dict(IDENTIFIERS)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "Robin Quist"}, 409, "IDENTITY_MISMATCH"),
        ({"birth_date": "1984-02-28"}, 409, "IDENTITY_MISMATCH"),
        ({"record_number": "LK-999999"}, 409, "IDENTITY_MISMATCH"),
        ({"name": None, "record_number": None}, 422, "INVALID_REQUEST"),
        ({}, 201, None),
    ],
)
async def test_check_in_needs_two_identifiers_that_agree(
    scene: Scene, check_in: dict[str, str], change: dict[str, Any], status: int, code: str | None
) -> None:
    appointment = await first(scene)
    await scene.go_to(appointment)
    answer = await scene.call(
        f"/v1/appointments/{appointment['appointment_id']}/check-in", check_in | change, version=1
    )
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert NAME not in answer.text


async def test_a_patient_without_an_identity_card_cannot_be_checked_in(scene: Scene, check_in: dict[str, str]) -> None:
    patient = await scene.patient()
    appointment = await first(scene, patient)
    await scene.run("UPDATE patient SET identity = NULL, version = 0 WHERE id = $1", patient)
    await scene.go_to(appointment)
    path = f"/v1/appointments/{appointment['appointment_id']}/check-in"
    unknown = await scene.call(path, check_in, version=1)
    assert (unknown.status_code, unknown.json()["code"]) == (409, "IDENTITY_UNKNOWN")
    await scene.say(patient, scene.registered(patient, version=2))
    await scene.house.settle()
    assert (await scene.call(path, check_in, version=1)).status_code == 201


async def test_check_in_is_for_the_appointments_own_day(scene: Scene, check_in: dict[str, str]) -> None:
    course = await scene.book(await scene.patient())
    await scene.go_to(course["sessions"][0])
    tomorrow = course["sessions"][1]
    refused = await scene.call(f"/v1/appointments/{tomorrow['appointment_id']}/check-in", check_in, version=1)
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_TODAY")


@pytest.mark.parametrize(
    ("minutes", "code"), [(1, "IN_THE_FUTURE"), (-6, "TOO_EARLY"), (-4, None)]
)  # fmt: skip
async def test_a_start_in_the_future_or_long_past_is_refused(scene: Scene, minutes: int, code: str | None) -> None:
    session = await scene.arrive(await first(scene))
    await scene.observe(session, **FULL)
    await scene.wait(5)
    told = (scene.now + timedelta(minutes=minutes)).isoformat()
    answer = await scene.call(f"/v1/sessions/{session['session_id']}/start", {"started_at": told}, version=1)
    expected = (200, []) if code is None else (422, [("/started_at", code)])
    shown = [(e["pointer"], e["code"]) for e in answer.json().get("errors", [])]
    assert (answer.status_code, shown) == expected
    started = await scene.house.events("scheduling", SessionStarted)
    assert len(started) == (code is None)


async def test_a_start_told_earlier_hides_no_reading(scene: Scene) -> None:
    session = await scene.arrive(await first(scene))
    await scene.observe(session, **FULL)
    await scene.wait(4)
    await scene.observe(session, systolic=186, diastolic=90)
    told = (scene.now - timedelta(minutes=2)).isoformat()
    refused = await scene.call(f"/v1/sessions/{session['session_id']}/start", {"started_at": told}, version=1)
    assert (refused.status_code, codes(refused)) == (409, ["PRESSURE_CANCEL_SESSION"])


async def test_a_discharge_told_earlier_hides_no_reading(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await recovered(scene, session)
    told = {"discharged_at": scene.now.isoformat()}
    await scene.wait(3)
    await scene.observe(session, moaas=3)
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    refused = await scene.call(f"{path}/discharge", HOME | told, version=version)
    assert (refused.status_code, codes(refused)) == (409, ["NOT_FULLY_AWAKE"])


@pytest.mark.parametrize(
    ("vitals", "pointer", "code"),
    [
        ({"heart_rate": 999}, "/heart_rate", "LESS_THAN_EQUAL"),
        ({"systolic": 999, "diastolic": 80}, "/systolic", "LESS_THAN_EQUAL"),
        ({"systolic": 120}, "", "PRESSURE_INCOMPLETE"),
        ({"heart_rate": "fast"}, "/heart_rate", "INT_PARSING"),
        ({"pulse": 70}, "/pulse", "UNKNOWN_FIELD"),
        ({"heart_rate": 70, "occurred_at": "2199-01-01T00:00:00Z"}, "/occurred_at", "IN_THE_FUTURE"),
        ({"heart_rate": 70, "occurred_at": "9999-12-31T23:59:59-12:00"}, "/occurred_at", "IN_THE_FUTURE"),
        ({"heart_rate": 70, "occurred_at": "2020-01-01T00:00:00Z"}, "/occurred_at", "TOO_EARLY"),
        ({"heart_rate": 70, "occurred_at": "0001-01-01T00:00:00+14:00"}, "/occurred_at", "TOO_EARLY"),
        ({"heart_rate": 70, "occurred_at": "2026-01-01T00:00:00"}, "/occurred_at", "TIMEZONE_AWARE"),
    ],
)
async def test_an_impossible_observation_is_refused_and_not_kept(
    scene: Scene, vitals: dict[str, Any], pointer: str, code: str
) -> None:
    session = await scene.arrive(await first(scene))
    path = f"/v1/sessions/{session['session_id']}/observations"
    answer = await scene.call(path, vitals)
    assert answer.status_code == 422
    assert (pointer, code) in [(e["pointer"], e["code"]) for e in answer.json()["errors"]]
    assert (await scene.see(path)).json()["items"] == []


async def test_an_observation_sent_twice_is_kept_once(scene: Scene) -> None:
    session = await scene.arrive(await first(scene))
    path = f"/v1/sessions/{session['session_id']}/observations"
    body = {"heart_rate": 150, "source": "device"}
    one, two = [await scene.call(path, body, key="look-1") for _ in range(2)]
    assert one.json() == two.json()
    [kept] = (await scene.see(path)).json()["items"]
    assert (kept["vitals"]["heart_rate"], kept["source"]) == (150, "device")
    assert len(await scene.house.events("scheduling", VitalAlertRaised)) == 1
    other = await scene.call(path, {"heart_rate": 151}, key="look-1")
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_steps_out_of_order_are_refused(scene: Scene) -> None:
    session = await scene.arrive(await first(scene))
    path = f"/v1/sessions/{session['session_id']}"
    for step, body in [("infusion-end", {"dose_mg": 1, "minutes": 0}), ("discharge", HOME)]:
        refused = await scene.call(f"{path}/{step}", body, version=1)
        assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT")
    assert (await scene.see(path)).json()["state"] == "CHECKED_IN"


async def test_more_minutes_than_have_passed_cannot_have_run(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(10)
    refused = await scene.call(
        f"/v1/sessions/{session['session_id']}/infusion-end", {"dose_mg": 35, "minutes": 40}, version=session["version"]
    )
    assert (refused.status_code, codes(refused)) == (422, ["LONGER_THAN_THE_INFUSION"])


async def test_only_a_nurse_starts_a_dose(scene: Scene) -> None:
    session = await scene.arrive(await first(scene))
    await scene.observe(session, **FULL)
    for role in ("frontdesk", "clinician", "biller"):
        token = scene.house.tokens.staff(role)
        refused = await scene.call(f"/v1/sessions/{session['session_id']}/start", version=1, token=token)
        assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    token = scene.house.tokens.staff("nurse")
    assert (await scene.call(f"/v1/sessions/{session['session_id']}/start", version=1, token=token)).status_code == 200


async def test_two_patients_of_one_name_and_birth_date_are_told_apart_by_a_third_identifier(scene: Scene) -> None:
    """Whatever case and accents; two records of one person are no namesakes."""
    one, other = await scene.patients(2)
    await scene.say(one, scene.registered(one, version=2, name="Wren Solane"))
    await scene.house.settle()
    ours, theirs = await scene.book(one), await scene.book(other, time="13:00")
    by_two = IDENTIFIERS | {"name": "Wren Solane", "record_number": None}

    async def checked_in(appointment: dict[str, Any], **change: Any) -> tuple[int, list[str]]:
        path = f"/v1/appointments/{appointment['appointment_id']}/check-in"
        answer = await scene.call(path, by_two | change, version=1)
        return answer.status_code, [error["pointer"] for error in answer.json().get("errors", [])]

    await scene.go_to(ours["sessions"][0])
    assert await checked_in(ours["sessions"][0]) == (201, [])
    await scene.say(other, scene.registered(other, version=2, name="WREN  Sol\u00e1ne"))
    await scene.house.settle()
    asked = {"name": "Wren Sol\u00e1ne"}
    assert await checked_in(theirs["sessions"][0], **asked) == (409, ["/record_number"])
    assert await checked_in(theirs["sessions"][0], name=None, record_number="LK-000123") == (409, ["/name"])
    await scene.run("UPDATE patient SET name_key = NULL WHERE id = $1", one)
    assert await checked_in(theirs["sessions"][0], **asked) == (409, ["/record_number"])
    await scene.say(other, *(event for event in merged(one, other, screened_from=9) if event.patient_id == other))
    await scene.house.settle()
    assert await checked_in(theirs["sessions"][0], **asked) == (201, [])


async def test_what_nobody_asked_on_the_day_holds_the_dose_and_a_prescriber_answers_for_one_criterion(
    scene: Scene,
) -> None:
    appointment = await first(scene)
    session = await scene.seated(appointment)
    await scene.observe(session, **FULL)
    path = f"/v1/sessions/{session['session_id']}"
    refused = await scene.call(f"{path}/start", version=1)
    unknown = {error["params"]["question"] for error in refused.json()["errors"]}
    assert {error["params"]["state"] for error in refused.json()["errors"]} == {"UNKNOWN"}
    assert unknown == {*scene.day()} - {"pulse_oximeter"}

    async def told(**answers: Any) -> dict[str, Any]:
        answer = await scene.call(f"{path}/day-check", answers)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def override(criterion: str, version: int, by: str = "clinician") -> Any:
        body = {"criterion": criterion, "reason": "Toast five hours ago, a small slice."}
        return await scene.call(
            f"{path}/day-check/overrides", body, version=version, token=scene.house.tokens.staff(by)
        )

    late = {"at": (scene.now - timedelta(hours=5)).isoformat(), "meal": "LIGHT"}
    seen = await told(**scene.day(solids=late))
    assert (seen["version"], seen["passed"], await blockers(scene, appointment)) == (1, False, ["NPO_VIOLATION"])
    assert (await override("NPO_VIOLATION", 1, by="nurse")).status_code == 403
    assert (await override("NPO_VIOLATION", 0)).json()["code"] == "STALE_VERSION"
    assert codes(await override("INTOXICATED", 1)) == ["NOT_UNMET"]
    assert (await override("NPO_VIOLATION", 1)).json()["passed"] is True
    assert await blockers(scene, appointment) == []
    again = await told(solids={"at": scene.now.isoformat(), "meal": "HEAVY"})
    assert ([c["state"] for c in again["criteria"][:2]], again["version"]) == (["UNMET", "MET"], 3)
    worried = await told(solids=scene.day()["solids"], suicide_screen={"at": scene.now.isoformat(), "concern": True})
    assert await blockers(scene, appointment) == ["SUICIDE_CONCERN"]
    assert codes(await override("SUICIDE_CONCERN", worried["version"])) == ["NEVER_OVERRIDDEN"]
    await told(**scene.day())
    assert (await scene.call(f"{path}/start", version=1)).status_code == 200
    shown = (await scene.see(f"{path}/day-check")).json()
    assert [(o["criterion"], o["reason"]) for o in shown["overrides"]] == [
        ("NPO_VIOLATION", "Toast five hours ago, a small slice.")
    ]
    for table in ("day_record", "day_override"):
        text = str(await scene.house.rows("scheduling", f"SELECT to_jsonb(t)::text FROM {table} t"))
        assert [mark for mark in ("Toast", "NPO", "HEAVY", "solids") if mark in text] == []


async def test_who_comes_late_is_checked_in_all_the_same_and_dosed_only_if_a_prescriber_says_so(scene: Scene) -> None:
    """D.4: more than ten minutes. That the patient is here is a record; the dose is a permission."""
    appointment = await first(scene)
    await scene.go_to(appointment)
    await scene.wait(11)
    session = await scene.arrive(appointment)
    assert session["state"] == "CHECKED_IN"
    await scene.observe(session, **FULL)
    path = f"/v1/sessions/{session['session_id']}"
    refused = await scene.call(f"{path}/start", version=1)
    assert (refused.status_code, codes(refused)) == (409, ["ARRIVED_LATE"])
    body = {"criterion": "ARRIVED_LATE", "reason": "The next patient in this chair is at two."}
    nurse = scene.house.tokens.staff("nurse")
    assert (await scene.call(f"{path}/day-check/overrides", body, version=1, token=nurse)).status_code == 403
    assert (await scene.call(f"{path}/day-check/overrides", body, version=1)).status_code == 201
    assert (await scene.call(f"{path}/start", version=1)).status_code == 200


@pytest.mark.parametrize(
    ("answers", "pointer", "code"),
    [
        ({"clear_liquids_at": "2999-01-01T00:00:00Z"}, "/clear_liquids_at", "AFTER_IT_WAS_ASKED"),
        ({"pregnancy": {"tested_on": "2999-01-01"}}, "/pregnancy/tested_on", "AFTER_IT_WAS_ASKED"),
        ({"own": {"OWN_RIDE": True}}, "/own/OWN_RIDE", "NOT_ASKED_HERE"),
        ({}, "", "NOTHING_ANSWERED"),
        ({"solids": {"at": "2026-11-30T07:00:00", "meal": "LIGHT"}}, "/solids/at", "TIMEZONE_AWARE"),
    ],
)
async def test_answers_that_cannot_be_are_refused_and_nothing_is_kept(
    scene: Scene, answers: dict[str, Any], pointer: str, code: str
) -> None:
    session = await scene.seated(await first(scene))
    refused = await scene.call(f"/v1/sessions/{session['session_id']}/day-check", answers)
    shown = [(error["pointer"], error["code"]) for error in refused.json()["errors"]]
    assert (refused.status_code, shown) == (422, [(pointer, code)])
    assert await scene.house.rows("scheduling", "SELECT id FROM day_record") == []
