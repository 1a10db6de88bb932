"""A session at the chair over HTTP: identity, readiness, dose, vitals, discharge."""

import json
from datetime import timedelta
from typing import Any

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
from tests.integration.scheduling.scene import AWAY, FULL, HOME, Scene, codes
from tests.integration.scheduling.steps import CALM, blockers, first, recovered

pytestmark = pytest.mark.asyncio(loop_scope="package")


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
            consent_id=consent, patient_id=patient, version=2, document="IV_TREATMENT", revoked_at=scene.now
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
    in_clear = {"alert_id", "session_id", "patient_id", "raised_at", "live"}
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
    half = await scene.call(f"{path}/abort", {"reason": "ADVERSE_EVENT", "minutes": 12}, version=session["version"])
    assert (half.status_code, [e["pointer"] for e in half.json()["errors"]]) == (422, ["/dose_mg"])
    body = {"reason": "ADVERSE_EVENT", "dose_mg": 10, "minutes": 12}
    aborted = await scene.step(session, "abort", body)
    assert (aborted["state"], aborted["delivered"]) == ("ABORTED", {"dose_mg": 10, "minutes": 12, "devices": None})
    assert len(await scene.house.events("scheduling", SessionAborted)) == 1
    again = await scene.call(f"{path}/abort", body, version=aborted["version"])
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    late = await scene.observe(session, **CALM)
    assert late["due"] == []


@pytest.mark.parametrize("disposition", ["AGAINST_ADVICE", "LEFT_UNSEEN", "EMS", "DIED"])
async def test_what_really_happened_is_recorded_and_never_refused(scene: Scene, disposition: str) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(12)
    body = {"reason": "ADVERSE_EVENT", "disposition": disposition, "dose_mg": 10, "minutes": 12}
    ended = await scene.step(session, "abort", body)
    assert (ended["state"], ended["leaving"]) == ("ABORTED", {"disposition": disposition, "overridden": []})
    assert await scene.house.events("scheduling", SessionCompleted) == []


async def test_nobody_is_sent_home_by_calling_it_an_aborted_session(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    body = {"reason": "PATIENT_WISH", "disposition": "HOME", "dose_mg": 10, "minutes": 0}
    refused = await scene.call(f"/v1/sessions/{session['session_id']}/abort", body, version=session["version"])
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/disposition")


async def test_a_prescriber_answers_for_a_criterion_and_for_nothing_else(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await recovered(scene, session)
    path = f"/v1/sessions/{session['session_id']}"
    alone, version = HOME | {"escort_present": False}, (await scene.see(path)).json()["version"]

    async def asked(by: str, *criteria: str, **answers: Any) -> Any:
        overrides = [{"criterion": code, "reason": "Her brother waits in the car."} for code in criteria]
        body = alone | answers | {"overrides": overrides}
        return await scene.call(f"{path}/discharge", body, version=version, token=scene.house.tokens.staff(by))

    assert codes(await asked("clinician")) == ["NO_ESCORT"]
    assert (await asked("nurse", "NO_ESCORT")).status_code == 403
    assert codes(await asked("clinician", "IV_STILL_IN")) == ["NOT_UNMET"]
    assert codes(await asked("clinician", "NO_ESCORT", iv_out=None)) == ["IV_STILL_IN"]
    worried = await asked("clinician", "NO_ESCORT", "SUICIDE_CONCERN", new_suicide_concern=True)
    assert codes(worried) == ["NEVER_OVERRIDDEN"]
    left = (await asked("clinician", "NO_ESCORT")).json()
    (override,) = left["leaving"]["overridden"]
    assert (left["state"], left["leaving"]["disposition"]) == ("COMPLETED", "HOME")
    assert (override["criterion"], override["reason"]) == ("NO_ESCORT", "Her brother waits in the car.")
    assert len(await scene.house.events("scheduling", SessionCompleted)) == 1
