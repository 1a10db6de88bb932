"""Slots that are found, held and confirmed over HTTP: nobody else gets what is held, and nothing is held for ever."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from shared.events.intake import SafetyConcernRaised
from shared.events.parts import ConcernDetail
from shared.events.scheduling import AppointmentBooked, AppointmentMoved
from shared.ids import new_id
from shared.sealing import Sealed
from tests.integration.scheduling.scene import Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")


def consultation(scene: Scene, patient: UUID) -> dict[str, Any]:
    clinic_id = str(scene.house.clinic.clinic_id)
    return {"visit": {"patient_id": str(patient), "clinic_id": clinic_id, "location": "main", "kind": "consultation"}}


async def held(scene: Scene, body: dict[str, Any], at: str, day: int = 0, **further: Any) -> httpx.Response:
    """Hold a time of next Monday, or of some days later; whoever waits too long for the location asks again."""
    wanted = body | {"day": (scene.next_monday() + timedelta(days=day)).isoformat(), "time": at}
    return await scene.heard("/v1/holds", wanted, **further)


async def found(scene: Scene, body: dict[str, Any], at: str | None = None, **further: Any) -> dict[str, Any]:
    wanted = body | {"first_day": scene.next_monday().isoformat(), "days": 1, "time": at}
    answer = await scene.call("/v1/slots/find", wanted, **further)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def starts(answer: dict[str, Any]) -> list[str]:
    return [slot["starts"]["local_time"][:5] for slot in answer["slots"]]


async def test_what_one_patient_holds_nobody_else_finds_holds_or_books(scene: Scene) -> None:
    one, other = await scene.patients(2)
    answer = await held(scene, consultation(scene, one), "09:00")
    hold = answer.json()
    assert (answer.status_code, hold["state"], hold["kind"], hold["starts"]["local_time"]) == (
        201, "HELD", "consultation", "09:00:00"
    )  # fmt: skip
    seen = await found(scene, consultation(scene, other), "09:15")
    assert [(why["code"], why["wording"]) for why in seen["why_not"]] == [("NO_CHAIR_FREE", "every chair is taken")]
    assert {"08:15", "09:00", "09:45"}.isdisjoint(starts(seen))
    assert {"08:00", "10:00"} <= {*starts(seen)}
    refused = await held(scene, consultation(scene, other), "09:15")
    assert (refused.status_code, codes(refused)) == (409, ["NO_CHAIR_FREE"])
    booking = consultation(scene, other)["visit"] | {"day": scene.next_monday().isoformat(), "time": "09:30"}
    booked = await scene.call("/v1/appointments", booking)
    assert (booked.status_code, codes(booked)) == (409, ["DESK_TAKEN"])
    copy = (
        "INSERT INTO slot_hold SELECT (jsonb_populate_record(h, jsonb_build_object('id', $1::uuid))).* FROM slot_hold h"
    )
    with pytest.raises(asyncpg.ExclusionViolationError):
        await scene.run(copy, new_id())


async def test_a_hold_ends_by_itself_and_is_over_then(scene: Scene) -> None:
    one, other = await scene.patients(2)
    hold = (await held(scene, consultation(scene, one), "09:00")).json()
    await scene.wait(scene.house.clinic.booking.hold_minutes)
    assert (await scene.see(f"/v1/holds/{hold['hold_id']}")).json()["state"] == "EXPIRED"
    late = await scene.call(f"/v1/holds/{hold['hold_id']}/confirm", version=2)
    assert (late.status_code, late.json()["code"], late.json()["params"]) == (409, "HOLD_OVER", {"state": "EXPIRED"})
    assert (await held(scene, consultation(scene, other), "09:00")).status_code == 201


async def test_a_hold_whose_timer_is_late_keeps_nobody_out(scene: Scene) -> None:
    one, other = await scene.patients(2)
    hold = (await held(scene, consultation(scene, one), "09:00")).json()
    await scene.run("UPDATE slot_hold SET held_until = held_at")
    assert "09:00" in starts(await found(scene, consultation(scene, other)))
    late = await scene.call(f"/v1/holds/{hold['hold_id']}/confirm", version=1)
    assert (late.status_code, late.json()["code"]) == (412, "STALE_VERSION")
    assert (await held(scene, consultation(scene, other), "09:00")).status_code == 201


async def test_a_patient_confirms_what_it_holds_once_and_another_hold_ends_the_earlier_one(scene: Scene) -> None:
    patient, stranger = await scene.patients(2)
    mine, theirs = (scene.house.tokens.patient(one) for one in (patient, stranger))
    first = (await held(scene, consultation(scene, patient), "09:00", token=mine)).json()
    second = (await held(scene, consultation(scene, patient), "09:30", token=mine)).json()
    assert (await scene.see(f"/v1/holds/{first['hold_id']}", token=mine)).json()["state"] == "RELEASED"
    path = f"/v1/holds/{second['hold_id']}"
    assert (await scene.see(path, token=theirs)).status_code == 404
    assert (await scene.call(f"{path}/confirm", version=1, token=theirs)).status_code == 404
    booked = await scene.call(f"{path}/confirm", version=1, token=mine)
    assert (booked.status_code, booked.json()["kind"], booked.json()["starts"]) == (
        200,
        "consultation",
        second["starts"],
    )
    again = await scene.call(f"{path}/release", version=2, token=mine)
    assert (again.status_code, again.json()["params"]) == (409, {"state": "BOOKED"})
    assert [one.kind for one in await scene.house.events("scheduling", AppointmentBooked)] == ["consultation"]


async def test_a_session_moves_to_what_was_held_and_another_is_added_where_one_was(scene: Scene) -> None:
    course = await scene.book(await scene.patient(), pattern=["mon", "thu"])
    first, last = course["sessions"][0], course["sessions"][-1]
    move = {"appointment_id": first["appointment_id"]}
    assert [why["code"] for why in (await found(scene, move, "16:00"))["why_not"]] == ["OUTSIDE_HOURS"]
    hold = (await held(scene, move, "13:00")).json()
    assert (hold["appointment_id"], hold["course_id"]) == (first["appointment_id"], course["course_id"])
    moved = (await scene.call(f"/v1/holds/{hold['hold_id']}/confirm", version=1)).json()
    assert (moved["starts"]["local_time"], moved["version"], moved["chair"]) == ("13:00:00", 2, first["chair"])
    assert len(await scene.house.events("scheduling", AppointmentMoved)) == 1
    lost = await scene.call(f"/v1/appointments/{last['appointment_id']}/cancel", {"reason": "CLINIC"}, version=1)
    assert lost.status_code == 200, lost.text
    more = (await held(scene, {"course_id": course["course_id"]}, "13:00", day=17)).json()
    added = (await scene.call(f"/v1/holds/{more['hold_id']}/confirm", version=1)).json()
    assert (added["session_number"], added["starts"]) == (7, more["starts"])
    full = await held(scene, {"course_id": course["course_id"]}, "13:00", day=18)
    assert (full.status_code, full.json()["code"]) == (409, "COURSE_FULL")


async def test_an_appointment_keeps_its_own_seat_while_another_time_is_held_and_moves_past_what_was_held(
    scene: Scene,
) -> None:
    first = (await scene.book(await scene.patient(), pattern=["mon", "thu"]))["sessions"][0]
    hold = (await held(scene, {"appointment_id": first["appointment_id"]}, "09:15")).json()
    assert (hold["state"], hold["chair"] != first["chair"]) == ("HELD", True)
    path, later = f"/v1/appointments/{first['appointment_id']}/move", {"day": scene.next_monday().isoformat()}
    moved = await scene.call(path, later | {"time": "09:15"}, version=1)
    assert (moved.status_code, moved.json()["chair"]) == (200, first["chair"])
    assert (await scene.see(f"/v1/holds/{hold['hold_id']}")).json()["state"] == "RELEASED"
    booking = consultation(scene, await scene.patient(cleared=False))["visit"] | later | {"time": "13:00"}
    visit = (await scene.call("/v1/appointments", booking)).json()
    refused = await held(scene, {"appointment_id": visit["appointment_id"]}, "13:15")
    assert (refused.status_code, codes(refused)) == (409, ["OVERLAPS_ITSELF"])
    path = f"/v1/appointments/{visit['appointment_id']}/move"
    assert (await scene.call(path, later | {"time": "13:15"}, version=1)).status_code == 200


async def test_while_a_concern_is_open_no_slot_is_found_for_one_more_session_and_none_is_held(scene: Scene) -> None:
    patient = await scene.patient()
    course = await scene.book(patient)
    last = course["sessions"][-1]["appointment_id"]
    assert (await scene.call(f"/v1/appointments/{last}/cancel", {"reason": "CLINIC"}, version=1)).status_code == 200
    more = {"course_id": course["course_id"]}
    wanted = more | {"first_day": (scene.next_monday() + timedelta(days=14)).isoformat(), "days": 1}
    before = (await scene.call("/v1/slots/find", wanted)).json()
    assert (before["blockers"], "09:00" in starts(before)) == ([], True)
    raised = SafetyConcernRaised(
        concern_id=new_id(), patient_id=patient, version=1, raised_at=scene.now, acknowledge_by=scene.now,
        detail=Sealed.of(ConcernDetail(risk="MODERATE", source="PHQ9")),
    )  # fmt: skip
    await scene.say(patient, raised)
    await scene.house.settle()
    after = (await scene.call("/v1/slots/find", wanted)).json()
    assert ([blocker["code"] for blocker in after["blockers"]], after["slots"]) == (["SAFETY_CONCERN_OPEN"], [])
    refused = await held(scene, more, "09:00", day=14)
    assert (refused.status_code, codes(refused)) == (409, ["SAFETY_CONCERN_OPEN"])


async def test_of_many_who_want_ten_slots_ten_get_one_each(scene: Scene) -> None:
    slots = [(f"{hour:02}:00", 0) for hour in range(8, 17)] + [("08:00", 1)]
    patients = [await scene.patient(cleared=False, settle=False) for _ in range(40)]
    await scene.house.settle()
    wanted = [(patient, *slots[n % 10]) for n, patient in enumerate(patients)]
    answers = await asyncio.gather(*(held(scene, consultation(scene, p), at, day) for p, at, day in wanted))
    won = Counter(a.json()["starts"]["utc"] for a in answers if a.status_code == 201)
    assert (len(won), {*won.values()}) == (10, {1})
    assert {tuple(codes(a)) for a in answers if a.status_code != 201} == {("NO_CHAIR_FREE",)}
    confirmed = [
        scene.call(f"/v1/holds/{a.json()['hold_id']}/confirm", version=1) for a in answers if a.status_code == 201
    ]
    assert {a.status_code for a in await asyncio.gather(*confirmed)} == {200}
    [[booked]] = await scene.house.rows("scheduling", "SELECT count(*) FROM appointment WHERE state = 'CONFIRMED'")
    assert booked == 10


async def test_who_comes_in_a_wheelchair_gets_only_the_chair_that_suits_wherever_one_is_chosen(scene: Scene) -> None:
    """larkspur's fourth chair does; whoever needs nothing of one is seated on the first."""
    one, other, vague = await scene.patients(3)
    await scene.say(one, scene.registered(one, version=2, seat_needs=("WHEELCHAIR",)))
    await scene.say(other, scene.registered(other, version=2, access_needs=("wheelchair",)))
    await scene.say(vague, scene.registered(vague, version=2, access_needs=("a quiet room",)))
    await scene.house.settle()
    sessions = (await scene.book(one))["sessions"]
    assert {session["chair"] for session in sessions} == {"chair-4"}
    taken = await scene.call("/v1/courses", scene.wish(other))
    assert (taken.json()["code"], {*codes(taken)}) == ("SLOT_TAKEN", {"NO_SUITABLE_CHAIR_FREE"})
    mine = (await scene.book(other, time="13:00"))["sessions"][0]
    seen = await found(scene, {"appointment_id": mine["appointment_id"]}, "09:15")
    words = "no chair that suits the patient's needs is free"
    assert [(why["code"], why["wording"]) for why in seen["why_not"]] == [("NO_SUITABLE_CHAIR_FREE", words)]
    assert {"08:00", "09:00", "11:15"}.isdisjoint(starts(seen))
    refused = await held(scene, {"appointment_id": mine["appointment_id"]}, "10:30")
    assert (refused.status_code, codes(refused)) == (409, ["NO_SUITABLE_CHAIR_FREE"])
    unclear = await scene.call("/v1/courses", scene.wish(vague))
    assert (unclear.json()["code"], codes(unclear)) == ("BOOKING_BLOCKED", ["SEAT_NEEDS_UNCLEAR"])
    await scene.say(vague, scene.registered(vague, version=3, access_needs=("a quiet room",), seat_needs=()))
    await scene.house.settle()
    assert (await scene.book(vague))["sessions"][0]["chair"] == "chair-1"
    path = f"/v1/sessions/{(await scene.arrive(sessions[0]))['session_id']}/chair"
    moved = await scene.call(path, {"chair": "chair-2"}, version=1)
    assert (moved.status_code, moved.json()["code"]) == (409, "CHAIR_UNSUITABLE")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "SLOT_FOR_ONE"),
        ({"course_id": str(new_id()), "appointment_id": str(new_id())}, "SLOT_FOR_ONE"),
        ({"course_id": str(new_id()), "location": "main"}, "LOCATION_OF_A_MOVE_ONLY"),
    ],
)
async def test_a_hold_that_says_not_what_it_is_for_is_refused(scene: Scene, body: dict[str, Any], code: str) -> None:
    refused = await held(scene, body, "09:00")
    assert (refused.status_code, codes(refused)) == (422, [code])
