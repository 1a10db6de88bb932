"""A clinic that keeps its roster here: what nobody covers is not booked, and who is away shows whom it concerns."""

import asyncio
from datetime import time, timedelta
from typing import Any

import pytest

from shared.ids import new_id
from tests.integration.scheduling.rostering import ALL, clinic, covered, engaged, on_duty
from tests.integration.scheduling.scene import FULL, Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_what_nobody_covers_is_not_booked_and_says_who_is_missing_when(floor: Scene) -> None:
    wish = floor.wish(await floor.patient())
    proposed = (await floor.call("/v1/courses/proposals", wish)).json()
    assert proposed["bookable"] is False
    refused = await floor.call("/v1/courses", wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_COVERED")
    assert set(codes(refused)) == {"NO_PRESCRIBER", "NO_ACLS_AND_BLS", "TOO_FEW_NURSES", "TOO_MANY_STARTS"}
    assert {broken["code"] for broken in proposed["rules_broken"]} == set(codes(refused))
    missing = next(error["params"] for error in refused.json()["errors"] if error["code"] == "NO_PRESCRIBER")
    assert (missing["session"], missing["since"][11:16], missing["until"][11:16]) == (1, "09:00", "11:30")
    await covered(floor)
    assert len((await floor.book(await floor.patient()))["sessions"]) == 6


async def test_of_bookings_at_once_no_more_win_than_nurses_can_watch(floor: Scene) -> None:
    """One nurse: three are watched, but of infusions only one starts in a quarter of an hour."""
    await covered(floor)
    patients = await floor.patients(4)
    answers = await asyncio.gather(*(floor.heard("/v1/courses", floor.wish(patient)) for patient in patients))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    lost = [set(codes(answer)) for answer in answers if answer.status_code == 409]
    assert all({"TOO_MANY_STARTS"} <= found for found in lost)


async def test_a_held_session_takes_its_nurse_as_a_booked_one_does(floor: Scene) -> None:
    await covered(floor)
    first, second = await floor.patients(2)
    kept = (await floor.book(first))["sessions"][-1]["appointment_id"]
    other = (await floor.book(second, time="11:00"))["sessions"][-1]["appointment_id"]
    day = (floor.next_monday() + timedelta(days=11)).isoformat()
    assert (await floor.call("/v1/holds", {"appointment_id": kept, "day": day, "time": "14:00"})).status_code == 201
    wish = {"appointment_id": other, "first_day": day, "days": 1, "time": "14:00"}
    seen = (await floor.call("/v1/slots/find", wish)).json()
    words = "more infusions would start at once (2) than nurses are on duty (1) 14:30 to 14:45"
    assert [why["wording"] for why in seen["why_not"]] == [words]
    assert "14:00:00" not in [slot["starts"]["local_time"] for slot in seen["slots"]]
    shown = (await floor.see("/v1/cover", clinic_id=clinic(floor), location="main", day=day)).json()
    assert (shown["sessions"], shown["uncovered"]) == (2, [])


async def test_a_sick_prescriber_shows_every_session_that_lacks_one_and_moves_none(floor: Scene) -> None:
    _, prescriber = await covered(floor)
    sessions = (await floor.book(await floor.patient()))["sessions"]
    monday = floor.next_monday()
    body = {"staff_id": prescriber["staff_id"], "first_day": monday.isoformat(), "reason": "SICK"}
    away = await floor.call("/v1/absences", body)
    assert away.status_code == 201, away.text
    (uncovered,) = away.json()["uncovered"]
    assert uncovered["appointment_id"] == sessions[0]["appointment_id"]
    assert {lack["code"] for lack in uncovered["lacks"]} == {"NO_PRESCRIBER", "NO_ACLS_AND_BLS"}
    seen = (await floor.see("/v1/cover", clinic_id=clinic(floor), location="main", day=monday.isoformat())).json()
    assert (seen["rostered"], seen["sessions"], seen["uncovered"]) == (True, 1, [uncovered])
    listed = (await floor.see("/v1/absences", clinic_id=clinic(floor), day=monday.isoformat(), days=1)).json()["items"]
    assert [absence["absence_id"] for absence in listed] == [away.json()["absence_id"]]
    move = f"/v1/appointments/{sessions[0]['appointment_id']}/move"
    still = await floor.call(move, {"day": monday.isoformat(), "time": "08:30"}, version=1)
    assert (still.status_code, still.json()["code"]) == (409, "MOVE_REFUSED")
    assert "NO_PRESCRIBER" in codes(still)
    readiness = f"/v1/appointments/{sessions[0]['appointment_id']}/readiness"

    async def lacking() -> bool:
        blockers = (await floor.see(readiness)).json()["blockers"]
        return "PRESCRIBER_NOT_ON_SITE" in [blocker["code"] for blocker in blockers]

    assert await lacking() is True
    back = await floor.call(f"/v1/absences/{away.json()['absence_id']}/cancel", version=1)
    assert (back.json()["state"], back.json()["version"]) == ("CANCELLED", 2)
    assert await lacking() is False
    moved = await floor.call(move, {"day": monday.isoformat(), "time": "08:30"}, version=1)
    assert moved.status_code == 200, moved.text


async def test_a_sick_prescriber_s_sessions_are_offered_the_next_day_that_is_covered(floor: Scene) -> None:
    (_, prescriber), (first, second), monday = (
        await covered(floor, weeks=4),
        await floor.patients(2),
        floor.next_monday(1),
    )
    wish = {"pattern": ["mon", "thu"], "start_on": monday.isoformat()}
    booked = [await floor.book(first, **wish), await floor.book(second, time="11:00", **wish)]
    body = {"staff_id": prescriber["staff_id"], "first_day": monday.isoformat(), "reason": "SICK"}
    cause = {"cause": "ABSENCE", "cause_id": (await floor.call("/v1/absences", body)).json()["absence_id"]}
    seen = (await floor.call("/v1/replans/preview", cause)).json()
    changes = [change for proposal in seen["proposals"] for change in proposal["changes"]]
    tuesday = (monday + timedelta(days=1)).isoformat()
    assert [(c["how"], c["starts"]["local_date"], c["starts"]["local_time"]) for c in changes] == [
        ("MOVE", tuesday, "09:00:00"), ("MOVE", tuesday, "11:00:00")
    ]  # fmt: skip
    assert [c["appointment_id"] for c in changes] == [course["sessions"][0]["appointment_id"] for course in booked]
    made = await floor.call("/v1/replans", cause | {"digest": seen["digest"]})
    answers = [await floor.call(f"/v1/offers/{offer}/accept", version=1) for offer in made.json()["offers"]]
    assert [answer.status_code for answer in answers] == [200, 200]
    shown = (await floor.see("/v1/cover", clinic_id=clinic(floor), location="main", day=monday.isoformat())).json()
    assert (shown["sessions"], shown["uncovered"]) == (0, [])


async def test_a_prescriber_who_left_while_the_dose_ran_is_a_deviation(floor: Scene) -> None:
    _, prescriber = await covered(floor)
    session = await floor.started((await floor.book(await floor.patient()))["sessions"][0])
    await floor.wait(10)
    away = {"staff_id": prescriber["staff_id"], "first_day": floor.next_monday(-1).isoformat(), "reason": "SICK"}
    assert (await floor.call("/v1/absences", away | {"starts": "09:05", "ends": "09:09"})).status_code == 201
    ended = await floor.step(session, "infusion-end", {})
    (deviation,) = ended["deviations"]
    assert deviation["code"] == "PRESCRIBER_ABSENT"
    assert deviation["finding"].startswith("no prescriber on duty for 4 min")


async def test_an_expired_licence_and_somebody_who_left_cover_nothing(floor: Scene) -> None:
    nurse, _ = await covered(floor)
    path, wish = f"/v1/staff/{nurse['staff_id']}", floor.wish(await floor.patient())

    async def changed(version: int, **change: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {floor.staff}",
            "Idempotency-Key": str(new_id()),
            "If-Match": f'"{version}"',
        }
        return await floor.http.put(path, json={"name": "Marlow Quill", "credentials": ALL} | change, headers=headers)

    expired = await changed(1, credentials=ALL | {"LICENCE": "2020-01-01"})
    assert (expired.status_code, expired.json()["expired"]) == (200, ["LICENCE"])
    assert "TOO_FEW_NURSES" in codes(await floor.call("/v1/courses", wish))
    assert (await changed(1)).status_code == 412
    assert (await changed(2)).json()["expired"] == []
    assert (await floor.call("/v1/courses/proposals", wish)).json()["bookable"] is True
    assert (await changed(3, state="LEFT")).json()["state"] == "LEFT"
    assert "TOO_FEW_NURSES" in codes(await floor.call("/v1/courses", wish))
    refused = await on_duty(floor, nurse, floor.next_monday(weeks=3))
    assert (refused.status_code, codes(refused)) == (422, ["HAS_LEFT"])


async def test_who_needs_an_interpreter_is_booked_only_when_one_is_free_in_every_minute(floor: Scene) -> None:
    """One person interprets Spanish on the first Monday; whoever speaks English needs nobody."""
    await covered(floor)
    monday, (one, other, english) = floor.next_monday(), await floor.patients(3)
    for patient in (one, other):
        await floor.say(patient, floor.registered(patient, version=2, language="es", interpreter=True))
    await floor.house.settle()
    nurse = {"clinic_id": clinic(floor), "name": "Marlow Quill", "role": "NURSE", "interprets": ["es"]}
    refused = await floor.call("/v1/staff", nurse)
    assert (refused.status_code, codes(refused)) == (422, ["ONLY_ROLE_OTHER_INTERPRETS"])
    person = await engaged(floor, "OTHER", interprets=["es", "fr"])
    assert person["interprets"] == ["es", "fr"]
    shift = (await on_duty(floor, person, monday, "08:00", "12:00")).json()
    lacking = await floor.call("/v1/courses", floor.wish(one))
    assert {(e["code"], e["params"]["session"]) for e in lacking.json()["errors"]} == {
        ("NO_INTERPRETER", number) for number in range(2, 7)
    }  # fmt: skip
    visit = {"clinic_id": clinic(floor), "location": "main", "kind": "consultation", "day": monday.isoformat()}
    booked = await floor.call("/v1/appointments", visit | {"patient_id": str(one), "time": "10:00"})
    assert booked.status_code == 201, booked.text
    wish = {"visit": {name: visit[name] for name in ("clinic_id", "location", "kind")}}
    find = {"first_day": monday.isoformat(), "days": 1, "time": "11:30"}
    seen = (await floor.call("/v1/slots/find", find | {"visit": wish["visit"] | {"patient_id": str(other)}})).json()
    assert [why["code"] for why in seen["why_not"]] == ["NO_INTERPRETER"]
    assert seen["why_not"][0]["wording"].startswith("nobody who interprets for the patient is free 12:00 to ")
    free = [slot["starts"]["local_time"][:5] for slot in seen["slots"]]
    assert free == ["08:00", "08:15", "08:30", "08:45", "09:00", "11:00"]
    late = await floor.call("/v1/appointments", visit | {"patient_id": str(other), "time": "14:00"})
    assert (late.status_code, codes(late)) == (409, ["NO_INTERPRETER"])
    assert (await floor.call("/v1/courses/proposals", floor.wish(english))).json()["bookable"] is True
    gone = await floor.call(f"/v1/shifts/{shift['shift_id']}/cancel", version=1)
    assert gone.status_code == 200, gone.text
    shown = (await floor.see("/v1/cover", clinic_id=clinic(floor), location="main", day=monday.isoformat())).json()
    assert [(u["appointment_id"], [lack["code"] for lack in u["lacks"]]) for u in shown["uncovered"]] == [
        (booked.json()["appointment_id"], ["NO_INTERPRETER"])
    ]


async def test_nobody_is_in_two_places_at_once_and_a_cancelled_shift_covers_nothing(floor: Scene) -> None:
    nurse, day = await engaged(floor, "NURSE"), floor.next_monday()
    first = (await on_duty(floor, nurse, day, "08:00", "12:00")).json()
    overlap = await on_duty(floor, nurse, day, "11:45", "15:00")
    assert (overlap.status_code, codes(overlap)) == (422, ["OVERLAPS_ANOTHER_SHIFT"])
    night = (await on_duty(floor, nurse, day, "22:00", "06:00")).json()
    assert night["ends"]["local_date"] == (day + timedelta(days=1)).isoformat()
    cancelled = await floor.call(f"/v1/shifts/{first['shift_id']}/cancel", version=1)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "CANCELLED")
    assert (await on_duty(floor, nurse, day, "08:00", "12:00")).status_code == 201
    listed = (await floor.see("/v1/shifts", clinic_id=clinic(floor), day=day.isoformat(), days=1)).json()["items"]
    assert sorted(shift["state"] for shift in listed) == ["ACTIVE", "ACTIVE", "CANCELLED"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"first_day": "2026-12-05", "last_day": "2026-12-01"}, "/last_day", "BEFORE_THE_START"),
        ({"first_day": "2026-12-05", "starts": "12:00", "ends": "12:00"}, "/ends", "BEFORE_THE_START"),
        ({"first_day": "2026-12-05", "last_day": "2028-12-05"}, "/last_day", "TOO_LONG"),
        ({"first_day": "2027-03-14", "starts": "02:30", "ends": "09:00"}, "/starts", "CLOCK_SKIPS_TIME"),
    ],
)  # fmt: skip
async def test_an_absence_that_cannot_be_is_refused_by_field(
    floor: Scene, change: dict[str, str], pointer: str, code: str
) -> None:
    nurse = await engaged(floor, "NURSE")
    refused = await floor.call("/v1/absences", {"staff_id": nurse["staff_id"], "reason": "LEAVE"} | change)
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]


