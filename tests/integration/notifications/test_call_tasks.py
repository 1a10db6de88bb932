"""Somebody whom no message reaches is called by a person."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.events.notifications import MessageFailed, MessageFailureSettled
from shared.ids import new_id
from tests.integration.notifications.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


def staff(scene: Scene, *roles: str, **who: Any) -> httpx.AsyncClient:
    return scene.house.client("notifications", scene.house.tokens.staff(*(roles or ("frontdesk",)), **who))


async def listed(scene: Scene, patient: object, limit: int = 200) -> list[dict[str, Any]]:
    client, found, cursor = staff(scene), [], {}
    while True:
        page = (await client.get("/v1/call-tasks", params={"limit": limit} | cursor)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return [task for task in found if task["patient_id"] == str(patient)]
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ({"granted": None}, "NO_CONSENT"),
        ({"granted": False}, "OPTED_OUT"),
        ({"phone": None}, "NO_NUMBER"),
        ({"phone": None, "email": "own", "mail_granted": None}, "NO_NUMBER"),
    ],
)
async def test_whom_neither_text_nor_mail_may_reach_is_called(scene: Scene, who: dict[str, Any], reason: str) -> None:
    patient = await scene.lead(**who)
    appointment = await scene.book(patient)
    await scene.quiet()
    (task,) = await listed(scene, patient)
    assert (task["plan_id"], task["way"], task["appointment_id"]) == ("N05", "CALL", str(appointment))
    assert (task["given_name"], task["visit_state"], task["state"]) == ("Ana", "CONFIRMED", "OPEN")
    (failed,) = await scene.said(MessageFailed)
    assert (failed.plan_id, task["reason"]) == ("N05", failed.reason)
    assert task["reason"] in (reason, "NO_CONSENT")
    assert (scene.sent(), scene.mails()) == ([], [])


async def test_whom_mail_reaches_is_not_called(scene: Scene) -> None:
    patient = await scene.lead(phone=None, email="own")
    await scene.book(patient)
    await scene.quiet()
    await scene.house.clock.advance(timedelta(days=4))
    await scene.quiet()
    assert len(scene.mails()) == 1
    assert await listed(scene, patient) == []
    assert await scene.said(MessageFailed) == []


async def test_reminders_and_check_ins_are_called_too_but_not_twice_a_day(scene: Scene) -> None:
    patient = await scene.lead(granted=None)
    appointment = await scene.book(patient)
    await scene.quiet()
    await scene.house.clock.advance(timedelta(days=3))
    await scene.quiet()
    await scene.discharge(patient, appointment)
    await scene.quiet()
    assert [(task["plan_id"], task["way"]) for task in await scene.tasks()] == [
        ("N05", "CALL"), ("N08", "CALL"), ("N11", "PRINT"),
    ]  # fmt: skip


async def test_a_call_is_due_within_a_day_and_before_it_is_pointless(scene: Scene) -> None:
    patient = await scene.lead(granted=None)
    now = scene.house.clock.now()
    await scene.book(patient)
    await scene.book(patient, starts_at=now + timedelta(hours=5))
    await scene.quiet()
    due = sorted(task["due_at"] - now for task in await scene.tasks() if task["plan_id"] == "N05")
    assert timedelta(hours=4) < due[0] <= timedelta(hours=5)
    assert timedelta(hours=24) <= due[1] < timedelta(hours=25)


@pytest.mark.parametrize("change", ["move", "cancel"])
async def test_a_call_about_an_older_version_is_withdrawn(scene: Scene, change: str) -> None:
    patient = await scene.lead(granted=None)
    appointment = await scene.book(patient)
    await scene.quiet()
    await getattr(scene, change)(patient, appointment)
    await scene.quiet()
    assert [(task["plan_id"], task["state"], task["outcome"]) for task in await scene.tasks()] == [
        ("N05", "WITHDRAWN", "CHANGED"), ("N06", "OPEN", None),
    ]  # fmt: skip
    said = await scene.said(MessageFailed, MessageFailureSettled)
    assert [(type(event), event.plan_id) for event in said] == [
        (MessageFailed, "N05"), (MessageFailureSettled, "N05"), (MessageFailed, "N06"),
    ]  # fmt: skip


async def test_a_text_that_goes_out_after_start_withdraws_the_call(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.house.settle()
    await scene.text_in("STOP")
    await scene.book(patient)
    await scene.quiet()
    (task,) = await listed(scene, patient)
    assert task["reason"] == "OPTED_OUT"
    assert [failed.reason for failed in await scene.said(MessageFailed)] == ["OPTED_OUT"]
    await scene.text_in("START")
    await scene.quiet()
    assert [(row["state"], row["outcome"]) for row in await scene.tasks()] == [("WITHDRAWN", "SENT")]


async def test_a_number_that_the_provider_refuses_is_called(scene: Scene) -> None:
    patient = await scene.lead(phone="+12085550001")
    await scene.book(patient)
    await scene.quiet()
    (task,) = await listed(scene, patient)
    assert (task["reason"], task["phone"]) == ("PROVIDER_21211", "+12085550001")


async def test_a_person_settles_a_call_once_and_pages_go_by_urgency(scene: Scene) -> None:
    patient = await scene.lead(granted=None)
    now = scene.house.clock.now()
    for hours in (9, 5, 7):
        await scene.book(patient, starts_at=now + timedelta(hours=hours))
    await scene.quiet()
    tasks = await listed(scene, patient, limit=1)
    assert [task["due_at"]["utc"] for task in tasks] == sorted(task["due_at"]["utc"] for task in tasks)
    assert len(tasks) == 3
    client, url = staff(scene, "nurse", subject="nurse-7"), f"/v1/call-tasks/{tasks[0]['id']}/settle"
    body = {"outcome": "REACHED"}
    assert (await client.post(url, json=body, headers={"Idempotency-Key": str(new_id())})).status_code == 428
    stale = {"Idempotency-Key": str(new_id()), "If-Match": '"7"'}
    assert (await client.post(url, json=body, headers=stale)).status_code == 412
    settled = await client.post(url, json=body, headers={"Idempotency-Key": str(new_id()), "If-Match": '"1"'})
    assert (settled.status_code, settled.json()["state"], settled.json()["settled_by"]) == (200, "DONE", "nurse-7")
    (told,) = await scene.said(MessageFailureSettled)
    (done,) = [task for task in await scene.tasks() if task["state"] == "DONE"]
    assert (told.message_id, told.plan_id, told.outcome) == (done["message_id"], "N05", "REACHED")
    again = {"Idempotency-Key": str(new_id()), "If-Match": settled.headers["ETag"]}
    assert (await client.post(url, json=body, headers=again)).json()["code"] == "CONFLICT"
    assert len(await listed(scene, patient)) == 2


async def test_strangers_and_other_roles_see_and_settle_nothing(scene: Scene) -> None:
    patient = await scene.lead(granted=None)
    await scene.book(patient)
    await scene.quiet()
    (task,) = await listed(scene, patient)
    stranger = staff(scene, "admin", organisation=new_id(), clinic=new_id())
    assert (await stranger.get("/v1/call-tasks")).json()["items"] == []
    headers = {"Idempotency-Key": str(new_id()), "If-Match": '"1"'}
    url = f"/v1/call-tasks/{task['id']}/settle"
    assert (await stranger.post(url, json={"outcome": "REACHED"}, headers=headers)).status_code == 404
    assert (await staff(scene, "biller").get("/v1/call-tasks")).status_code == 403
    bad = await staff(scene).post(url, json={"outcome": "SHOUTED"}, headers=headers)
    assert bad.status_code == 422
