"""The record of a session over HTTP: entries from paper, moved entries, a signature and addenda, deviations."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.events.prescribing import StandingOrderContent
from shared.events.scheduling import DeviationRecorded, VitalAlertEased, VitalAlertRaised, VitalAlertWithdrawn
from shared.ids import new_id
from tests.integration.scheduling.scene import AWAY, HOME, IDENTIFIERS, Scene, codes
from tests.integration.scheduling.steps import CALM, first
from tests.support.house import larkspur

pytestmark = pytest.mark.asyncio(loop_scope="package")
ANTIEMETIC = StandingOrderContent(
    id="ondansetron", kind="PRN", drug="ondansetron", dose=Decimal(4), unit="mg", route="IV", indication="nausea",
    max_per_session=2, max_per_24h=2, min_interval_minutes=30,
)  # fmt: skip


async def record(scene: Scene, session: dict[str, Any]) -> dict[str, Any]:
    return dict((await scene.see(f"/v1/sessions/{session['session_id']}/record")).json())


async def move(scene: Scene, one: dict[str, Any], entry: str, other: dict[str, Any]) -> Any:
    path = f"/v1/sessions/{one['session_id']}/entries/{entry}/move"
    return await scene.call(path, {"to_session_id": other["session_id"], "reason": "WRONG_PATIENT"})


async def waiting(scene: Scene, session: dict[str, Any]) -> list[tuple[str, str]]:
    """Alerts that nobody has acknowledged: whose, and what."""
    found = (await scene.see("/v1/alerts", clinic_id=session["clinic_id"])).json()["items"]
    return [(one["session_id"], one["finding"]) for one in found]


async def test_an_observation_of_the_wrong_patient_is_moved_and_both_are_judged_anew(scene: Scene) -> None:
    booked = [await first(scene) for _ in range(2)]
    one, other = [await scene.started(appointment) for appointment in booked]
    await scene.wait(8)
    own = await scene.observe(one, spo2=93)
    wrong = await scene.observe(one, spo2=88, respiratory_rate=7)
    assert {(a["finding"], a["level"]) for a in wrong["alerts"]} == {
        ("SpO2 88 %", "CRITICAL"), ("respiratory rate 7/min", "CRITICAL")
    }  # fmt: skip
    entry = wrong["observation_id"]
    assert codes(await move(scene, one, entry, one)) == ["SAME_SESSION"]
    moved = await move(scene, one, entry, other)
    assert moved.status_code == 200, moved.text
    shown = {seen["observation_id"]: seen["moved"] for seen in moved.json()["observations"]}
    assert shown[own["observation_id"]] is None
    assert (shown[entry]["to_session_id"], shown[entry]["reason"]) == (other["session_id"], "WRONG_PATIENT")
    mine, theirs = one["session_id"], other["session_id"]
    assert set(await waiting(scene, one)) == {
        (mine, "SpO2 93 %"), (theirs, "SpO2 88 %"), (theirs, "respiratory rate 7/min")
    }  # fmt: skip
    there = (await scene.see(f"/v1/sessions/{theirs}/observations")).json()["items"]
    assert there[-1]["vitals"]["respiratory_rate"] == 7
    withdrawn = await scene.house.events("scheduling", VitalAlertWithdrawn)
    assert [(str(event.session_id), event.standing) for event in withdrawn] == [(mine, 1)]
    (eased,) = [one for one in await scene.house.envelopes("scheduling") if one.type == VitalAlertEased.type]
    assert scene.house.opened("scheduling", eased, "alert").finding == "SpO2 93 %"
    raised = await scene.house.events("scheduling", VitalAlertRaised)
    assert [str(event.session_id) for event in raised].count(theirs) == 2
    again = await move(scene, one, entry, other)
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")


async def test_a_pause_of_the_wrong_patient_is_moved_and_both_infusions_follow(scene: Scene) -> None:
    booked = [await first(scene) for _ in range(2)]
    one, other = [await scene.started(appointment) for appointment in booked]
    await scene.wait(10)
    await scene.step(one, "pause", {"reason": "NAUSEA"})
    await scene.wait(10)
    (pause,) = [entry for entry in (await record(scene, one))["entries"] if entry["kind"] == "PAUSED"]
    assert (await move(scene, one, pause["entry_id"], other)).status_code == 200
    seen = [(await scene.see(f"/v1/sessions/{s['session_id']}")).json()["infusion"] for s in (one, other)]
    assert [one["paused_since"] is None for one in seen] == [True, False]
    runs, stands = (float(one["given_mg"]) for one in seen)
    assert 17.5 <= runs < 18.9
    assert 8.7 < stands < 9.7
    nothing = await move(scene, one, one["session_id"], other)
    assert nothing.status_code == 404


async def test_what_paper_says_is_recorded_whatever_stood_in_its_way(scene: Scene) -> None:
    session = await scene.arrive(await first(scene))
    await scene.wait(30)
    began = (scene.now - timedelta(minutes=29)).isoformat()
    path = f"/v1/sessions/{session['session_id']}"
    refused = await scene.call(f"{path}/start", {"started_at": began}, version=1)
    assert (refused.status_code, codes(refused)) == (422, ["TOO_EARLY"])
    started = await scene.step(session, "start", {"started_at": began, "source": "paper"})
    (deviation,) = started["deviations"]
    assert deviation["code"] == "STARTED_AGAINST_RULE"
    assert deviation["finding"] == "PRESSURE_NOT_MEASURED, BASELINE_MISSING"
    await scene.wait(1)
    assert (await scene.see(path)).json()["alerts"] == []
    await scene.step(session, "infusion-end", {"source": "paper", "dose_mg": 26, "minutes": 30})
    entries = (await record(scene, session))["entries"]
    assert [entry["kind"] for entry in entries] == ["CHECKED_IN", "STARTED", "INFUSION_ENDED"]
    assert [entry["source"] for entry in entries] == ["staff", "paper", "paper"]
    assert entries[1]["occurred_at"] < entries[1]["recorded_at"]


async def test_a_check_in_from_paper_is_recorded_after_its_day_and_starts_no_dose_then(scene: Scene) -> None:
    appointment = await first(scene)
    await scene.go_to(appointment)
    path, came = f"/v1/appointments/{appointment['appointment_id']}/check-in", scene.now
    told = IDENTIFIERS | {"occurred_at": came.isoformat()}
    await scene.wait(24 * 60)
    late = await scene.call(path, told, version=1)
    assert (late.status_code, late.json()["code"]) == (409, "NOT_TODAY"), "only paper is written down on another day"
    other_day = await scene.call(path, IDENTIFIERS | {"source": "paper"}, version=1)
    assert (other_day.status_code, other_day.json()["code"]) == (409, "NOT_TODAY"), "nobody was here on that day"
    to_come = {"occurred_at": (scene.now + timedelta(minutes=1)).isoformat(), "source": "paper"}
    assert codes(await scene.call(path, IDENTIFIERS | to_come, version=1)) == ["IN_THE_FUTURE"]
    here = await scene.call(path, told | {"source": "paper"}, version=1)
    assert here.status_code == 201, here.text
    (entry,) = (await record(scene, here.json()))["entries"]
    assert (entry["kind"], entry["source"]) == ("CHECKED_IN", "paper")
    assert entry["occurred_at"] == here.json()["checked_in_at"] < entry["recorded_at"]
    start = await scene.call(f"/v1/sessions/{here.json()['session_id']}/start", {}, version=1)
    assert (start.status_code, start.json()["code"]) == (409, "NOT_TODAY"), "whoever came yesterday is not here"


async def test_a_signed_record_is_amended_by_addenda_only_and_shows_any_change(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    path = f"/v1/sessions/{session['session_id']}"
    early = await scene.call(f"{path}/sign", version=session["version"])
    assert (early.status_code, early.json()["code"]) == (409, "SESSION_NOT_OVER")
    await scene.wait(10)
    look = await scene.observe(session, **CALM)
    over = await scene.step(session, "abort", {"reason": "EQUIPMENT"})
    assert over["delivered"]["dose_mg"] in (9, 10)
    assert over["delivered"]["minutes"] == 10
    signed = await scene.step(session, "sign")
    assert signed["signature"]["holds"] is True
    locked = await scene.call(f"{path}/observations", CALM)
    assert (locked.status_code, locked.json()["code"]) == (409, "RECORD_LOCKED")
    twice = await scene.call(f"{path}/sign", version=over["version"])
    assert (twice.status_code, twice.json()["code"]) == (409, "RECORD_LOCKED")
    note = await scene.call(f"{path}/addenda", {"text": "The pump stopped by itself.", "source": "paper"})
    assert note.status_code == 201
    assert note.json()["entries"][-1]["text"] == "The pump stopped by itself."
    assert note.json()["signature"] == signed["signature"]
    await scene.run("UPDATE observation SET source = 'paper' WHERE id = $1", look["observation_id"])
    assert (await record(scene, session))["signature"]["holds"] is False


async def test_rules_that_were_broken_are_told_and_looked_into(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    told = {"code": "PRESCRIBER_ABSENT", "note": "Called away for ten minutes."}
    answer = await scene.call(f"/v1/sessions/{session['session_id']}/deviations", told)
    assert [one["finding"] for one in answer.json()["deviations"]] == ["Called away for ten minutes."]
    await scene.wait(40)
    await scene.step(session, "infusion-end", {})
    await scene.wait(150)
    await scene.observe(session, **AWAY)
    left = await scene.step(session, "discharge", HOME)
    assert [one["code"] for one in left["deviations"]] == ["PRESCRIBER_ABSENT", "LATE_DISCHARGE"]
    assert len(await scene.house.events("scheduling", DeviationRecorded)) == 2


async def medicated(scene: Scene, session: dict[str, Any], **told: Any) -> tuple[int, list[str]]:
    answer = await scene.call(f"/v1/sessions/{session['session_id']}/medicines", told)
    return answer.status_code, codes(answer) if answer.status_code >= 400 else []


async def test_a_medicine_is_given_within_its_order_and_what_was_given_beyond_it_is_a_deviation(scene: Scene) -> None:
    patients = await scene.patients(2)
    for patient in patients:
        signed = scene.ordered(patient, new_id(), standing=(ANTIEMETIC,))
        await scene.say(patient, signed)
    await scene.house.settle()
    booked = [await first(scene, patient) for patient in patients]
    one, other = [await scene.started(appointment) for appointment in booked]
    await scene.wait(5)
    assert await medicated(scene, one, order="labetalol") == (409, ["NOT_ORDERED"])
    assert await medicated(scene, one) == (422, ["ONE_MEDICINE"])
    assert await medicated(scene, one, order="ondansetron") == (201, [])
    assert await medicated(scene, one, order="ondansetron") == (409, ["TOO_SOON"])
    told = {"drug": "diazepam", "dose": "5", "unit": "mg", "route": "IV"}
    assert await medicated(scene, one, given=told) == (409, ["NOT_ORDERED"])
    assert await medicated(scene, one, given=told, happened=True) == (201, [])
    assert await medicated(scene, one, order="ondansetron", source="paper") == (201, [])
    shown = await record(scene, one)
    given = [entry for entry in shown["entries"] if entry["kind"] == "MEDICINE_GIVEN"]
    assert [(entry["medicine"]["drug"], entry["medicine"]["dose"], entry["source"]) for entry in given] == [
        ("ondansetron", "4", "staff"), ("diazepam", "5", "staff"), ("ondansetron", "4", "paper")
    ]  # fmt: skip
    assert [deviation["finding"] for deviation in shown["deviations"]] == [
        "diazepam 5 mg IV given: NOT_ORDERED", "ondansetron 4 mg IV given: TOO_SOON"
    ]  # fmt: skip
    assert (await move(scene, one, given[0]["entry_id"], other)).status_code == 200
    assert await medicated(scene, other, order="ondansetron") == (409, ["TOO_SOON"])
    await scene.wait(31)
    assert await medicated(scene, one, order="ondansetron") == (201, [])
    assert "diazepam" not in str(await scene.house.rows("scheduling", "SELECT to_jsonb(e)::text FROM session_entry e"))


async def test_a_monitor_s_readings_are_kept_once_in_whatever_order_and_alarm_only_where_the_file_says_so(
    scene: Scene,
) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(10)
    path, now = f"/v1/sessions/{session['session_id']}/monitor-readings", scene.now

    def batch(*readings: tuple[float, int], device: str = "MON-1") -> dict[str, Any]:
        taken = [(now - timedelta(minutes=ago), spo2) for ago, spo2 in readings]
        return {"device_id": device, "readings": [{"taken_at": at.isoformat(), "spo2": spo2} for at, spo2 in taken]}

    counts = [
        (await scene.call(path, batch(*readings))).json()
        for readings in (((1, 97), (3, 88)), ((3, 88), (2, 96), (2, 96)), ((1, 97),))
    ]
    assert [(one["stored"], one["known"], one["alerts"]) for one in counts] == [(2, 0, 0), (1, 2, 0), (0, 1, 0)]
    assert (await scene.call(path, batch((1, 97), device="MON-2"))).json()["stored"] == 1
    shown = (await scene.see(path)).json()["items"]
    assert [one["vitals"]["spo2"] for one in shown] == [88, 96, 97, 97]
    ahead = await scene.call(path, batch((1, 97), (-5, 97)))
    assert [(e["pointer"], e["code"]) for e in ahead.json()["errors"]] == [("/readings/1/taken_at", "IN_THE_FUTURE")]
    seen = (await scene.see(f"/v1/sessions/{session['session_id']}")).json()
    assert (seen["alerts"], next(due["what"] for due in seen["due"])) == ([], "PRESSURE_AND_PULSE")
    text = str(await scene.house.rows("scheduling", "SELECT to_jsonb(m)::text FROM monitor_reading m"))
    assert "spo2" not in text
    alarming = larkspur().session.model_copy(update={"monitor_alerts": True})
    await scene.house.apply("scheduling", larkspur().model_copy(update={"session": alarming}))
    assert (await scene.call(path, batch((0, 88)))).json() == {"stored": 1, "known": 0, "alerts": 0}, "keeps its file"
    await scene.step(session, "abort", {"reason": "CLINICAL_DECISION"})
    session = await scene.started(await first(scene))
    path, now = f"/v1/sessions/{session['session_id']}/monitor-readings", scene.now
    assert (await scene.call(path, batch((0, 88)))).json() == {"stored": 1, "known": 0, "alerts": 1}
    assert [finding for _, finding in await waiting(scene, session)] == ["SpO2 88 %"]
    await scene.house.apply("scheduling", larkspur())
