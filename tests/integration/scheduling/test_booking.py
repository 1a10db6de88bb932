"""Courses over HTTP: proposals, all-or-nothing booking, chairs that nobody gets twice, closures, daylight saving."""

import asyncio
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from shared.events.intake import OrderRevoked, SafetyConcernRaised, SafetyConcernResolved
from shared.events.parts import ConcernDetail, CoursePlan
from shared.events.scheduling import AppointmentBooked, CoursePlanned
from shared.ids import new_id
from shared.sealing import Sealed
from tests.integration.scheduling.scene import Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def appointments(scene: Scene) -> int:
    found: int = (await scene.house.rows("scheduling", "SELECT count(*) FROM appointment"))[0][0]
    return found


async def test_six_sessions_are_booked_as_one_course(scene: Scene) -> None:
    patient = await scene.patient()
    course = await scene.book(patient)
    monday = scene.next_monday()
    expected = [monday + timedelta(days=n) for n in (0, 2, 4, 7, 9, 11)]
    sessions = course["sessions"]
    assert [s["starts"]["local_date"] for s in sessions] == [day.isoformat() for day in expected]
    assert {s["starts"]["local_time"] for s in sessions} == {"09:00:00"}
    assert {s["ends"]["local_time"] for s in sessions} == {"11:30:00"}
    assert {s["chair"] for s in sessions} == {"chair-1"}
    assert [s["session_number"] for s in sessions] == [1, 2, 3, 4, 5, 6]
    assert (course["protocol"], course["modality"]) == ("IV_MOOD_6", "IV_MOOD")


async def test_booking_says_the_course_and_each_appointment(scene: Scene) -> None:
    patient = await scene.patient()
    course = await scene.book(patient)
    [planned] = await scene.house.events("scheduling", CoursePlanned)
    booked = await scene.house.events("scheduling", AppointmentBooked)
    assert (planned.course_id, planned.session_count, planned.version) == (UUID(course["course_id"]), 6, 1)
    assert [str(b.appointment_id) for b in booked] == [s["appointment_id"] for s in course["sessions"]]
    assert {(b.location, b.zone, b.kind, b.patient_id) for b in booked} == {
        ("main", "America/Boise", "session", patient)
    }
    envelopes = await scene.house.envelopes("scheduling")
    plan: CoursePlan = scene.house.opened("scheduling", envelopes[0], "plan")
    assert (plan.protocol, len(plan.sessions)) == ("IV_MOOD_6", 6)
    assert {(e.key, e.clinic_id) for e in envelopes} == {(patient, scene.house.clinic.clinic_id)}
    assert b"IV_MOOD" not in b"".join(e.body for e in envelopes)


async def test_a_proposal_explains_every_date_and_keeps_nothing(scene: Scene) -> None:
    patient = await scene.patient()
    answer = await scene.call("/v1/courses/proposals", scene.wish(patient))
    proposal = answer.json()
    assert answer.status_code == 200
    assert (proposal["bookable"], proposal["block_minutes"], len(proposal["sessions"])) == (True, 150, 6)
    assert {tuple(w["code"] for w in s["why"]) for s in proposal["sessions"]} == {("CADENCE", "CHAIR_FREE")}
    assert await appointments(scene) == 0
    assert await scene.house.events("scheduling") == []


async def test_a_proposal_for_a_patient_who_is_not_cleared_names_the_blockers(scene: Scene) -> None:
    patient = await scene.patient(cleared=False)
    proposal = (await scene.call("/v1/courses/proposals", scene.wish(patient))).json()
    assert not proposal["bookable"]
    assert [b["code"] for b in proposal["blockers"]] == ["ORDER_MISSING", "SCREENING_MISSING"]
    refused = await scene.call("/v1/courses", scene.wish(patient))
    assert (refused.status_code, refused.json()["code"]) == (409, "BOOKING_BLOCKED")
    assert codes(refused) == ["ORDER_MISSING", "SCREENING_MISSING"]


async def test_of_twenty_bookings_of_one_chair_exactly_one_wins(one_chair: Scene) -> None:
    patients = await one_chair.patients(20)
    answers = await asyncio.gather(*(one_chair.heard("/v1/courses", one_chair.wish(p)) for p in patients))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 19
    losers = [a.json() for a in answers if a.status_code == 409]
    assert {loser["code"] for loser in losers} == {"SLOT_TAKEN"}
    assert all(loser["params"]["sessions"] == [1, 2, 3, 4, 5, 6] for loser in losers)
    assert await appointments(one_chair) == 6


async def test_a_course_that_lacks_one_chair_is_not_booked_at_all(one_chair: Scene) -> None:
    first, second = await one_chair.patients(2)
    await one_chair.book(first, start_on=one_chair.next_monday(1).isoformat())
    refused = await one_chair.call("/v1/courses", one_chair.wish(second))
    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_TAKEN")
    assert [e["params"]["session"] for e in refused.json()["errors"]] == [4, 5, 6]
    assert await appointments(one_chair) == 6


