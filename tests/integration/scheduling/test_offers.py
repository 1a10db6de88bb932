"""What cannot take place is re-planned with as little change as possible, offered, and accepted whole or not at all."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMoved,
    CourseChanged,
    SlotClaimed,
    SlotOfferClosed,
    SlotOffered,
)
from tests.integration.scheduling.replanning import (
    calls,
    clinic,
    closed,
    course,
    days_after,
    offered,
    preview,
    replanned,
)
from tests.integration.scheduling.scene import Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_closed_day_is_previewed_offered_and_accepted_by_the_patient(scene: Scene) -> None:
    booked = await course(scene)
    cause = await closed(scene, booked, 1)
    seen = await preview(scene, cause)
    ((change,),) = [proposal["changes"] for proposal in seen["proposals"]]
    assert (change["how"], days_after(booked, change), change["starts"]["local_time"]) == ("MOVE", 2, "09:00:00")
    assert change["appointment_id"] == booked["sessions"][1]["appointment_id"]
    assert seen["improvement"] == {"outcome": "NOT_NEEDED", "weight": 40, "greedy_weight": 40}
    assert await scene.house.events("scheduling", SlotOffered) == []
    stale = await scene.call("/v1/replans", cause | {"digest": "0" * 64})
    assert (stale.status_code, stale.json()["code"]) == (409, "PREVIEW_CHANGED")
    offer = await offered(scene, cause)
    assert (offer["state"], offer["changes"]) == ("OPEN", [change])
    assert await calls(scene) == [(offer["offer_id"], "OPEN")]
    assert (await preview(scene, cause))["proposals"] == []
    token = scene.house.tokens.patient(booked["patient_id"])
    accept = f"/v1/offers/{offer['offer_id']}/accept"
    answers = await asyncio.gather(*(scene.heard(accept, version=1, token=token) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    again = await scene.call(accept, version=2, token=token)
    assert (again.status_code, again.json()["code"], again.json()["params"]) == (
        409,
        "OFFER_OVER",
        {"state": "ACCEPTED"},
    )
    now = (await scene.see(f"/v1/courses/{booked['course_id']}")).json()
    assert (now["state"], now["sessions"][1]["starts"], now["sessions"][1]["version"]) == (
        "ACTIVE",
        change["starts"],
        2,
    )
    said = await scene.house.events("scheduling", SlotOffered, AppointmentMoved, SlotClaimed, CourseChanged)
    assert [type(event) for event in said] == [SlotOffered, AppointmentMoved, CourseChanged, SlotClaimed]
    assert await calls(scene) == []


async def test_what_an_accepted_offer_vacates_is_a_freed_slot_for_whoever_waits(scene: Scene) -> None:
    booked = await course(scene)
    later = await course(scene, start_on=scene.next_monday(3).isoformat(), time="12:00")
    wait = await scene.call("/v1/waitlist", {"appointment_id": later["sessions"][0]["appointment_id"]})
    assert wait.status_code == 201
    offer = await offered(scene, await closed(scene, booked, 1))
    opened = "SELECT location, starts_at FROM slot_opening"
    assert await scene.house.rows("scheduling", opened) == []
    assert (await scene.call(f"/v1/offers/{offer['offer_id']}/accept", version=1)).status_code == 200
    left = datetime.fromisoformat(booked["sessions"][1]["starts"]["utc"])
    assert [tuple(row) for row in await scene.house.rows("scheduling", opened)] == [("main", left)]


async def test_what_no_near_day_takes_is_replaced_at_the_end_of_its_course(scene: Scene) -> None:
    booked = await course(scene, ["mon", "wed", "fri"])
    offer = await offered(scene, await closed(scene, booked, 3))
    (change,) = offer["changes"]
    assert (change["how"], change["session_number"], days_after(booked, change)) == ("REPLACE", 7, 14)
    accepted = await scene.call(f"/v1/offers/{offer['offer_id']}/accept", version=1)
    assert (accepted.status_code, accepted.json()["answered_by"]) == (200, "STAFF")
    now = (await scene.see(f"/v1/courses/{booked['course_id']}")).json()
    assert [(s["session_number"], s["state"]) for s in now["sessions"]][3:] == [
        (4, "CANCELLED"), (5, "CONFIRMED"), (6, "CONFIRMED"), (7, "CONFIRMED")
    ]  # fmt: skip
    said = await scene.house.events("scheduling", AppointmentCancelled, AppointmentBooked)
    assert [(type(event), event.session_number) for event in said[6:]] == [
        (AppointmentCancelled, 4), (AppointmentBooked, 7)
    ]  # fmt: skip
    assert said[6].late is False


async def test_a_course_that_nothing_keeps_whole_is_offered_nothing_and_called_about(scene: Scene) -> None:
    booked = await course(scene)
    cause = await closed(scene, booked, 2, last=20)
    (proposal,) = (await preview(scene, cause))["proposals"]
    assert (proposal["changes"], len(proposal["appointment_ids"])) == ([], 4)
    assert all(why["wording"] for why in proposal["why_not"])
    assert proposal["why_not"]
    offer = await offered(scene, cause)
    assert (offer["state"], offer["changes"]) == ("UNPLACED", [])
    assert await calls(scene) == [(offer["offer_id"], "UNPLACED")]
    refused = await scene.call(f"/v1/offers/{offer['offer_id']}/accept", version=1)
    assert (refused.status_code, refused.json()["params"]) == (409, {"state": "UNPLACED"})
    again = await offered(scene, cause)
    assert await calls(scene) == [(again["offer_id"], "UNPLACED")]


async def test_who_sat_on_a_broken_chair_gets_another_one_at_the_same_time_unasked(scene: Scene) -> None:
    booked = await course(scene)
    first = booked["sessions"][0]
    body = {"clinic_id": clinic(scene), "location": "main", "chair": first["chair"], "reason": "BROKEN",
            "first_day": first["starts"]["local_date"]}  # fmt: skip
    broken = await scene.call("/v1/chair-outages", body)
    assert (broken.status_code, broken.json()["booked"]) == (201, 1)
    cause = {"cause": "OUTAGE", "cause_id": broken.json()["outage_id"]}
    seen = await preview(scene, cause)
    assert [(c["how"], c["chair"], c["starts"]) for p in seen["proposals"] for c in p["changes"]] == [
        ("SEAT", "chair-2", first["starts"])
    ]  # fmt: skip
    made = await scene.call("/v1/replans", cause | {"digest": seen["digest"]})
    assert made.json()["offers"] == []
    now = (await scene.see(f"/v1/appointments/{first['appointment_id']}")).json()
    assert (now["chair"], now["starts"], now["version"]) == ("chair-2", first["starts"], 2)
    other = await course(scene)
    assert next(s["chair"] for s in other["sessions"]) == "chair-3"
    unknown = await scene.call("/v1/chair-outages", body | {"chair": "chair-9"})
    assert (unknown.status_code, codes(unknown)) == (422, ["UNKNOWN_CHAIR"])
    shown = (await scene.see("/v1/chair-outages", clinic_id=clinic(scene))).json()["items"]
    assert [(outage["chair"], outage["booked"]) for outage in shown] == [(first["chair"], 0)]
    back = await scene.call(f"/v1/chair-outages/{broken.json()['outage_id']}/cancel", version=1)
    assert (back.json()["state"], (await preview(scene, cause))["proposals"]) == ("CANCELLED", [])


async def test_what_nobody_answers_or_somebody_declines_is_free_again_and_called_about(scene: Scene) -> None:
    one, other = await course(scene), await course(scene, time="12:00")
    cause = await closed(scene, one, 1)
    made = await scene.call("/v1/replans", cause | {"digest": (await preview(scene, cause))["digest"]})
    first, second = made.json()["offers"]
    token = scene.house.tokens.patient(other["patient_id"])
    foreign = await scene.call(f"/v1/offers/{first}/decline", version=1, token=token)
    assert (foreign.status_code, await calls(scene)) == (404, [(first, "OPEN"), (second, "OPEN")])
    declined = await scene.call(f"/v1/offers/{second}/decline", version=1, token=token)
    assert (declined.status_code, declined.json()["state"], declined.json()["answered_by"]) == (
        200,
        "DECLINED",
        "PATIENT",
    )
    await scene.wait(60 * scene.house.clinic.booking.offer_hours)
    assert await calls(scene) == [(first, "EXPIRED"), (second, "DECLINED")]
    late = await scene.call(f"/v1/offers/{first}/accept", version=2)
    assert (late.status_code, late.json()["params"]) == (409, {"state": "EXPIRED"})
    closings = await scene.house.events("scheduling", SlotOfferClosed)
    assert [(str(event.offer_id), event.state) for event in closings] == [(second, "DECLINED"), (first, "EXPIRED")]
    [[held]] = await scene.house.rows(
        "scheduling", "SELECT count(*) FROM seat_taken s JOIN slot_hold h ON h.id = holder_id"
    )
    assert held == 0
    mine = (await scene.see(f"/v1/patients/{other['patient_id']}/offers", token=token)).json()["items"]
    assert [(offer["offer_id"], offer["state"]) for offer in mine] == [(second, "DECLINED")]


async def test_an_offer_is_moot_once_its_appointment_moves_otherwise_and_refused_when_a_rule_stands_against_it(
    scene: Scene,
) -> None:
    booked = await course(scene)
    cause = await closed(scene, booked, 1)
    offer, moved = await offered(scene, cause), booked["sessions"][1]
    first = booked["sessions"][0]
    later = {"day": first["starts"]["local_date"], "time": "14:00"}
    assert (await scene.call(f"/v1/appointments/{first['appointment_id']}/move", later, version=1)).status_code == 200
    refused = await scene.call(f"/v1/offers/{offer['offer_id']}/accept", version=1)
    assert (refused.status_code, refused.json()["code"], codes(refused)) == (409, "MOVE_REFUSED", ["MIN_GAP"])
    assert await calls(scene) == [(offer["offer_id"], "OPEN")]
    day = date.fromisoformat(moved["starts"]["local_date"]) + timedelta(days=1)
    body = {"day": day.isoformat(), "time": "09:00"}
    assert (await scene.call(f"/v1/appointments/{moved['appointment_id']}/move", body, version=1)).status_code == 200
    now = (await scene.see(f"/v1/offers/{offer['offer_id']}")).json()
    assert (now["state"], await calls(scene)) == ("WITHDRAWN", [])


async def test_what_is_held_for_an_appointment_already_is_in_the_way_of_what_it_is_offered(scene: Scene) -> None:
    booked = await course(scene)
    wednesday = date.fromisoformat(booked["sessions"][0]["starts"]["local_date"]) + timedelta(days=2)
    wish = {"appointment_id": booked["sessions"][1]["appointment_id"], "day": wednesday.isoformat(), "time": "09:00"}
    hold = (await scene.call("/v1/holds", wish)).json()
    assert hold["state"] == "HELD"
    offer = await offered(scene, await closed(scene, booked, 1))
    (change,) = offer["changes"]
    assert (days_after(booked, change), change["starts"]["local_time"]) == (4, "09:00:00")
    assert (await scene.call(f"/v1/offers/{offer['offer_id']}/accept", version=1)).status_code == 200
    assert (await scene.see(f"/v1/holds/{hold['hold_id']}")).json()["state"] == "RELEASED"


async def test_an_offer_that_overlaps_its_own_appointment_is_held_on_another_chair(scene: Scene) -> None:
    """From eleven on no chair can be used: the session at nine begins half an hour earlier."""
    booked = await course(scene)
    first = booked["sessions"][0]
    body = {"clinic_id": clinic(scene), "location": "main", "reason": "MAINTENANCE", "starts": "11:00",
            "ends": "17:00", "first_day": first["starts"]["local_date"]}  # fmt: skip
    chairs = [chair.id for chair in scene.house.clinic.locations[0].chairs]
    outages = {chair: (await scene.call("/v1/chair-outages", body | {"chair": chair})).json() for chair in chairs}
    offer = await offered(scene, {"cause": "OUTAGE", "cause_id": outages[first["chair"]]["outage_id"]})
    (change,) = offer["changes"]
    assert (change["how"], change["starts"]["local_time"], change["chair"] != first["chair"]) == (
        "MOVE", "08:30:00", True
    )  # fmt: skip
    assert (await scene.call(f"/v1/offers/{offer['offer_id']}/accept", version=1)).status_code == 200
    now = (await scene.see(f"/v1/appointments/{first['appointment_id']}")).json()
    assert (now["starts"], now["chair"]) == (change["starts"], change["chair"])


async def test_a_lighter_plan_than_the_nearest_day_is_found_for_whom_another_day_suits_better(scene: Scene) -> None:
    booked = await course(scene, wishes={"days": ["mon", "thu", "fri"]})
    assert booked["wishes"]["days"] == ["mon", "thu", "fri"]
    cause = await closed(scene, booked, 1)
    seen = await preview(scene, cause)
    ((change,),) = [proposal["changes"] for proposal in seen["proposals"]]
    assert (days_after(booked, change), change["starts"]["local_time"]) == (4, "09:00:00")
    assert seen["improvement"] == {"outcome": "IMPROVED", "weight": 40, "greedy_weight": 90}
    offer = await offered(scene, cause)
    assert (offer["state"], offer["changes"]) == ("OPEN", [change])
    assert (await scene.call(f"/v1/offers/{offer['offer_id']}/accept", version=1)).status_code == 200


async def test_a_plan_that_could_not_be_improved_says_so_and_is_offered_as_it_was_shown(scene: Scene) -> None:
    booked = await course(scene)
    path, version = f"/v1/courses/{booked['course_id']}/wishes", booked["version"]
    unknown = await scene.call(path, {"wishes": {"locations": ["mill"]}}, version=version)
    assert (unknown.status_code, codes(unknown)) == (422, ["UNKNOWN_LOCATION"])
    token = scene.house.tokens.patient(booked["patient_id"])
    wishes = {"wishes": {"days": ["mon", "thu", "fri"], "driver": {"until_time": "12:00"}}}
    changed = await scene.call(path, wishes, version=version, token=token)
    assert (changed.status_code, changed.json()["version"], changed.json()["wishes"]["driver"]["until_time"]) == (
        200, version + 1, "12:00:00"
    )  # fmt: skip
    assert (await scene.call(path, wishes, version=version)).status_code == 412
    cause = await closed(scene, booked, 1)
    await scene.house.apply("scheduling", replanned(scene, improve_seconds=0))
    seen = await preview(scene, cause)
    assert seen["improvement"] == {"outcome": "NOT_IMPROVED", "weight": 90, "greedy_weight": 90}
    await scene.house.apply("scheduling", scene.house.clinic)
    assert (await preview(scene, cause))["improvement"]["outcome"] == "IMPROVED"
    made = await scene.call("/v1/replans", cause | {"digest": seen["digest"]})
    assert (made.status_code, made.json()["improvement"], len(made.json()["offers"])) == (201, None, 1)
    assert made.json()["proposals"] == seen["proposals"]


async def test_another_location_of_the_clinic_is_offered_to_whom_other_days_do_not_suit(scene: Scene) -> None:
    main = scene.house.clinic.locations[0]
    both = (main, main.model_copy(update={"id": "mill", "name": "Larkspur Mill Road"}))
    await scene.house.apply("scheduling", replanned(scene).model_copy(update={"locations": both}))
    booked = await course(scene, wishes={"days": ["mon", "thu"]})
    cause = await closed(scene, booked, 1, location="main")
    offer = await offered(scene, cause)
    (change,) = offer["changes"]
    assert (change["how"], change["location"], change["starts"]) == ("MOVE", "mill", booked["sessions"][1]["starts"])
    assert (await scene.call(f"/v1/offers/{offer['offer_id']}/accept", version=1)).status_code == 200
    now = (await scene.see(f"/v1/appointments/{change['appointment_id']}")).json()
    await scene.house.apply("scheduling", scene.house.clinic)
    assert (now["location"], now["starts"], now["version"]) == ("mill", change["starts"], 2)
