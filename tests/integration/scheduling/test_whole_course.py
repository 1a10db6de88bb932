"""Every session of a course is carried out over HTTP, one after the other, until maintenance is due."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.clinicfile.paying import PaymentPolicy
from shared.events.billing import EstimateIssued, PaymentPolicyMet
from shared.events.parts import EstimateDetail, EstimatePart
from shared.events.paying import PaymentPolicyDetail, SessionPayment
from shared.events.scheduling import CourseChanged, MaintenanceDue, ReadinessChanged, SessionCompleted
from shared.ids import new_id
from shared.money import Money
from shared.sealing import Sealed
from tests.integration.scheduling.scene import FULL, Scene, codes
from tests.integration.scheduling.steps import blockers
from tests.support.house import larkspur

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def course_of(scene: Scene, session: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await scene.see(f"/v1/courses/{session['course_id']}")).json()
    return found


async def test_all_sessions_are_carried_out_and_maintenance_is_due_once(scene: Scene) -> None:
    patient = await scene.patient()
    sessions = (await scene.book(patient))["sessions"]
    await scene.say(patient, scene.scored(patient, 20))
    for session in sessions:
        assert (await course_of(scene, session))["state"] == "ACTIVE"
        told = (17, 16) if session == sessions[3] else ()
        held = [await _after_score(scene, patient, session, total) for total in told]
        assert held in ([], [True, False])
        done = await scene.carry_out(session)
        assert done["state"] == "COMPLETED"
    assert (await course_of(scene, sessions[0]))["state"] == "COMPLETE"
    completed = await scene.house.events("scheduling", SessionCompleted)
    assert [event.session_number for event in completed] == [1, 2, 3, 4, 5, 6]
    [due] = await scene.house.events("scheduling", MaintenanceDue)
    assert due.due_on == date.fromisoformat(sessions[-1]["starts"]["local_date"]) + timedelta(days=28)
    assert await scene.house.events("scheduling", CourseChanged) == []


async def _after_score(scene: Scene, patient: UUID, session: dict[str, Any], total: int) -> bool:
    """Whether a session is held by the gate after the third, once this score was told in place of a wrong one, and one
    that is no PHQ-9.
    """
    await scene.wait(1)
    wrong = scene.scored(patient, 0)
    right = scene.scored(patient, total).model_copy(
        update={"supersedes": wrong.assessment_id, "recorded_at": wrong.recorded_at}
    )
    await scene.say(patient, wrong, right, scene.scored(patient, 1, "GAD7"))
    await scene.house.settle()
    return "EVALUATION_GATE" in await blockers(scene, session)


async def test_the_interval_of_an_order_says_when_the_next_session_is_due_and_is_told_beside_its_date(
    scene: Scene,
) -> None:
    patient = await scene.patient()
    sessions = (await scene.book(patient))["sessions"]
    await scene.carry_out(sessions[0])
    for session in sessions[1:]:
        cancel = f"/v1/appointments/{session['appointment_id']}/cancel"
        await scene.call(cancel, {"reason": "PATIENT_WISH"}, version=1)
    await scene.wait(1)
    await scene.say(patient, scene.ordered(patient, new_id(), interval_days=42))
    await scene.house.settle()
    held = await course_of(scene, sessions[0])
    assert (await scene.call(f"/v1/courses/{held['course_id']}/review", version=held["version"])).status_code == 200
    [due] = await scene.house.events("scheduling", MaintenanceDue)
    took_place = date.fromisoformat(sessions[0]["starts"]["local_date"])
    assert due.due_on == took_place + timedelta(days=42)
    wish = scene.wish(patient, start_on=(took_place + timedelta(days=49)).isoformat())
    first, second = (await scene.call("/v1/courses/proposals", wish)).json()["sessions"][:2]
    assert first["why"][-1] == {
        "code": "INTERVAL", "wording": "49 d after the last session; 42 d are ordered, 7 d earlier.",
    }  # fmt: skip
    assert "INTERVAL" not in [why["code"] for why in second["why"]]


async def test_a_session_waits_for_the_one_before_it(scene: Scene) -> None:
    sessions = (await scene.book(await scene.patient()))["sessions"]
    session = await scene.arrive(sessions[1])
    await scene.observe(session, **FULL)
    path = f"/v1/sessions/{session['session_id']}/start"
    assert codes(await scene.call(path, version=1)) == ["EARLIER_SESSION_OPEN"]
    missed = f"/v1/appointments/{sessions[0]['appointment_id']}/missed"
    await scene.call(missed, version=1)
    assert (await scene.call(path, version=1)).status_code == 200


async def test_after_a_long_gap_a_clinician_reviews_the_course_before_it_goes_on(scene: Scene) -> None:
    patient = await scene.patient()
    sessions = (await scene.book(patient))["sessions"]
    await scene.carry_out(sessions[0])
    for session in sessions[1:4]:
        cancel = f"/v1/appointments/{session['appointment_id']}/cancel"
        await scene.call(cancel, {"reason": "CLINIC"}, version=1)
    held = await course_of(scene, sessions[0])
    assert held["state"] == "NEEDS_CLINICIAN"
    session = await scene.arrive(sessions[4])
    await scene.observe(session, **FULL)
    start = f"/v1/sessions/{session['session_id']}/start"
    assert codes(await scene.call(start, version=1)) == ["GAP_REVIEW"]
    review = await scene.call(f"/v1/courses/{held['course_id']}/review", version=held["version"])
    assert review.json()["state"] == "ACTIVE"
    assert (await scene.call(start, version=1)).status_code == 200


async def test_after_a_very_long_gap_a_later_order_is_needed_as_well(scene: Scene) -> None:
    patient = await scene.patient()
    sessions = (await scene.book(patient, pattern=["mon", "thu"]))["sessions"]
    await scene.carry_out(sessions[0])
    for session in sessions[1:5]:
        cancel = f"/v1/appointments/{session['appointment_id']}/cancel"
        await scene.call(cancel, {"reason": "CLINIC"}, version=1)
    held = await course_of(scene, sessions[0])
    await scene.call(f"/v1/courses/{held['course_id']}/review", version=held["version"])
    session = await scene.arrive(sessions[5])
    await scene.observe(session, **FULL)
    start = f"/v1/sessions/{session['session_id']}/start"
    assert codes(await scene.call(start, version=1)) == ["GAP_RESTART"]
    await scene.say(patient, scene.ordered(patient, new_id()))
    await scene.house.settle()
    assert (await scene.call(start, version=1)).status_code == 200


async def test_a_course_whose_last_session_was_cancelled_is_complete_when_a_clinician_says_so(scene: Scene) -> None:
    sessions = (await scene.book(await scene.patient()))["sessions"]
    await scene.carry_out(sessions[0])
    for session in sessions[1:]:
        cancel = f"/v1/appointments/{session['appointment_id']}/cancel"
        await scene.call(cancel, {"reason": "PATIENT_WISH"}, version=1)
    held = await course_of(scene, sessions[0])
    assert (held["state"], await scene.house.events("scheduling", MaintenanceDue)) == ("NEEDS_CLINICIAN", [])
    review = await scene.call(f"/v1/courses/{held['course_id']}/review", version=held["version"])
    assert review.json()["state"] == "COMPLETE"
    assert len(await scene.house.events("scheduling", MaintenanceDue)) == 1


def estimated(patient: UUID, course: dict[str, Any], version: int, *numbers: int) -> EstimateIssued:
    parts = tuple(EstimatePart(number=number, amount=Money(amount_cents=45_000)) for number in numbers)
    detail = EstimateDetail(lines=(), total=Money(amount_cents=45_000 * len(parts)), parts=parts)
    return EstimateIssued(
        estimate_id=new_id(), patient_id=patient, course_id=UUID(course["course_id"]), version=version,
        issued_at=datetime.now(UTC), estimate=Sealed.of(detail),
    )  # fmt: skip


def paid(patient: UUID, course: dict[str, Any], version: int, *missing: str) -> PaymentPolicyMet:
    """What is missing before the first session."""
    at = datetime.now(UTC)
    first = SessionPayment(
        appointment_id=UUID(course["sessions"][0]["appointment_id"]), number=1, met=not missing, since=at,
        missing=missing,
    )  # fmt: skip
    return PaymentPolicyMet(
        policy_id=new_id(), patient_id=patient, course_id=UUID(course["course_id"]), version=version, met=not missing,
        since=at, changed_at=at, detail=Sealed.of(PaymentPolicyDetail(sessions=(first,))),
    )  # fmt: skip


async def test_estimate_and_payment_are_tasks_of_the_desk_for_which_no_dose_waits(scene: Scene) -> None:
    """Only what billing tells clears them; what is older or repeated turns nothing (domain F.6, F.7)."""
    asked = PaymentPolicy(estimate=True, most_due_cents=0)
    prices = larkspur().prices.model_copy(update={"before_session": asked})
    await scene.house.apply("scheduling", larkspur().model_copy(update={"prices": prices}))
    patient = await scene.patient()
    course = await scene.book(patient, start_on=scene.next_monday(weeks=1).isoformat())
    first = course["sessions"][0]
    await scene.house.clock.advance(datetime.fromisoformat(first["starts"]["utc"]) - timedelta(hours=71) - scene.now)
    unpaid, met = paid(patient, course, 1, "BALANCE_DUE"), paid(patient, course, 2)
    now_named, once_named = estimated(patient, course, 2, 1, 2), estimated(patient, course, 1, 2)
    seen = []
    for fact in (None, unpaid, once_named, now_named, met, unpaid, once_named):
        if fact is not None:
            await scene.house.publish("billing", fact, key=patient)
            await scene.house.settle()
        seen.append([code for code in await blockers(scene, first) if code.startswith(("EST", "PAY"))])
    unknown, unmet, unnamed = "PAYMENT_NOT_KNOWN", "PAYMENT_POLICY_UNMET", "ESTIMATE_MISSING"
    assert seen == [[unnamed, unknown], [unnamed, unmet], [unnamed, unmet], [unmet], [], [], []]
    said = [one.owners for one in await scene.house.events("scheduling", ReadinessChanged)]
    assert said == [("biller", "frontdesk")] * 3 + [("frontdesk",)], "swept, then each time that it changed"
    await scene.house.publish("billing", paid(patient, course, 3, "BALANCE_DUE"), key=patient)
    await scene.house.settle()
    shown = (await scene.see(f"/v1/appointments/{first['appointment_id']}/readiness")).json()["blockers"]
    assert [(one["cleared_by"], one["holds_dose"]) for one in shown if one["code"] == unmet] == [
        (["PaymentPolicyMet"], False)
    ]  # fmt: skip
    assert (await scene.started(first))["state"] == "IN_PROGRESS"


async def test_whoever_is_missed_and_cancels_late_within_thirty_days_loses_the_slots_and_a_clinician_looks(
    scene: Scene,
) -> None:
    sessions = (await scene.book(await scene.patient()))["sessions"]

    async def lost(number: int, how: str, body: Any = None) -> str:
        answer = await scene.call(f"/v1/appointments/{sessions[number]['appointment_id']}/{how}", body, version=1)
        assert answer.status_code == 200, answer.text
        return str((await course_of(scene, sessions[0]))["state"])

    await scene.go_to(sessions[0])
    assert await lost(0, "missed") == "ACTIVE"
    hours_before = datetime.fromisoformat(sessions[1]["starts"]["utc"]) - timedelta(hours=3)
    await scene.wait((hours_before - scene.now) / timedelta(minutes=1))
    assert await lost(1, "cancel", {"reason": "PATIENT_WISH"}) == "NEEDS_CLINICIAN"
    changed = (await scene.house.events("scheduling", CourseChanged))[-1]
    assert (changed.reason, changed.needs_clinician) == ("CANCELLED", True)
    held = await course_of(scene, sessions[0])
    assert [one["state"] for one in held["sessions"]] == ["NO_SHOW", *["CANCELLED"] * 5]
    assert [one["late"] for one in held["sessions"]] == [None, True, *[False] * 4], "only the patient's own is late"
    add = f"/v1/courses/{held['course_id']}/sessions"
    after = (date.fromisoformat(sessions[5]["starts"]["local_date"]) + timedelta(days=3)).isoformat()
    again = await scene.call(add, {"day": after, "time": "09:00"}, version=held["version"])
    assert (again.status_code, again.json()["state"]) == (201, "NEEDS_CLINICIAN"), "what is booked anew stays booked"
    review = await scene.call(f"/v1/courses/{held['course_id']}/review", version=again.json()["version"])
    assert (review.json()["state"], review.json()["sessions"][-1]["state"]) == ("ACTIVE", "CONFIRMED")