async def test_the_next_free_chair_takes_the_whole_course(scene: Scene) -> None:
    first, second = await scene.patients(2)
    await scene.book(first)
    assert {s["chair"] for s in (await scene.book(second))["sessions"]} == {"chair-2"}


async def test_the_database_itself_gives_no_chair_twice(scene: Scene) -> None:
    await scene.book(await scene.patient())
    copy = (
        "INSERT INTO appointment SELECT (r).* FROM (SELECT jsonb_populate_record(a, jsonb_build_object("
        "'id', gen_random_uuid(), 'patient_id', gen_random_uuid(), 'session_number', 7) || $1::jsonb) AS r"
        " FROM appointment a WHERE session_number = 1)"
    )
    with pytest.raises(asyncpg.ExclusionViolationError):
        await scene.run(copy, "{}")
    await scene.run(copy, '{"state": "CANCELLED"}')
    assert await appointments(scene) == 7


async def test_one_patient_cannot_sit_in_two_chairs(scene: Scene) -> None:
    patient = await scene.patient()
    await scene.book(patient)
    refused = await scene.call("/v1/courses", scene.wish(patient))
    assert (refused.status_code, refused.json()["code"]) == (409, "COURSE_IMPOSSIBLE")
    assert set(codes(refused)) == {"NEAR_OTHER_SESSION"}


async def test_a_safety_concern_holds_booking_until_it_is_resolved(scene: Scene) -> None:
    patient, concern = await scene.patient(), new_id()
    detail = Sealed.of(ConcernDetail(risk="MODERATE", source="PHQ9_ITEM_9"))
    raised = SafetyConcernRaised(
        concern_id=concern, patient_id=patient, version=1, raised_at=scene.now, acknowledge_by=scene.now, detail=detail
    )
    await scene.say(patient, raised)
    await scene.house.settle()
    refused = await scene.call("/v1/courses", scene.wish(patient))
    assert (refused.status_code, codes(refused)) == (409, ["SAFETY_CONCERN_OPEN"])
    assert await appointments(scene) == 0
    await scene.say(
        patient,
        SafetyConcernResolved(
            concern_id=concern, patient_id=patient, version=2, resolved_at=scene.now, detail=detail
        ),
    )  # fmt: skip
    await scene.house.settle()
    assert len((await scene.book(patient))["sessions"]) == 6


async def test_a_revoked_order_books_nothing_even_if_its_signing_is_told_later(scene: Scene) -> None:
    patient, order = await scene.patient(cleared=False), new_id()
    screening = new_id()
    await scene.say(
        patient, scene.reviewed(patient, screening, version=2), scene.screened(patient, screening),
        OrderRevoked(order_id=order, patient_id=patient, version=2, revoked_at=scene.now),
        scene.ordered(patient, order),
    )  # fmt: skip
    await scene.house.settle()
    assert codes(await scene.call("/v1/courses", scene.wish(patient))) == ["ORDER_MISSING"]


async def test_a_new_screening_needs_a_new_review(scene: Scene) -> None:
    patient = await scene.patient()
    await scene.say(patient, scene.screened(patient, new_id(), version=3))
    await scene.house.settle()
    assert codes(await scene.call("/v1/courses", scene.wish(patient))) == ["SCREENING_NOT_REVIEWED"]


async def test_an_order_that_ends_during_the_course_is_refused_by_session(scene: Scene) -> None:
    monday = scene.next_monday()
    until = scene.at(monday + timedelta(days=8), time(0)) - scene.now
    patient = await scene.patient(valid=until)
    refused = await scene.call("/v1/courses", scene.wish(patient))
    assert [(e["code"], e["params"]["session"]) for e in refused.json()["errors"]] == [
        ("ORDER_ENDS_BEFORE", 5), ("ORDER_ENDS_BEFORE", 6)
    ]  # fmt: skip


async def test_facts_that_wait_for_an_operator_hold_booking(scene: Scene) -> None:
    patient = await scene.patient()
    await scene.run(
        "INSERT INTO waiting (consumer, producer, key, seq, event_id, type, headers, body, why)"
        " VALUES ('scheduling.commands', 'intake', $1, 99, $2, 'x', '{}', '', 'parked')",
        patient, uuid4(),
    )  # fmt: skip
    refused = await scene.call("/v1/courses", scene.wish(patient))
    assert (refused.status_code, refused.json()["code"]) == (409, "EVENTS_WAITING")


