"""A session at the chair over HTTP: identity, readiness, dose, vitals, discharge."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.intake import ConsentRevoked, OrderRevoked, SafetyConcernRaised
from shared.events.parts import AlertDetail, ConcernDetail, DeliveredDose
from shared.events.scheduling import (
    SessionAborted,
    SessionCheckedIn,
    SessionCompleted,
    SessionStarted,
    VitalAlertRaised,
)
from shared.ids import new_id
from shared.sealing import Sealed
from tests.integration.scheduling.scene import AWAY, BORN, FULL, HOME, NAME, Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")
CALM = {"systolic": 126, "diastolic": 82, "heart_rate": 72}


@pytest.fixture
def check_in() -> dict[str, str]:
    return {"birth_date": BORN.isoformat(), "name": NAME}


async def first(scene: Scene, patient: UUID | None = None) -> dict[str, Any]:
    """The first appointment of a course."""
    found: dict[str, Any] = (await scene.book(patient or await scene.patient()))["sessions"][0]
    return found


async def blockers(scene: Scene, appointment: dict[str, Any]) -> list[str]:
    seen = (await scene.see(f"/v1/appointments/{appointment['appointment_id']}/readiness")).json()
    assert seen["ready"] == (not seen["blockers"])
    return [blocker["code"] for blocker in seen["blockers"]]


async def recovered(scene: Scene, session: dict[str, Any]) -> None:
    """Watch an infusion of 40 minutes to its end and an hour of recovery."""
    for _ in range(4):
        await scene.wait(10)
        await scene.observe(session, **CALM, cadss=8, moaas=4)
    await scene.step(session, "infusion-end", {"dose_mg": 34, "minutes": 40})
    for _ in range(4):
        await scene.wait(15)
        await scene.observe(session, **AWAY)


async def test_a_whole_session_from_the_door_to_discharge(scene: Scene) -> None:
    patient = await scene.patient()
    appointment = await first(scene, patient)
    session = await scene.started(appointment)
    assert session["order"]["dose_mg"] == 35
    assert [due["what"] for due in session["due"]] == ["PRESSURE_AND_PULSE", "PEAK_CADSS_AND_MOAAS"]
    await recovered(scene, session)

    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    refused = await scene.call(f"{path}/discharge", HOME | {"escort_present": False}, version=version)
    assert (refused.status_code, refused.json()["code"], codes(refused)) == (409, "DISCHARGE_REFUSED", ["NO_ESCORT"])
    done = await scene.step(session, "discharge", HOME)
    assert (done["state"], done["delivered"], done["due"]) == (
        "COMPLETED",
        {"dose_mg": 34, "minutes": 40, "devices": None},
        [],
    )

    seen = (await scene.see(f"/v1/appointments/{appointment['appointment_id']}")).json()
    assert seen["state"] == "COMPLETED"
    said = await scene.house.events("scheduling", SessionCheckedIn, SessionStarted, VitalAlertRaised, SessionCompleted)
    assert [type(event) for event in said] == [SessionCheckedIn, SessionStarted, SessionCompleted]
    assert (said[2].session_number, said[2].patient_id) == (1, patient)
    envelope = (await scene.house.envelopes("scheduling"))[-1]
    given: DeliveredDose = scene.house.opened("scheduling", envelope, "delivered")
    assert (given.dose_mg, given.minutes, given.protocol) == (34, 40, "IV_MOOD_6")
    assert given.infusion_ended_at - given.infusion_started_at >= timedelta(minutes=40)


async def test_readiness_names_everything_that_is_missing_until_nothing_is(scene: Scene) -> None:
    appointment = await first(scene)
    missing = ["NOT_CHECKED_IN", "ESCORT_MISSING", "PRESSURE_NOT_MEASURED", "BASELINE_MISSING"]
    assert await blockers(scene, appointment) == missing
    session = await scene.arrive(appointment)
    assert await blockers(scene, appointment) == missing[2:]
    refused = await scene.call(f"/v1/sessions/{session['session_id']}/start", version=1)
    assert (refused.status_code, refused.json()["code"], codes(refused)) == (409, "READINESS", missing[2:])
    await scene.observe(session, **FULL)
    assert await blockers(scene, appointment) == []
    await scene.wait(16)
    assert await blockers(scene, appointment) == ["BASELINE_MISSING"]


async def test_stop_facts_that_arrive_after_check_in_hold_the_dose(scene: Scene) -> None:
    patient = await scene.patient(cleared=False)
    screening, order, consent, concern = (new_id() for _ in range(4))
    await scene.say(
        patient, scene.screened(patient, screening), scene.reviewed(patient, screening, version=2),
        scene.ordered(patient, order), scene.consented(patient, consent),
    )  # fmt: skip
    await scene.house.settle()
    appointment = await first(scene, patient)
    session = await scene.arrive(appointment)
    await scene.observe(session, **FULL)
    await scene.say(
        patient,
        OrderRevoked(order_id=order, patient_id=patient, version=2, revoked_at=scene.now),
        ConsentRevoked(
            consent_id=consent, patient_id=patient, version=2, document="treatment", revoked_at=scene.now
        ),
        SafetyConcernRaised(
            concern_id=concern, patient_id=patient, version=1, raised_at=scene.now, acknowledge_by=scene.now,
            detail=Sealed.of(ConcernDetail(risk="HIGH", source="C_SSRS")),
        ),
    )  # fmt: skip
    await scene.house.settle()
    held = ["SAFETY_CONCERN_OPEN", "ORDER_MISSING", "CONSENT_MISSING"]
    assert await blockers(scene, appointment) == held
    refused = await scene.call(f"/v1/sessions/{session['session_id']}/start", version=1)
    assert (refused.status_code, codes(refused)) == (409, held)
    assert await scene.house.events("scheduling", SessionStarted) == []


async def test_high_pressure_holds_rechecks_and_cancels(scene: Scene) -> None:
    appointment = await first(scene)
    session = await scene.arrive(appointment)
    high = await scene.observe(session, **FULL | {"systolic": 148})
    assert [(a["rule_id"], a["level"]) for a in high["alerts"]] == [("AL-01", "HOLD")]
    assert await blockers(scene, appointment) == ["PRESSURE_HOLD"]
    await scene.wait(6)
    await scene.observe(session, **FULL)
    assert await blockers(scene, appointment) == []
    crisis = await scene.observe(session, **FULL | {"systolic": 184})
    assert [(a["rule_id"], a["level"]) for a in crisis["alerts"]] == [("AL-03", "CRITICAL")]
    assert await blockers(scene, appointment) == ["PRESSURE_CANCEL_SESSION"]
    path = f"/v1/appointments/{appointment['appointment_id']}"
    version = (await scene.see(path)).json()["version"]
    cancelled = await scene.call(f"{path}/cancel", {"reason": "CLINICAL_DECISION"}, version=version)
    assert (cancelled.json()["state"], cancelled.json()["late"]) == ("CANCELLED", False)
    assert (await scene.see(f"/v1/sessions/{session['session_id']}")).json()["state"] == "CANCELLED"


async def test_a_vital_out_of_range_raises_one_alert_per_finding(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(10)
    seen = await scene.observe(session, systolic=165, diastolic=95, heart_rate=80, spo2=88, signs=["NAUSEA"])
    assert [(a["rule_id"], a["level"]) for a in seen["alerts"]] == [
        ("AL-02", "WARN"), ("AL-04", "CRITICAL"), ("AL-11", "INFO")
    ]  # fmt: skip
    raised = await scene.house.events("scheduling", VitalAlertRaised)
    assert [str(event.alert_id) for event in raised] == [a["alert_id"] for a in seen["alerts"]]
    envelopes = [e for e in await scene.house.envelopes("scheduling") if e.type == VitalAlertRaised.type]
    detail: AlertDetail = scene.house.opened("scheduling", envelopes[0], "alert")
    assert (detail.rule_id, detail.level) == ("AL-02", "WARN")
    in_clear = {"alert_id", "session_id", "patient_id", "raised_at"}
    assert {name for e in envelopes for name in json.loads(e.body)} - in_clear == {"alert"}  # which is sealed


async def test_a_missed_vital_is_noticed_once_when_more_than_five_minutes_late(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(14.5)
    assert await scene.house.events("scheduling", VitalAlertRaised) == []
    await scene.wait(1)
    assert len(await scene.house.events("scheduling", VitalAlertRaised)) == 1
    await scene.wait(20)
    seen = (await scene.see(f"/v1/sessions/{session['session_id']}")).json()
    assert [(a["rule_id"], a["finding"]) for a in seen["alerts"]] == [("AL-09", "PRESSURE_AND_PULSE overdue")]
    await scene.wait(10)
    seen = (await scene.see(f"/v1/sessions/{session['session_id']}")).json()
    assert [a["finding"] for a in seen["alerts"]] == ["PRESSURE_AND_PULSE overdue", "PEAK_CADSS_AND_MOAAS overdue"]


async def test_vitals_in_time_keep_the_alarm_silent(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    for _ in range(3):
        await scene.wait(12)
        await scene.observe(session, **CALM, cadss=8, moaas=4)
    await scene.wait(12)
    assert await scene.house.events("scheduling", VitalAlertRaised) == []


async def test_discharge_names_every_criterion_that_is_unknown_or_unmet(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(40)
    await scene.step(session, "infusion-end", {"dose_mg": 35, "minutes": 40})
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    refused = await scene.call(f"{path}/discharge", {"gait_steady": False}, version=version)
    errors = {error["code"]: error["params"]["state"] for error in refused.json()["errors"]}
    assert errors == {
        "ALDRETE_BELOW_9": "UNKNOWN", "NOT_FULLY_AWAKE": "UNKNOWN", "PRESSURE_OFF_BASELINE": "UNKNOWN",
        "PRESSURE_HIGH": "UNKNOWN", "SPO2_LOW": "UNKNOWN", "DISSOCIATED": "UNKNOWN", "OBSERVATION_TOO_SHORT": "UNMET",
        "GAIT_UNSTEADY": "UNMET", "NAUSEA_UNCONTROLLED": "UNKNOWN", "IV_STILL_IN": "UNKNOWN", "NO_ESCORT": "UNKNOWN",
        "NO_WRITTEN_INSTRUCTIONS": "UNKNOWN", "SUICIDE_CONCERN": "UNKNOWN",
    }  # fmt: skip
    assert refused.json()["params"]["unmet"] == list(errors)
    assert await scene.house.events("scheduling", SessionCompleted) == []


async def test_a_measurement_of_an_hour_ago_does_not_describe_the_patient_at_the_door(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(40)
    await scene.step(session, "infusion-end", {"dose_mg": 35, "minutes": 40})
    await scene.observe(session, **AWAY)
    await scene.wait(61)
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    refused = await scene.call(f"{path}/discharge", HOME, version=version)
    assert "NOT_FULLY_AWAKE" in codes(refused)
    await scene.observe(session, **AWAY)
    assert (await scene.step(session, "discharge", HOME))["state"] == "COMPLETED"


async def test_an_open_safety_concern_keeps_the_patient_here(scene: Scene) -> None:
    patient = await scene.patient()
    session = await scene.started(await first(scene, patient))
    await recovered(scene, session)
    concern = SafetyConcernRaised(
        concern_id=new_id(), patient_id=patient, version=1, raised_at=scene.now, acknowledge_by=scene.now,
        detail=Sealed.of(ConcernDetail(risk="HIGH", source="STAFF")),
    )  # fmt: skip
    await scene.say(patient, concern)
    await scene.house.settle()
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    assert codes(await scene.call(f"{path}/discharge", HOME, version=version)) == ["SUICIDE_CONCERN"]


async def test_an_aborted_session_says_what_ran(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(12)
    path = f"/v1/sessions/{session['session_id']}"
    bare = await scene.call(f"{path}/abort", {"reason": "ADVERSE_EVENT"}, version=session["version"])
    assert (bare.status_code, [e["pointer"] for e in bare.json()["errors"]]) == (422, ["/dose_mg", "/minutes"])
    body = {"reason": "ADVERSE_EVENT", "dose_mg": 10, "minutes": 12}
    aborted = await scene.step(session, "abort", body)
    assert (aborted["state"], aborted["delivered"]) == ("ABORTED", {"dose_mg": 10, "minutes": 12, "devices": None})
    assert len(await scene.house.events("scheduling", SessionAborted)) == 1
    again = await scene.call(f"{path}/abort", body, version=aborted["version"])
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    late = await scene.observe(session, **CALM)
    assert late["due"] == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "Robin Quist"}, 409, "IDENTITY_MISMATCH"),
        ({"birth_date": "1984-02-28"}, 409, "IDENTITY_MISMATCH"),
        ({"record_number": "LK-999999"}, 409, "IDENTITY_MISMATCH"),
        ({"name": None}, 422, "INVALID_REQUEST"),
        ({"record_number": "LK-000123"}, 201, None),
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
