"""Calendars behind secret links: of one person, of one place, until the link is revoked."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import icalendar
import pytest
from structlog.testing import capture_logs

from shared.clinicfile.handouts import CalendarPolicy
from shared.ids import new_id
from tests.integration.scheduling.rostering import clinic, engaged, on_duty
from tests.integration.scheduling.scene import NAME, Scene, codes
from tests.support.house import larkspur

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def opened(scene: Scene, **of: str) -> dict[str, Any]:
    answer = await scene.call("/v1/calendar-feeds", {"clinic_id": clinic(scene), **of})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def shown(answer: httpx.Response) -> dict[str, tuple[Any, ...]]:
    """UID -> SEQUENCE, STATUS, SUMMARY and local start of each entry, as a calendar program reads them."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8"), answer.text
    zone, events = ZoneInfo(larkspur().zone), icalendar.Calendar.from_ical(answer.text).walk("VEVENT")
    return {
        str(one["UID"]): (one["SEQUENCE"], one["STATUS"], str(one["SUMMARY"]), one["DTSTART"].dt.astimezone(zone))
        for one in events
    }


async def test_a_calendar_tells_shifts_and_absences_until_its_link_is_revoked(floor: Scene) -> None:
    nurse, day = await engaged(floor, "NURSE"), floor.next_monday()
    feed = await opened(floor, staff_id=nurse["staff_id"])
    shift = (await on_duty(floor, nurse, day)).json()
    away = {"staff_id": nurse["staff_id"], "first_day": (day + timedelta(days=1)).isoformat(), "reason": "SICK"}
    assert (await floor.call("/v1/absences", away)).status_code == 201
    first = await floor.http.get(feed["path"])
    uid = f"{shift['shift_id']}@wellmeadow"
    assert shown(first)[uid] == (0, "CONFIRMED", "Shift", floor.at(day, time(8)))
    assert sorted(one[2] for one in shown(first).values()) == ["Away", "Shift"]
    assert "SICK" not in first.text
    assert first.headers["cache-control"] == "private, no-cache"
    same = await floor.http.get(feed["path"], headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (same.status_code, same.text, same.headers["etag"]) == (304, "", first.headers["etag"])
    await floor.call(f"/v1/shifts/{shift['shift_id']}/cancel", version=1)
    later = await floor.http.get(feed["path"], headers={"If-None-Match": first.headers["etag"]})
    assert shown(later)[uid][:2] == (1, "CANCELLED")
    (listed,) = (await floor.see("/v1/calendar-feeds", clinic_id=clinic(floor))).json()["items"]
    assert (listed["feed_id"], listed["version"], "path" in listed) == (feed["feed_id"], 1, False)
    revoked = await floor.call(f"/v1/calendar-feeds/{feed['feed_id']}/revoke", version=1)
    assert (revoked.status_code, revoked.json()["state"]) == (200, "REVOKED")
    with capture_logs() as logs:
        assert (await floor.http.get(feed["path"])).status_code == 404
    secret = feed["path"].rsplit("/", 1)[1]
    assert "/v1/public/{organisation}/calendars/{secret}" in [line.get("route") for line in logs]
    assert secret not in str(logs)
    tables = ("calendar_feed", "audit", "idempotency", "change", "outbox")
    written = " UNION ALL ".join(f"SELECT t::text FROM {table} t" for table in tables)
    kept = await floor.house.rows("scheduling", written)
    assert len(kept) > 2
    assert [row for row in kept if secret in row[0]] == []


@pytest.mark.parametrize(
    ("of", "pointer", "code"),
    [
        ({}, "", "ONE_OF_TWO"),
        ({"staff_id": str(new_id()), "location": "main"}, "", "ONE_OF_TWO"),
        ({"location": "nowhere"}, "/location", "UNKNOWN_LOCATION"),
    ],
)
async def test_a_calendar_is_of_one_person_or_of_one_known_place(
    floor: Scene, of: dict[str, str], pointer: str, code: str
) -> None:
    refused = await floor.call("/v1/calendar-feeds", {"clinic_id": clinic(floor), **of})
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]
    assert await floor.house.rows("scheduling", "SELECT 1 FROM calendar_feed") == []


async def test_a_calendar_of_somebody_who_left_leads_nowhere(floor: Scene) -> None:
    nurse = await engaged(floor, "NURSE")
    feed = await opened(floor, staff_id=nurse["staff_id"])
    body, token = {"clinic_id": clinic(floor), "location": "main"}, floor.house.tokens.staff("nurse")
    assert (await floor.call("/v1/calendar-feeds", body, token=token)).status_code == 403
    await floor.run("UPDATE staff_member SET state = 'LEFT'")
    assert (await floor.http.get(feed["path"])).status_code == 404
    refused = await floor.call("/v1/calendar-feeds", {"clinic_id": clinic(floor), "staff_id": nurse["staff_id"]})
    assert (refused.status_code, codes(refused)) == (422, ["HAS_LEFT"])


async def test_a_location_tells_its_appointments_and_names_patients_only_where_the_clinic_wants(scene: Scene) -> None:
    await scene.house.apply("scheduling", larkspur())
    first, second, *_ = (await scene.book(await scene.patient()))["sessions"]
    uids = [f"{one['appointment_id']}@wellmeadow" for one in (first, second)]
    feed = await opened(scene, location="main")
    before = shown(await scene.http.get(feed["path"]))
    monday = scene.next_monday()
    assert (len(before), before[uids[0]]) == (6, (0, "CONFIRMED", "Appointment, Chair 1", scene.at(monday, time(9))))
    move = {"day": monday.isoformat(), "time": "08:30"}
    moved = await scene.call(f"/v1/appointments/{first['appointment_id']}/move", move, version=first["version"])
    assert moved.status_code == 200, moved.text
    cancel = f"/v1/appointments/{second['appointment_id']}/cancel"
    assert (await scene.call(cancel, {"reason": "ILLNESS"}, version=second["version"])).status_code == 200
    after = await scene.http.get(feed["path"])
    assert shown(after)[uids[0]] == (1, "CONFIRMED", "Appointment, Chair 1", scene.at(monday, time(8, 30)))
    assert shown(after)[uids[1]][:2] == (1, "CANCELLED")
    assert not any(part in after.text for part in (*NAME.split(), "ketamin", "IV_MOOD", "session", "Sam"))
    names = larkspur().model_copy(update={"calendars": CalendarPolicy(patient_names="LEGAL")})
    await scene.house.apply("scheduling", names)
    named = await scene.http.get(feed["path"])
    assert shown(named)[uids[0]][2] == f"Appointment, Chair 1: {NAME}"
    assert named.headers["cache-control"] == "no-store"
    await scene.house.apply("scheduling", larkspur())
    elsewhere = feed["path"].replace("/wellmeadow/", "/thornfield/")
    assert (await scene.http.get(elsewhere)).status_code == 404
