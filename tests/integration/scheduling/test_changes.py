"""A course that changes over HTTP: moved, cancelled and missed sessions, and what a clinician decides."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events import parse
from shared.events.intake import ConsentRevoked
from shared.events.parts import CoursePlan, ReasonClass
from shared.events.readying import ReadinessDetail
from shared.events.scheduling import (
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentMoved,
    CourseChanged,
    MaintenanceDue,
    ReadinessChanged,
)
from shared.ids import new_id
from tests.integration.scheduling.scene import Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def booked(scene: Scene, **change: Any) -> tuple[UUID, list[dict[str, Any]]]:
    patient = await scene.patient()
    return patient, (await scene.book(patient, **change))["sessions"]


async def move(
    scene: Scene, session: dict[str, Any], day: date, time: str, *, token: str | None = None, **change: Any
) -> Any:
    body = {"day": day.isoformat(), "time": time} | change
    return await scene.call(
        f"/v1/appointments/{session['appointment_id']}/move", body, version=session["version"], token=token
    )


async def course_of(scene: Scene, sessions: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = (await scene.see(f"/v1/courses/{sessions[0]['course_id']}")).json()
    return found


async def plan_said(scene: Scene) -> CoursePlan:
    envelopes = [e for e in await scene.house.envelopes("scheduling") if e.type == CourseChanged.type]
    plan: CoursePlan = scene.house.opened("scheduling", envelopes[-1], "plan")
    return plan


def nth(scene: Scene, day: int) -> date:
    """A day counted from the first session's Monday, which is 0."""
    return scene.next_monday() + timedelta(days=day)


