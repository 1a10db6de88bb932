"""The nasal spray over HTTP: what must be in order before, devices, observation, discharge, the form afterwards."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.calendar import local_date
from shared.events.parts import DeliveredDose
from shared.events.scheduling import (
    EnrolmentChanged,
    MaintenanceDue,
    MonitoringFormChanged,
    SessionAborted,
    SessionCompleted,
    SessionStarted,
)
from tests.integration.scheduling.scene import Scene, codes
from tests.integration.scheduling.spraying import (
    AFTER,
    BEFORE,
    authorise,
    book,
    cleared,
    device,
    enrol,
    leave,
    ordered,
    ready,
)
from tests.integration.scheduling.steps import blockers, jump

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_booking_asks_for_enrolment_and_authorisation(coast: Scene) -> None:
    patient = await cleared(coast)
    wish = coast.wish(patient, protocol="SPR_TRD_IND", pattern=["tue", "fri"], time="10:00")
    refused = await coast.call("/v1/courses", wish)
    assert (refused.status_code, codes(refused)) == (409, ["NOT_ENROLLED", "AUTHORISATION_MISSING"])
    await enrol(coast, patient, "PENDING")
    one = await authorise(coast, patient)
    assert codes(await coast.call("/v1/courses", wish)) == ["NOT_ENROLLED"]
    await enrol(coast, patient)
    assert (await coast.call("/v1/courses", wish)).status_code == 201
    await authorise(coast, patient, used=640, version=2, of=one)
    assert "AUTHORISATION_MISSING" in codes(await coast.call("/v1/courses", wish))
    changes = [e for e in await coast.house.events("scheduling", EnrolmentChanged) if e.patient_id == patient]
    assert [(e.version, e.state, e.programme) for e in changes] == [(1, "PENDING", "REMS"), (2, "ENROLLED", "REMS")]
    [shown] = (await coast.see(f"/v1/patients/{patient}/enrolments")).json()["items"]
    assert (shown["state"], shown["version"]) == ("ENROLLED", 2)


async def test_a_first_administration_from_the_first_device_to_the_form(coast: Scene) -> None:
    sessions = await book(coast, await ready(coast))
    assert {s["chair"] for s in sessions} <= {"bay-1", "bay-2"}
    assert (sessions[0]["starts"]["local_time"], sessions[0]["ends"]["local_time"]) == ("10:00:00", "12:45:00")
    session = await coast.arrive(sessions[0])
    path = f"/v1/sessions/{session['session_id']}"
    refused = await coast.call(f"{path}/start", version=1)
    assert refused.json()["code"] == "STARTS_WITH_A_DEVICE"
    assert codes(await device(coast, session)) == ["PRESSURE_NOT_MEASURED", "BASELINE_MISSING"]
    await coast.observe(session, **BEFORE)

    first = (await device(coast, session)).json()
    assert (first["state"], [d["number"] for d in first["devices"]]) == ("IN_PROGRESS", [1])
    assert [d["what"] for d in first["due"]] == ["PRESSURE"]
    soon = await device(coast, session)
    assert (soon.status_code, soon.json()["code"]) == (409, "DEVICE_TOO_SOON")
    await coast.wait(5)
    second = (await device(coast, session, "LOT-2")).json()
    assert (second["state"], [d["lot"] for d in second["devices"]]) == ("RECOVERY", ["LOT-1", "LOT-2"])
    assert (await device(coast, session)).json()["code"] == "CONFLICT"

    await coast.wait(35)
    await coast.observe(session, systolic=134, diastolic=86)
    await coast.wait(79)
    await coast.observe(session, **AFTER)
    assert codes(await leave(coast, session)) == ["OBSERVATION_TOO_SHORT"]
    await coast.wait(1)
    assert codes(await leave(coast, session, escort_present=False)) == ["NO_ESCORT"]
    await coast.wait(5)
    await coast.observe(session, moaas=4)
    assert codes(await leave(coast, session)) == ["NOT_FULLY_AWAKE"]
    await coast.observe(session, moaas=5)
    done = (await leave(coast, session)).json()
    assert done["delivered"] == {"dose_mg": 56, "minutes": 125, "devices": 2}

    completed = await coast.house.envelopes("scheduling")
    given: DeliveredDose = coast.house.opened("scheduling", completed[-1], "delivered")
    assert (completed[-1].type, given.devices, given.dose_mg, given.minutes) == (SessionCompleted.type, 2, 56, 125)
    assert len(await coast.house.events("scheduling", SessionStarted)) == 1
    await _form(coast, session, date.fromisoformat(sessions[0]["starts"]["local_date"]))


async def _form(scene: Scene, session: dict[str, Any], day: date) -> None:
    """The form is written out from the record; due on the seventh local day, of which somebody is reminded, and overdue
    on the eighth; it is sent when nothing is missing, leaves the list, and is corrected by a further version."""
    clinic = str(scene.house.clinic.clinic_id)

    async def mine() -> list[dict[str, Any]]:
        listed = (await scene.see("/v1/rems-forms", clinic_id=clinic)).json()["items"]
        return [form for form in listed if form["session_id"] == session["session_id"]]

    path = f"/v1/sessions/{session['session_id']}/rems-form"
    draft = (await scene.see(path)).json()
    values = {one["field"]: (one["value"], one["origin"]) for one in draft["fields"]}
    assert (values["DOSE_MG"], values["LOTS"]) == (("56", "DEVICES"), ("LOT-1, LOT-2", "DEVICES"))
    assert (values["PRESSURE_AT_40_MIN"], values["SEDATION"]) == (("134/86", "OBSERVATIONS"), ("YES", "OBSERVATIONS"))
    lacks = ["DISSOCIATION", "RESPIRATORY_DEPRESSION", "SERIOUS_ADVERSE_EVENT", "CONCOMITANT_MEDICINES"]
    refused = await scene.call(path)
    assert (refused.status_code, codes(refused), [one["field"] for one in draft["missing"]]) == (409, lacks, lacks)
    [form] = await mine()
    assert (form["due_on"], form["state"]) == ((day + timedelta(days=7)).isoformat(), "DUE")
    await scene.wait(7 * 24 * 60)
    assert [form["state"] for form in await mine()] == ["DUE"]
    await scene.wait(24 * 60)
    assert [form["state"] for form in await mine()] == ["OVERDUE"]
    (late,) = (await scene.see(f"/v1/sessions/{session['session_id']}")).json()["deviations"]
    assert late["finding"].endswith(f"was due on {form['due_on']} and is not sent")
    said = {"dissociation": True, "respiratory_depression": False, "serious_adverse_event": False, "concomitant": []}
    filled = (await scene.call(f"{path}/answers", said)).json()
    assert (filled["stage"], filled["missing"]) == ("READY", [])
    sent = await scene.call(path)
    assert (sent.json()["state"], await mine()) == ("SUBMITTED", [])
    assert (await scene.call(path)).json()["submitted_at"] == sent.json()["submitted_at"]
    told = await scene.house.events("scheduling", MonitoringFormChanged)
    assert [(one.version, one.state) for one in told] == [(1, "DUE"), (2, "LATE"), (3, "SENT")]
    await _corrected(scene, path)


async def _corrected(scene: Scene, path: str) -> None:
    first = (await scene.see(path)).json()
    assert (await scene.call(f"{path}/answers", {"sedation": False})).json()["code"] == "FORM_SENT"
    wish = {"reason": "SAE_LEARNED_LATER", "answers": {"serious_adverse_event": True}}
    stale = await scene.call(f"{path}/corrections", wish, version=first["version"] - 1)
    nothing = await scene.call(f"{path}/corrections", wish | {"answers": {}}, version=first["version"])
    assert (stale.status_code, nothing.json()["code"]) == (412, "NOTHING_CORRECTED")
    corrected = (await scene.call(f"{path}/corrections", wish, version=first["version"])).json()
    assert (corrected["stage"], corrected["versions"][0]) == ("CORRECTED", first["versions"][0])
    assert corrected["versions"][1]["content"]["reason"] == "SAE_LEARNED_LATER"


async def test_a_patient_who_stops_after_one_device_is_observed_like_any_other(coast: Scene) -> None:
    session = await coast.arrive((await book(coast, await ready(coast, 84)))[0])
    await coast.observe(session, **BEFORE)
    await device(coast, session)
    await coast.wait(6)
    path = f"/v1/sessions/{session['session_id']}/infusion-end"
    version = (await coast.see(f"/v1/sessions/{session['session_id']}")).json()["version"]
    wrong = await coast.call(path, {"dose_mg": 84, "minutes": 6}, version=version)
    assert codes(wrong) == ["NOT_WHAT_THE_DEVICES_HELD"]
    stopped = await coast.call(path, {"dose_mg": 28, "minutes": 6}, version=version)
    assert (stopped.json()["state"], stopped.json()["delivered"]["devices"]) == ("RECOVERY", 1)


async def test_an_aborted_spray_says_what_the_devices_gave_and_owes_a_form(coast: Scene) -> None:
    session = await coast.arrive((await book(coast, await ready(coast)))[0])
    await coast.observe(session, **BEFORE)
    await device(coast, session)
    await coast.wait(10)
    await coast.step(session, "abort", {"reason": "ADVERSE_EVENT"})
    envelope = next(e for e in (await coast.house.envelopes("scheduling"))[::-1] if e.type == SessionAborted.type)
    given: DeliveredDose = coast.house.opened("scheduling", envelope, "delivered")
    assert (given.dose_mg, given.devices, given.minutes) == (28, 1, 10)
    path = f"/v1/sessions/{session['session_id']}/rems-form"
    assert "PRESSURE_BEFORE_LEAVING" in codes(await coast.call(path))
    sent = (await coast.call(f"{path}/sent", {"way": "FAX"})).json()
    assert (sent["state"], sent["stage"], sent["versions"][0]["way"]) == ("SUBMITTED", "SUBMITTED", "FAX")
    assert "PRESSURE_BEFORE_LEAVING" in sent["versions"][0]["content"]["missing"]


async def test_an_infusion_takes_no_device_and_owes_no_form(scene: Scene) -> None:
    session = await scene.arrive((await scene.book(await scene.patient()))["sessions"][0])
    refused = await device(scene, session)
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_A_SPRAY")
    assert (await scene.call(f"/v1/sessions/{session['session_id']}/rems-form")).status_code == 404


async def test_nothing_about_a_spray_is_stored_in_clear(coast: Scene) -> None:
    session = await coast.arrive((await book(coast, await ready(coast)))[0])
    await coast.observe(session, **BEFORE)
    await device(coast, session, "MARKED-LOT")
    for table in ("device", "authorisation", "session", "rems_form", "rems_form_version"):
        text = str(await coast.house.rows("scheduling", f"SELECT to_jsonb(t)::text FROM {table} t"))
        assert [mark for mark in ("MARKED-LOT", "Payer", "SPR_TRD") if mark in text] == []


async def alarmed(scene: Scene, session: dict[str, Any], action: str) -> dict[str, Any]:
    body = {"clinic_id": session["clinic_id"], "location": "main", "kind": "FIRE_ALARM", "action": action}
    answer = await scene.call("/v1/floor-events", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["roll_call"][0])


async def test_a_fire_alarm_keeps_the_next_device_back_and_shortens_no_observation(coast: Scene) -> None:
    """Over the window of 35 to 45 minutes: what was due in it is due when the chair is settled, and raises nothing
    before; the 120 minutes count from the first device all the same (C.3, C.5)."""
    session = await coast.arrive((await book(coast, await ready(coast, 84)))[0])
    await coast.observe(session, **BEFORE)
    started = datetime.fromisoformat((await device(coast, session)).json()["started_at"])
    await coast.wait(6)
    line = await alarmed(coast, session, "PAUSE")
    assert (line["phase"], line["state"], line["given_mg"]) == ("IN_PROGRESS", "IN_PROGRESS", "28")
    kept_back = await device(coast, session)
    assert (kept_back.status_code, kept_back.json()["params"]) == (409, {"state": "SUSPENDED"})
    await coast.wait(45)
    seen = (await coast.see(f"/v1/sessions/{session['session_id']}")).json()
    assert (seen["due"], seen["alerts"]) == ([], [])
    on = await coast.step(session, "settle", {"outcome": "RESUMED"})
    (due,) = on["due"]
    after = datetime.fromisoformat(due["due_at"]) - started
    assert (on["state"], due["what"], timedelta(minutes=51) <= after < timedelta(minutes=53)) == (
        "IN_PROGRESS", "PRESSURE", True
    )  # fmt: skip
    looked = await coast.observe(session, systolic=134, diastolic=86)
    assert [datetime.fromisoformat(one["due_at"]) - started for one in looked["due"]] == [timedelta(minutes=120)]
    assert (await device(coast, session)).json()["state"] == "IN_PROGRESS"
    await coast.wait(5)
    assert (await device(coast, session)).json()["state"] == "RECOVERY"
    await coast.wait(119 - (coast.now - started) / timedelta(minutes=1))
    await coast.observe(session, **AFTER)
    assert codes(await leave(coast, session)) == ["OBSERVATION_TOO_SHORT"]
    await coast.wait(1)
    done = (await leave(coast, session)).json()
    assert (done["delivered"]["devices"], done["delivered"]["dose_mg"]) == (3, 84)


async def test_a_stopped_floor_ends_a_spray_and_what_paper_says_of_it_later_is_recorded(coast: Scene) -> None:
    session = await coast.arrive((await book(coast, await ready(coast)))[0])
    await coast.observe(session, **BEFORE)
    await device(coast, session)
    await coast.wait(3)
    assert (await alarmed(coast, session, "STOP"))["state"] == "RECOVERY"
    await coast.wait(20)
    on = await coast.step(session, "settle", {"outcome": "RESUMED"})
    assert on["state"] == "RECOVERY"
    assert (await device(coast, session)).json()["params"] == {"state": "RECOVERY"}
    for _ in range(2):
        told = await coast.step(session, "devices", {"lot": "LOT-3", "source": "paper"})
    assert [one["code"] for one in told["deviations"]] == ["DEVICE_TOO_SOON", "DOSE_ABOVE_ORDER"]
    ended = await coast.step(session, "abort", {"reason": "FLOOR_EVENT", "disposition": "EMS"})
    assert (ended["state"], ended["delivered"]["devices"], ended["delivered"]["dose_mg"]) == ("ABORTED", 3, 84)


def over_christmas(today: date) -> tuple[date, tuple[str, str], date]:
    """The Monday from which an induction reaches the next Christmas in its fourth week, on which days it is, and that
    Christmas: one that falls on such a day."""
    twice = {0: ("mon", "thu"), 1: ("tue", "fri"), 3: ("mon", "thu"), 4: ("tue", "fri")}
    days = (date(today.year + n, 12, 25) for n in range(8))
    found = ((day - timedelta(days=21 + day.weekday()), day) for day in days if day.weekday() in twice)
    return next((start, twice[day.weekday()], day) for start, day in found if start > today + timedelta(days=3))


async def sprayed(scene: Scene, appointment: dict[str, Any]) -> dict[str, Any]:
    """A whole session, from the door to discharge."""
    session = await scene.arrive(appointment)
    await scene.observe(session, **BEFORE)
    await device(scene, session)
    await jump(scene, 5)
    await device(scene, session)
    await jump(scene, 35)
    await scene.observe(session, systolic=134, diastolic=86)
    await jump(scene, 80)
    await scene.observe(session, **AFTER)
    return dict((await leave(scene, session)).json())


async def test_an_induction_over_christmas_and_the_weekly_phase_that_waits_for_a_decision(coast: Scene) -> None:
    monday, pattern, christmas = over_christmas(local_date(coast.now, coast.zone))
    await coast.house.clock.advance(coast.at(monday - timedelta(days=2), time(9)) - coast.now)
    shut = {"clinic_id": str(coast.house.clinic.clinic_id), "first_day": christmas.isoformat(), "reason": "HOLIDAY"}
    assert (await coast.call("/v1/closures", shut)).status_code == 201
    patient = await ready(coast)
    wish = {"start_on": monday.isoformat(), "pattern": list(pattern)}
    proposed = await coast.call("/v1/courses/proposals", coast.wish(patient, protocol="SPR_TRD_IND", **wish))
    moved = [one for one in proposed.json()["sessions"] if one["why"][0]["code"] == "MOVED"]
    assert [christmas.isoformat() in one["why"][0]["wording"] for one in moved] == [True]
    sessions = await book(coast, patient, **wish)
    starts = [datetime.fromisoformat(one["starts"]["utc"]) for one in sessions]
    days = [date.fromisoformat(one["starts"]["local_date"]) for one in sessions]
    assert (len(days), christmas in days, {one["starts"]["local_time"] for one in sessions}) == (8, False, {"10:00:00"})
    assert min(abs(day - christmas) for day in days) == timedelta(days=1)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert min(gaps) >= timedelta(hours=48)
    assert max(gaps) <= timedelta(days=7)

    for appointment in sessions[:-1]:
        assert (await sprayed(coast, appointment))["state"] == "COMPLETED"
    await coast.say(patient, ordered(coast, patient, 56, "SPR_TRD_M1"))
    await coast.house.settle()
    assert (await sprayed(coast, sessions[-1]))["state"] == "COMPLETED"
    (due,) = await coast.house.events("scheduling", MaintenanceDue)
    assert due.due_on == days[-1] + timedelta(days=4)
    weekly = await book(coast, patient, protocol="SPR_TRD_M1", pattern=["wed"], start_on=due.due_on.isoformat())
    assert "PHASE_NOT_EVALUATED" in await blockers(coast, weekly[0])
    await coast.say(patient, ordered(coast, patient, 56, "SPR_TRD_M1"))
    await coast.house.settle()
    assert "PHASE_NOT_EVALUATED" not in await blockers(coast, weekly[0])
