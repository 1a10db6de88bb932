"""Appointments over HTTP: cancelling, the day list, who may see what, versions."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.scheduling import AppointmentCancelled
from shared.ids import named_id, new_id
from tests.integration.scheduling.scene import Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def booked(scene: Scene) -> tuple[UUID, list[dict[str, Any]]]:
    patient = await scene.patient()
    return patient, (await scene.book(patient))["sessions"]


def path(appointment: dict[str, Any]) -> str:
    return f"/v1/appointments/{appointment['appointment_id']}"


async def test_a_cancelled_session_is_said_with_its_notice(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    answer = await scene.call(f"{path(sessions[0])}/cancel", {"reason": "ILLNESS"}, version=1)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json()["state"], answer.json()["late"]) == ("CANCELLED", False)
    [said] = await scene.house.events("scheduling", AppointmentCancelled)
    assert (said.patient_id, said.version, said.late, said.session_number) == (patient, 2, False, 1)


async def test_a_cancelled_session_frees_its_chair(one_chair: Scene) -> None:
    _, sessions = await booked(one_chair)
    await one_chair.call(f"{path(sessions[0])}/cancel", {"reason": "ILLNESS"}, version=1)
    refused = await one_chair.call("/v1/courses", one_chair.wish(await one_chair.patient()))
    assert refused.json()["params"]["sessions"] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("before", "reason", "late"),
    [
        (timedelta(hours=24, minutes=1), "PATIENT_WISH", False),
        (timedelta(hours=23, minutes=59), "PATIENT_WISH", True),
        (timedelta(minutes=1), "ILLNESS", True),
        (timedelta(minutes=1), "CLINIC", False),
    ],
)
async def test_less_than_a_day_of_notice_is_late_unless_the_clinic_cancels(
    scene: Scene, before: timedelta, reason: str, late: bool
) -> None:
    _, sessions = await booked(scene)
    starts = datetime.fromisoformat(sessions[1]["starts"]["utc"])
    await scene.house.clock.advance(starts - before - scene.now)
    answer = await scene.call(f"{path(sessions[1])}/cancel", {"reason": reason}, version=1)
    assert (answer.json()["state"], answer.json()["late"]) == ("CANCELLED", late)


async def test_from_its_start_on_an_appointment_is_missed_and_not_cancelled(scene: Scene) -> None:
    _, sessions = await booked(scene)
    await scene.go_to(sessions[0])
    answer = await scene.call(f"{path(sessions[0])}/cancel", {"reason": "PATIENT_WISH"}, version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_CANCELLABLE")


async def test_a_patient_cancels_own_sessions_for_own_reasons(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    token = scene.house.tokens.patient(patient)
    refused = await scene.call(f"{path(sessions[0])}/cancel", {"reason": "CLINIC"}, version=1, token=token)
    assert (refused.status_code, codes(refused)) == (422, ["ONLY_STAFF"])
    done = await scene.call(f"{path(sessions[0])}/cancel", {"reason": "PATIENT_WISH"}, version=1, token=token)
    assert done.json()["state"] == "CANCELLED"


async def test_changes_need_the_version_that_was_read(scene: Scene) -> None:
    _, sessions = await booked(scene)
    body = {"reason": "PATIENT_WISH"}
    absent = await scene.call(f"{path(sessions[0])}/cancel", body)
    assert (absent.status_code, absent.json()["code"]) == (428, "VERSION_REQUIRED")
    stale = await scene.call(f"{path(sessions[0])}/cancel", body, version=7)
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    seen = await scene.see(path(sessions[0]))
    assert (seen.json()["state"], seen.headers["ETag"]) == ("CONFIRMED", '"1"')


async def test_a_patient_sees_only_itself(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    mine, other = scene.house.tokens.patient(patient), scene.house.tokens.patient(new_id())
    assert (await scene.see(path(sessions[0]), token=mine)).status_code == 200
    assert len((await scene.see(f"/v1/patients/{patient}/appointments", token=mine)).json()["items"]) == 6
    assert (await scene.see(path(sessions[0]), token=other)).status_code == 404
    assert (await scene.see(f"/v1/patients/{patient}/courses", token=other)).status_code == 404
    assert (
        await scene.call(f"{path(sessions[0])}/cancel", {"reason": "ILLNESS"}, version=1, token=other)
    ).status_code == 404
    assert (await scene.see(f"{path(sessions[0])}/readiness", token=mine)).status_code == 403


async def test_another_organisations_patients_do_not_exist(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    elsewhere = named_id("organisation", "elsewhere")
    clinic = named_id("clinic", "elsewhere/main")
    stranger = scene.house.tokens.staff("frontdesk", "nurse", clinic=clinic, organisation=elsewhere)
    for where in (path(sessions[0]), f"/v1/patients/{patient}/courses", f"/v1/courses/{sessions[0]['course_id']}"):
        assert (await scene.see(where, token=stranger)).status_code == 404
    wish = scene.wish(patient, clinic_id=str(clinic))
    assert (await scene.call("/v1/courses", wish, token=stranger)).status_code == 404


async def test_staff_of_another_clinic_may_not_act_here(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    token = scene.house.tokens.staff("frontdesk", clinic=named_id("clinic", "wellmeadow/cedar"))
    assert (await scene.see(path(sessions[0]), token=token)).status_code == 403
    assert (await scene.call("/v1/courses", scene.wish(patient), token=token)).status_code == 403
    assert (await scene.see(f"/v1/patients/{patient}/appointments", token=token)).json()["items"] == []


async def test_the_day_list_shows_a_local_day_in_pages(scene: Scene) -> None:
    for patient in await scene.patients(3):
        await scene.book(patient)
    monday = scene.next_monday().isoformat()
    where = {"clinic_id": str(scene.house.clinic.clinic_id), "day": monday}
    first = (await scene.see("/v1/appointments", **where, limit=2)).json()
    rest = (await scene.see("/v1/appointments", **where, limit=2, cursor=first["next_cursor"])).json()
    chairs = [item["chair"] for item in first["items"] + rest["items"]]
    assert sorted(chairs) == ["chair-1", "chair-2", "chair-3"]
    assert (len(first["items"]), rest["next_cursor"]) == (2, None)
    other = await scene.see("/v1/appointments", **where | {"day": "2026-01-01"}, cursor=first["next_cursor"])
    assert (other.status_code, other.json()["code"]) == (400, "CURSOR_INVALID")


async def test_a_course_shows_its_sessions_as_they_are_now(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    await scene.call(f"{path(sessions[5])}/cancel", {"reason": "CLINIC"}, version=1)
    course = (await scene.see(f"/v1/courses/{sessions[0]['course_id']}")).json()
    assert [s["state"] for s in course["sessions"]] == ["CONFIRMED"] * 5 + ["CANCELLED"]
    [listed] = (await scene.see(f"/v1/patients/{patient}/courses")).json()["items"]
    assert listed == course


async def test_only_an_admin_closes_days_and_only_whole_ranges(scene: Scene) -> None:
    body = {"clinic_id": str(scene.house.clinic.clinic_id), "first_day": "2031-01-02", "reason": "HOLIDAY"}
    refused = await scene.call("/v1/closures", body, token=scene.house.tokens.staff("frontdesk"))
    assert refused.status_code == 403
    inverted = await scene.call("/v1/closures", body | {"last_day": "2031-01-01"})
    assert (inverted.status_code, codes(inverted)) == (422, ["DAYS_INVERTED"])
    nowhere = await scene.call("/v1/closures", body | {"location": "moon"})
    assert (nowhere.status_code, codes(nowhere)) == (422, ["UNKNOWN_LOCATION"])


async def test_a_closure_counts_what_is_booked_on_its_days(scene: Scene) -> None:
    _, sessions = await booked(scene)
    day = sessions[0]["starts"]["local_date"]
    body = {"clinic_id": str(scene.house.clinic.clinic_id), "first_day": day, "reason": "WEATHER"}
    assert (await scene.call("/v1/closures", body)).json()["booked"] == 1


async def test_every_read_and_change_leaves_an_audit_row(scene: Scene) -> None:
    patient, sessions = await booked(scene)
    await scene.see(path(sessions[0]))
    await scene.call(f"{path(sessions[0])}/cancel", {"reason": "ILLNESS"}, version=1)
    rows = await scene.house.rows(
        "scheduling", "SELECT action, resource FROM audit WHERE patient_id = $1 AND actor_kind = 'staff' ORDER BY at",
        patient,
    )  # fmt: skip
    assert sorted(tuple(row) for row in rows) == [
        ("create", "course"), ("read", "appointment"), ("update", "appointment"), ("update", "course")
    ]  # fmt: skip


async def test_nothing_personal_is_stored_in_clear(scene: Scene) -> None:
    _, sessions = await booked(scene)
    await scene.call(f"{path(sessions[0])}/escort", {"name": "Marked Escort", "phone": "+12085550107"}, version=1)
    marks = ["Quist", "LK-000123", "Marked Escort", "2085550107", "IV_MOOD", "1984-02-29"]
    for table in ("patient", "screening", "dose_order", "course", "appointment"):
        text = str(await scene.house.rows("scheduling", f"SELECT to_jsonb(t)::text FROM {table} t"))
        assert [mark for mark in marks if mark in text] == []