async def test_closures_are_worked_around_and_explained(scene: Scene) -> None:
    patient, monday = await scene.patient(), scene.next_monday()
    thursday = monday + timedelta(days=3)
    closed = await scene.call(
        "/v1/closures",
        {
            "clinic_id": str(scene.house.clinic.clinic_id), "first_day": thursday.isoformat(), "reason": "HOLIDAY"
        },
    )  # fmt: skip
    assert (closed.status_code, closed.json()["booked"]) == (201, 0)
    wish = scene.wish(patient, pattern=["mon", "thu"])
    second = (await scene.call("/v1/courses/proposals", wish)).json()["sessions"][1]
    assert second["starts"]["local_date"] == (thursday - timedelta(days=1)).isoformat()
    assert second["why"][0]["code"] == "MOVED"
    assert thursday.isoformat() in second["why"][0]["wording"]
    await scene.book(patient, pattern=["mon", "thu"])
    [known] = (await scene.see("/v1/closures", clinic_id=scene.house.clinic.clinic_id)).json()["items"]
    assert (known["first_day"], known["last_day"], known["booked"]) == (thursday.isoformat(), thursday.isoformat(), 0)


async def test_a_closure_that_breaks_the_protocol_needs_a_clinician(scene: Scene) -> None:
    patient, monday = await scene.patient(), scene.next_monday()
    away = {
        "first_day": (monday + timedelta(days=3)).isoformat(),
        "last_day": (monday + timedelta(days=13)).isoformat(),
    }
    closed = await scene.call(
        "/v1/closures", {"clinic_id": str(scene.house.clinic.clinic_id), "location": "main", "reason": "STAFF"} | away
    )
    assert closed.status_code == 201
    refused = await scene.call("/v1/courses", scene.wish(patient))
    assert (refused.status_code, refused.json()["code"]) == (409, "COURSE_IMPOSSIBLE")
    assert "MAX_GAP" in codes(refused)
    proposal = (await scene.call("/v1/courses/proposals", scene.wish(patient))).json()
    assert (proposal["bookable"], proposal["sessions"]) == (False, [])
    assert "MAX_GAP" in [broken["code"] for broken in proposal["rules_broken"]]


def next_change(zone: str, after: date) -> date:
    """The next local day on which the offset of a zone changes."""
    days = (after + timedelta(days=n) for n in range(400))
    return next(d for d in days if _offset(zone, d) != _offset(zone, d + timedelta(days=1)))


def _offset(zone: str, day: date) -> timedelta | None:
    return datetime.combine(day, time(0), ZoneInfo(zone)).utcoffset()


async def test_a_course_keeps_its_wall_clock_across_daylight_saving(scene: Scene) -> None:
    patient = await scene.patient()
    change = next_change(scene.zone, scene.next_monday(1))
    start = change - timedelta(days=change.weekday())
    course = await scene.book(patient, start_on=start.isoformat())
    assert {s["starts"]["local_time"] for s in course["sessions"]} == {"09:00:00"}
    utc = {datetime.fromisoformat(s["starts"]["utc"]).time() for s in course["sessions"]}
    assert len(utc) == 2


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"location": "moon"}, "/location", "UNKNOWN_LOCATION"),
        ({"protocol": "IV_NOTHING"}, "/protocol", "UNKNOWN_PROTOCOL"),
        ({"pattern": ["mon", "tue"]}, "/pattern", "NOT_A_PATTERN_OF_THE_PROTOCOL"),
        ({"time": "09:07"}, "/time", "NOT_ON_THE_GRID"),
        ({"time": "16:00"}, "/time", "OUTSIDE_HOURS"),
        ({"time": "09:00Z"}, "/time", "LOCAL_TIME_ONLY"),
        ({"start_on": "2026-02-30"}, "/start_on", "DATE_FROM_DATETIME_PARSING"),
        ({"start_on": "9999-12-31"}, "/start_on", "LESS_THAN_EQUAL"),
        ({"chair": "chair-1"}, "/chair", "UNKNOWN_FIELD"),
    ],
)
async def test_what_the_clinic_does_not_offer_is_refused_by_field(
    scene: Scene, change: dict[str, object], pointer: str, code: str
) -> None:
    patient = await scene.patient(cleared=False)
    answer = await scene.call("/v1/courses", scene.wish(patient, **change))
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]


async def test_a_start_in_the_past_is_refused(scene: Scene) -> None:
    patient = await scene.patient()
    refused = await scene.call("/v1/courses", scene.wish(patient, start_on=scene.next_monday(-3).isoformat()))
    assert (refused.status_code, refused.json()["code"]) == (409, "COURSE_IMPOSSIBLE")
    assert "IN_THE_PAST" in codes(refused)


async def test_the_same_key_books_once(scene: Scene) -> None:
    patient = await scene.patient()
    first, again = [await scene.call("/v1/courses", scene.wish(patient), key="one-course") for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await appointments(scene) == 6
