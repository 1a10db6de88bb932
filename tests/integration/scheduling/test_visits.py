"""Visits that are no session, over HTTP: free times, who may book, one at a desk, completion."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.intake import SafetyConcernRaised
from shared.events.parts import ConcernDetail, Outcome
from shared.events.scheduling import AppointmentBooked, AppointmentCompleted, AppointmentMissed
from shared.ids import new_id
from shared.sealing import Sealed
from tests.integration.scheduling.scene import BORN, NAME, Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")


def visit(scene: Scene, patient: UUID, **change: Any) -> dict[str, Any]:
    """A consultation next Monday at nine."""
    return {
        "patient_id": str(patient), "clinic_id": str(scene.house.clinic.clinic_id), "location": "main",
        "kind": "consultation", "day": scene.next_monday().isoformat(), "time": "09:00",
    } | change  # fmt: skip


async def slots(scene: Scene, days: int = 1, **change: Any) -> list[str]:
    asked = {
        "clinic_id": str(scene.house.clinic.clinic_id), "kind": "consultation", "location": "main",
        "from": scene.next_monday().isoformat(), "days": days,
    } | change  # fmt: skip
    answer = await scene.see("/v1/slots", **asked)
    assert answer.status_code == 200, answer.text
    return [slot["starts"]["local_time"] for slot in answer.json()["slots"]]


async def test_free_times_are_the_grid_within_hours_without_closures_and_what_is_taken(scene: Scene) -> None:
    patient = await scene.patient(cleared=False)
    all_day = await slots(scene)
    assert (all_day[0], all_day[-1], len(all_day)) == ("08:00:00", "16:00:00", 33)
    assert (await scene.call("/v1/appointments", visit(scene, patient))).status_code == 201
    left = await slots(scene)
    assert [at for at in all_day if at not in left] == [
        "08:15:00", "08:30:00", "08:45:00", "09:00:00", "09:15:00", "09:30:00", "09:45:00"
    ]  # fmt: skip
    closed = {"clinic_id": str(scene.house.clinic.clinic_id), "first_day": scene.next_monday().isoformat()}
    await scene.call("/v1/closures", closed | {"reason": "HOLIDAY"})
    assert await slots(scene) == []


async def test_a_visit_is_booked_without_course_chair_or_order_and_is_completed(scene: Scene) -> None:
    patient = await scene.patient(cleared=False)
    booked = (await scene.call("/v1/appointments", visit(scene, patient))).json()
    assert (booked["kind"], booked["course_id"], booked["chair"]) == ("consultation", None, None)
    path = f"/v1/appointments/{booked['appointment_id']}"
    early = await scene.call(f"{path}/complete", version=1)
    assert (early.status_code, early.json()["code"]) == (409, "NOT_A_VISIT")
    await scene.go_to(booked)
    here = await scene.call(f"{path}/check-in", {"birth_date": BORN.isoformat(), "name": NAME}, version=1)
    assert (here.status_code, here.json()["code"]) == (409, "NOT_A_SESSION")
    done = await scene.call(f"{path}/complete", version=1)
    assert (done.status_code, done.json()["state"]) == (200, "COMPLETED")
    said = await scene.house.events("scheduling", AppointmentBooked, AppointmentCompleted)
    assert [(type(e), e.kind, e.version) for e in said] == [
        (AppointmentBooked, "consultation", 1), (AppointmentCompleted, "consultation", 2)
    ]  # fmt: skip


async def test_of_many_patients_who_want_one_time_one_gets_it(scene: Scene) -> None:
    wanted = [visit(scene, patient) for patient in await scene.patients(6)]
    answers = await asyncio.gather(*(scene.heard("/v1/appointments", body) for body in wanted))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {code for answer in answers if answer.status_code == 409 for code in codes(answer)} == {"DESK_TAKEN"}


async def test_a_visit_and_a_session_of_one_patient_do_not_overlap(scene: Scene) -> None:
    patient = await scene.patient()
    await scene.book(patient)
    refused = await scene.call("/v1/appointments", visit(scene, patient, time="10:00"))
    assert (refused.status_code, codes(refused)) == (409, ["PATIENT_BOOKED_THEN"])
    other = await scene.patient()
    assert (await scene.call("/v1/appointments", visit(scene, other, time="10:00"))).status_code == 201
    course = await scene.call("/v1/courses", scene.wish(other))
    assert (course.status_code, course.json()["code"], set(codes(course))) == (
        409, "COURSE_IMPOSSIBLE", {"PATIENT_BOOKED_THEN"}
    )  # fmt: skip


async def test_a_visit_stays_within_hours_grid_kinds_and_the_future(scene: Scene) -> None:
    patient = await scene.patient(cleared=False)
    for change, status, code in (
        ({"time": "16:15"}, 409, "OUTSIDE_HOURS"),
        ({"time": "09:05"}, 422, "NOT_ON_THE_GRID"),
        ({"kind": "tea-party"}, 422, "UNKNOWN_KIND"),
        ({"day": (scene.next_monday() - timedelta(days=7)).isoformat()}, 409, "IN_THE_PAST"),
        ({"day": (scene.next_monday() - timedelta(days=1)).isoformat()}, 409, "CLOSED_WEEKDAY"),
    ):
        answer = await scene.call("/v1/appointments", visit(scene, patient, **change))
        assert (answer.status_code, codes(answer)) == (status, [code])


@pytest.mark.parametrize(
    ("outcome", "blockers"),
    [
        (Outcome.ELIGIBLE, []),
        (Outcome.NEEDS_REVIEW, []),
        (Outcome.DEFERRED, ["SCREENING_NEEDS_A_CALL"]),
        (Outcome.INELIGIBLE, ["SCREENING_NEEDS_A_CALL"]),
        (Outcome.EMERGENCY, ["SCREENING_NEEDS_A_CALL"]),
        (None, ["SCREENING_MISSING"]),
    ],
)
async def test_a_patient_books_alone_only_when_screening_allows(
    scene: Scene, outcome: Outcome | None, blockers: list[str]
) -> None:
    patient = await scene.patient(cleared=False)
    if outcome is not None:
        await scene.say(patient, scene.screened(patient, new_id(), outcome=outcome))
        await scene.house.settle()
    answer = await scene.call("/v1/appointments", visit(scene, patient), token=scene.house.tokens.patient(patient))
    assert answer.status_code == (409 if blockers else 201)
    assert (codes(answer) if blockers else []) == blockers


async def test_an_open_safety_concern_keeps_a_patient_but_not_staff_from_booking(scene: Scene) -> None:
    patient = await scene.patient()
    concern = SafetyConcernRaised(
        concern_id=new_id(), patient_id=patient, version=1, raised_at=scene.now, acknowledge_by=scene.now,
        detail=Sealed.of(ConcernDetail(risk="MODERATE", source="PHQ9")),
    )  # fmt: skip
    await scene.say(patient, concern)
    await scene.house.settle()
    token = scene.house.tokens.patient(patient)
    refused = await scene.call("/v1/appointments", visit(scene, patient), token=token)
    assert (refused.status_code, codes(refused)) == (409, ["SAFETY_CONCERN_OPEN"])
    assert (await scene.call("/v1/appointments", visit(scene, patient))).status_code == 201


async def test_a_patient_books_only_for_itself(scene: Scene) -> None:
    patient, other = await scene.patients(2)
    token = scene.house.tokens.patient(other)
    assert (await scene.call("/v1/appointments", visit(scene, patient), token=token)).status_code == 404
    assert await slots(scene, token=token)


async def test_a_visit_nobody_came_to_is_missed(scene: Scene) -> None:
    patient = await scene.patient(cleared=False)
    booked = (await scene.call("/v1/appointments", visit(scene, patient))).json()
    path = f"/v1/appointments/{booked['appointment_id']}/missed"
    assert (await scene.call(path, version=1)).json()["code"] == "NOT_MISSED"
    await scene.go_to(booked)
    assert (await scene.call(path, version=1)).json()["state"] == "NO_SHOW"
    [missed] = await scene.house.events("scheduling", AppointmentMissed)
    assert (missed.kind, missed.course_id, missed.version) == ("consultation", None, 2)


async def test_a_visit_moves_to_a_free_time_of_the_desk(scene: Scene) -> None:
    one, two = await scene.patients(2)
    first = (await scene.call("/v1/appointments", visit(scene, one))).json()
    await scene.call("/v1/appointments", visit(scene, two, time="11:00"))
    path = f"/v1/appointments/{first['appointment_id']}/move"
    day = scene.next_monday().isoformat()
    refused = await scene.call(path, {"day": day, "time": "10:30"}, version=1)
    assert (refused.status_code, codes(refused)) == (409, ["NO_CHAIR_FREE"])
    moved = await scene.call(path, {"day": day, "time": "10:00"}, version=1)
    assert (moved.status_code, moved.json()["starts"]["local_time"], moved.json()["version"]) == (200, "10:00:00", 2)


async def test_a_proxy_books_moves_and_cancels_in_its_scope_and_sees_no_course(scene: Scene) -> None:
    patient, other = await scene.patients(2)
    proxy, forms_only = scene.house.tokens.proxy(patient, "booking"), scene.house.tokens.proxy(patient, "forms")
    refused = await scene.call("/v1/appointments", visit(scene, patient), token=forms_only)
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    assert (await scene.call("/v1/appointments", visit(scene, other), token=proxy)).status_code == 404
    booked = (await scene.call("/v1/appointments", visit(scene, patient), token=proxy)).json()
    path = f"/v1/appointments/{booked['appointment_id']}"
    later = {"day": scene.next_monday().isoformat(), "time": "13:00"}
    moved = await scene.call(f"{path}/move", later, version=1, token=proxy)
    assert (moved.status_code, moved.json()["starts"]["local_time"]) == (200, "13:00:00")
    assert (await scene.see(f"/v1/patients/{patient}/courses", token=proxy)).status_code == 403
    cancelled = await scene.call(f"{path}/cancel", {"reason": "PATIENT_WISH"}, version=2, token=proxy)
    assert cancelled.json()["state"] == "CANCELLED"