async def test_only_who_runs_the_clinic_changes_its_roster(floor: Scene) -> None:
    body = {"clinic_id": clinic(floor), "name": "Marlow Quill", "role": "NURSE", "credentials": ALL}
    token = floor.house.tokens.staff("nurse")
    assert (await floor.call("/v1/staff", body, token=token)).status_code == 403
    assert (await floor.see("/v1/staff", token=token, clinic_id=clinic(floor))).json()["items"] == []


async def test_a_monday_with_a_sick_prescriber_from_the_first_call_to_the_last_patient(floor: Scene) -> None:
    """One comes before anybody reached her, one accepts, one says no, one never answers; nobody is dosed alone."""
    (_, prescriber), monday = await covered(floor, weeks=4), floor.next_monday(1)
    wish, times = {"pattern": ["mon", "thu"], "start_on": monday.isoformat()}, ("08:30", "10:00", "11:30", "13:30")
    patients = await floor.patients(4)
    courses = [await floor.book(who, time=at, **wish) for who, at in zip(patients, times, strict=True)]
    mondays = [course["sessions"][0] for course in courses]
    await floor.house.clock.advance(floor.at(monday, time(7)) - floor.now)
    body = {"staff_id": prescriber["staff_id"], "first_day": monday.isoformat(), "reason": "SICK"}
    away = (await floor.call("/v1/absences", body)).json()
    assert [one["appointment_id"] for one in away["uncovered"]] == [one["appointment_id"] for one in mondays]
    cause = {"cause": "ABSENCE", "cause_id": away["absence_id"]}
    seen = (await floor.call("/v1/replans/preview", cause)).json()
    offers = (await floor.call("/v1/replans", cause | {"digest": seen["digest"]})).json()["offers"]
    assert await _called(floor) == [(at, "OPEN") for at in times]
    of = {offer["appointment_id"]: offer["offer_id"] for offer in [await _offer(floor, one) for one in offers]}
    _, yes, no, silent = [of[one["appointment_id"]] for one in mondays]

    session = await floor.seated(mondays[0])
    await floor.call(f"/v1/sessions/{session['session_id']}/day-check", floor.day())
    await floor.observe(session, **FULL)
    alone = await floor.call(f"/v1/sessions/{session['session_id']}/start", version=1)
    assert (alone.status_code, codes(alone)) == (409, ["PRESCRIBER_NOT_ON_SITE"])
    token = floor.house.tokens.patient(patients[1])
    assert (await floor.call(f"/v1/offers/{yes}/accept", version=1, token=token)).status_code == 200
    assert (await floor.call(f"/v1/offers/{no}/decline", version=1)).status_code == 200
    assert await _called(floor) == [("11:30", "DECLINED"), ("13:30", "OPEN")]

    substitute = await engaged(floor, "PRESCRIBER")
    assert (await on_duty(floor, substitute, monday, "09:00", "11:00")).status_code == 201
    await floor.wait(35)
    await floor.observe(session, **FULL)
    begun = await floor.call(f"/v1/sessions/{session['session_id']}/start", version=1)
    assert begun.status_code == 200, begun.text
    await floor.wait(4.5 * 60)
    late = await floor.call(f"/v1/offers/{silent}/accept", version=2)
    assert (late.status_code, late.json()["params"]) == (409, {"state": "EXPIRED"})
    assert await _called(floor) == []
    moved = (await floor.see(f"/v1/courses/{courses[1]['course_id']}")).json()
    tuesday = (monday + timedelta(days=1)).isoformat()
    assert (moved["state"], moved["sessions"][0]["starts"]["local_date"]) == ("ACTIVE", tuesday)


async def _called(scene: Scene) -> list[tuple[str, str]]:
    """The call list: when what cannot take place begins, and how far its offer is."""
    listed = (await scene.see("/v1/call-list", clinic_id=clinic(scene))).json()["items"]
    return [(offer["starts_was"]["local_time"][:5], offer["state"]) for offer in listed]


async def _offer(scene: Scene, offer_id: str) -> dict[str, Any]:
    return dict((await scene.see(f"/v1/offers/{offer_id}")).json())