async def test_a_patient_moves_a_session_and_the_whole_plan_is_said(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    done = await move(scene, sessions[5], nth(scene, 14), "13:00", token=scene.house.tokens.patient(patient))
    assert done.status_code == 200, done.text
    moved = done.json()
    assert (moved["version"], moved["chair"], moved["starts"]["local_date"], moved["ends"]["local_time"]) == (
        2, "chair-1", nth(scene, 14).isoformat(), "15:30:00"
    )  # fmt: skip
    [said] = await scene.house.events("scheduling", AppointmentMoved)
    assert (said.previous_starts_at.isoformat(), said.version, said.kind, said.session_number) == (
        sessions[5]["starts"]["utc"].replace("Z", "+00:00"), 2, "session", 6
    )  # fmt: skip
    [changed] = await scene.house.events("scheduling", CourseChanged)
    assert (changed.reason, changed.version, changed.session_count, changed.needs_clinician) == ("MOVED", 2, 6, False)
    assert (await plan_said(scene)).sessions[5].starts_at == said.starts_at


@pytest.mark.parametrize(
    ("number", "day", "at", "rules"),
    [
        (4, 7, "13:00", ["MIN_GAP"]),
        (2, 8, "09:00", ["MAX_GAP", "OUT_OF_ORDER", "WEEK_FULL"]),
        (6, 17, "09:00", ["MAX_GAP"]),
        (6, 23, "09:00", ["MAX_GAP", "WINDOW"]),
        (6, 12, "09:00", ["CLOSED_WEEKDAY"]),
        (6, 11, "14:45", ["OUTSIDE_HOURS"]),
        (1, -14, "09:00", ["IN_THE_PAST", "MAX_GAP", "WINDOW"]),
    ],
)
async def test_a_move_names_every_rule_that_it_would_break(
    scene: Scene, number: int, day: int, at: str, rules: list[str]
) -> None:
    _, sessions = await booked(scene)
    refused = await move(scene, sessions[number - 1], nth(scene, day), at)
    assert (refused.status_code, refused.json()["code"]) == (409, "MOVE_REFUSED")
    assert sorted(set(codes(refused))) == rules
    assert await scene.house.events("scheduling", AppointmentMoved, CourseChanged) == []


async def test_a_move_keeps_the_order_and_closures(scene: Scene) -> None:
    patient = await scene.patient(valid=timedelta(days=30))
    sessions = (await scene.book(patient))["sessions"]
    closed = {"clinic_id": str(scene.house.clinic.clinic_id), "first_day": nth(scene, 14).isoformat()}
    await scene.call("/v1/closures", closed | {"reason": "STAFF"})
    assert codes(await move(scene, sessions[5], nth(scene, 14), "09:00")) == ["CLOSED_STAFF"]
    late = await move(scene, sessions[5], nth(scene, 28), "09:00")
    assert "ORDER_ENDS_BEFORE" in codes(late)


async def test_patients_move_with_a_day_of_notice_and_staff_until_the_start(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    await scene.go_to(sessions[0])
    missed = await move(scene, sessions[0], nth(scene, 1), "09:00")
    assert (missed.status_code, missed.json()["code"]) == (409, "NOT_MOVABLE")
    await scene.wait(24 * 60 + 1)
    day = date.fromisoformat(sessions[1]["starts"]["local_date"])
    late = await move(scene, sessions[1], day, "10:00", token=scene.house.tokens.patient(patient))
    assert (late.status_code, late.json()["code"]) == (409, "TOO_LATE_TO_MOVE")
    assert (await move(scene, sessions[1], day, "08:00")).status_code == 409
    stranger = scene.house.tokens.patient(await scene.patient())
    assert (await move(scene, sessions[1], day, "09:15", token=stranger)).status_code == 404


async def test_a_session_keeps_its_chair_or_takes_another_one(scene: Scene) -> None:
    _, sessions = await booked(scene)
    _, others = await booked(scene, time="12:00")
    assert {s["chair"] for s in sessions + others} == {"chair-1"}
    done = await move(scene, sessions[5], nth(scene, 11), "11:00")
    assert (done.status_code, done.json()["chair"]) == (200, "chair-2")


async def test_moves_that_want_the_last_chair_do_not_wait_for_each_other(one_chair: Scene) -> None:
    scene = one_chair
    booked_here = [(await scene.book(p, time=at))["sessions"] for p, at in zip(
        await scene.patients(3), ("08:00", "11:00", "14:00"), strict=True
    )]  # fmt: skip
    answers = await asyncio.gather(*(move(scene, s[5], nth(scene, 14), "09:00") for s in booked_here))
    assert sorted(a.status_code for a in answers) == [200, 409, 409]
    assert {c for a in answers if a.status_code == 409 for c in codes(a)} == {"NO_CHAIR_FREE"}


async def test_proposals_show_where_a_session_may_go(scene: Scene) -> None:
    _, sessions = await booked(scene)
    path = f"/v1/appointments/{sessions[5]['appointment_id']}/move/proposals"
    asked = {"first_day": nth(scene, 11).isoformat(), "days": 7, "time": "14:45"}
    seen = (await scene.call(path, asked)).json()
    assert [rule["code"] for rule in seen["rules_broken"]] == ["OUTSIDE_HOURS"]
    days = {slot["starts"]["local_date"] for slot in seen["alternatives"]}
    assert days == {nth(scene, day).isoformat() for day in (11, 14, 15, 16)}
    chosen = seen["alternatives"][0]["starts"]
    done = await move(scene, sessions[5], date.fromisoformat(chosen["local_date"]), chosen["local_time"])
    assert done.status_code == 200


async def test_a_cancelled_session_leaves_the_plan_and_says_whose_reason_it_was(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    path = f"/v1/appointments/{sessions[5]['appointment_id']}/cancel"
    await scene.call(path, {"reason": "ILLNESS"}, version=1, token=scene.house.tokens.patient(patient))
    envelope = next(e for e in await scene.house.envelopes("scheduling") if e.type == AppointmentCancelled.type)
    why: ReasonClass = scene.house.opened("scheduling", envelope, "reason_class")
    assert (why.code, b"ILLNESS" in envelope.body) == ("ILLNESS", False)
    [changed] = await scene.house.events("scheduling", CourseChanged)
    assert (changed.reason, changed.session_count, changed.needs_clinician) == ("CANCELLED", 5, False)
    assert [s.number for s in (await plan_said(scene)).sessions] == [1, 2, 3, 4, 5]
    assert (await course_of(scene, sessions))["state"] == "ACTIVE"


async def test_a_gap_that_grows_too_long_waits_for_a_clinician(scene: Scene) -> None:
    _, sessions = await booked(scene, pattern=["mon", "thu"])
    for number in (2, 3):
        path = f"/v1/appointments/{sessions[number]['appointment_id']}/cancel"
        assert (await scene.call(path, {"reason": "CLINIC"}, version=1)).status_code == 200
    course = await course_of(scene, sessions)
    assert course["state"] == "NEEDS_CLINICIAN"
    changes = await scene.house.events("scheduling", CourseChanged)
    assert [c.needs_clinician for c in changes] == [False, True]

    path = f"/v1/courses/{course['course_id']}/review"
    nurse = scene.house.tokens.staff("nurse")
    assert (await scene.call(path, version=course["version"], token=nurse)).status_code == 403
    assert (await scene.call(path, version=course["version"])).json()["state"] == "ACTIVE"
    again = f"/v1/appointments/{sessions[5]['appointment_id']}/cancel"
    await scene.call(again, {"reason": "CLINIC"}, version=1)
    assert (await course_of(scene, sessions))["state"] == "ACTIVE"


async def test_a_session_nobody_came_to_is_missed_and_leaves_the_plan(scene: Scene) -> None:
    _, sessions = await booked(scene)
    await scene.go_to(sessions[0])
    path = f"/v1/appointments/{sessions[0]['appointment_id']}/missed"
    patient = scene.house.tokens.patient(UUID(sessions[0]["patient_id"]))
    assert (await scene.call(path, version=1, token=patient)).status_code == 403
    assert (await scene.call(path, version=1)).json()["state"] == "NO_SHOW"
    [missed] = await scene.house.events("scheduling", AppointmentMissed)
    [changed] = await scene.house.events("scheduling", CourseChanged)
    assert (missed.session_number, changed.reason, changed.session_count) == (1, "MISSED", 5)
    assert (await scene.call(path, version=2)).json()["code"] == "NOT_MISSED"


async def test_a_course_whose_sessions_were_all_cancelled_is_cancelled_and_owes_nothing(scene: Scene) -> None:
    _, sessions = await booked(scene)
    for session in sessions:
        path = f"/v1/appointments/{session['appointment_id']}/cancel"
        await scene.call(path, {"reason": "CLINIC"}, version=1)
    assert (await course_of(scene, sessions))["state"] == "CANCELLED"
    assert await scene.house.events("scheduling", MaintenanceDue) == []


async def test_a_cancelled_session_is_replaced_after_the_last_one(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    add = f"/v1/courses/{sessions[0]['course_id']}/sessions"
    wanted = {"day": nth(scene, 14).isoformat(), "time": "09:00"}
    full = await scene.call(add, wanted, version=1)
    assert (full.status_code, full.json()["code"]) == (409, "COURSE_FULL")
    cancel = f"/v1/appointments/{sessions[2]['appointment_id']}/cancel"
    token = scene.house.tokens.patient(patient)
    await scene.call(cancel, {"reason": "PATIENT_WISH"}, version=1, token=token)
    near = await scene.call(add, wanted | {"day": nth(scene, 12).isoformat()}, version=2)
    assert codes(near) == ["CLOSED_WEEKDAY", "MIN_GAP", "WEEK_FULL"]
    added = await scene.call(add, wanted, version=2)
    assert (added.status_code, added.json()["version"]) == (201, 3)
    assert [(s["session_number"], s["state"]) for s in added.json()["sessions"]][2::4] == [
        (3, "CANCELLED"), (7, "CONFIRMED")
    ]  # fmt: skip
    changes = await scene.house.events("scheduling", CourseChanged)
    assert [(c.reason, c.session_count) for c in changes] == [("CANCELLED", 5), ("ADDED", 6)]
    assert [s.number for s in (await plan_said(scene)).sessions] == [1, 2, 4, 5, 6, 7]


async def told(scene: Scene, session: dict[str, Any]) -> list[tuple[int, int | None, list[str]]]:
    """Version, sweep and blockers of everything that was told about a session's readiness."""
    await scene.house.settle()
    about = [e for e in await scene.house.envelopes("scheduling") if e.type == ReadinessChanged.type]
    found = []
    for envelope in about:
        event: Any = parse(envelope)
        detail: ReadinessDetail = scene.house.opened("scheduling", envelope, "detail")
        if str(event.appointment_id) == session["appointment_id"]:
            assert event.ready == (not detail.blockers)
            found.append((event.version, event.swept_hours, [blocker.code for blocker in detail.blockers]))
    return found


async def before(scene: Scene, session: dict[str, Any], hours: float) -> None:
    """Move business time to so many hours before a session."""
    await scene.house.clock.advance(
        datetime.fromisoformat(session["starts"]["utc"]) - timedelta(hours=hours) - scene.now
    )


async def test_sweeps_tell_what_blocks_a_session_and_new_facts_tell_it_once(scene: Scene) -> None:
    patient = await scene.patient(cleared=False)
    screening, consent = new_id(), new_id()
    await scene.say(
        patient, scene.screened(patient, screening), scene.reviewed(patient, screening, version=2),
        scene.ordered(patient, new_id()), scene.consented(patient, consent),
    )  # fmt: skip
    await scene.house.settle()
    session = (await scene.book(patient, start_on=scene.next_monday(weeks=1).isoformat()))["sessions"][0]
    await before(scene, session, 72.1)
    assert await told(scene, session) == []
    await before(scene, session, 72)
    said = [(1, 72, ["ESCORT_MISSING"])]
    assert await told(scene, session) == said
    escort = {"name": "Sam Quist", "phone": "+12085550107", "at_least_18": True}
    await scene.call(f"/v1/appointments/{session['appointment_id']}/escort", escort, version=session["version"])
    said.append((2, 72, []))
    assert await told(scene, session) == said
    revoked = ConsentRevoked(
        consent_id=consent, patient_id=patient, version=2, document="IV_TREATMENT", revoked_at=scene.now
    )
    for fact in (revoked, revoked, scene.consented(patient, consent)):
        await scene.say(patient, fact)
        await scene.house.settle()
    said.append((3, 72, ["CONSENT_MISSING"]))
    assert await told(scene, session) == said
    await before(scene, session, 24)
    said.append((4, 24, ["CONSENT_MISSING"]))
    assert await told(scene, session) == said
    await scene.say(patient, scene.consented(patient))
    said.append((5, 24, []))
    assert await told(scene, session) == said
    await before(scene, session, 1)
    assert await told(scene, session) == said
    rows = str(await scene.house.rows("scheduling", "SELECT to_jsonb(t)::text FROM session_readiness t"))
    assert "CONSENT" not in rows


async def test_a_session_that_was_moved_is_swept_by_its_new_time_alone(scene: Scene) -> None:
    _, sessions = await booked(scene, start_on=scene.next_monday(weeks=1).isoformat())
    last = sessions[5]
    was_at = datetime.fromisoformat(last["starts"]["utc"])
    moved = await move(scene, last, date.fromisoformat(last["starts"]["local_date"]) + timedelta(days=3), "09:00")
    assert moved.status_code == 200, moved.text
    await scene.house.clock.advance(was_at - timedelta(hours=71) - scene.now)
    assert await told(scene, last) == []
    await before(scene, moved.json(), 70)
    assert [(version, swept) for version, swept, _ in await told(scene, last)] == [(1, 72)]
