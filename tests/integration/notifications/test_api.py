"""Notifications over HTTP: who may see and record what, and what is refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.events.notifications import OptOutReceived
from shared.ids import new_id
from tests.integration.notifications.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


def staff(scene: Scene, *roles: str, **who: Any) -> httpx.AsyncClient:
    return scene.house.client("notifications", scene.house.tokens.staff(*(roles or ("frontdesk",)), **who))


def act(scene: Scene, **over: Any) -> dict[str, Any]:
    given_at = (scene.house.clock.now() - timedelta(minutes=1)).isoformat()
    return {"purpose": "CARE", "granted": True, "wording_version": "w2", "method": "PAPER", "given_at": given_at} | over


async def record(client: httpx.AsyncClient, patient: UUID, body: Any, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(new_id())}
    return await client.post(f"/v1/patients/{patient}/contact-consents", json=body, headers=headers)


async def test_staff_see_a_patients_messages_page_by_page(scene: Scene) -> None:
    patient = await scene.lead(email="own")
    for _ in range(3):
        await scene.book(patient, starts_at=scene.house.clock.now() + timedelta(minutes=30))
    await scene.quiet()
    client = staff(scene)
    first = (await client.get(f"/v1/patients/{patient}/messages", params={"limit": 4})).json()
    rest = await client.get(f"/v1/patients/{patient}/messages", params={"limit": 4, "cursor": first["next_cursor"]})
    seen = first["items"] + rest.json()["items"]
    assert [len(first["items"]), len(seen), rest.json()["next_cursor"]] == [4, 6, None]
    assert len({message["id"] for message in seen}) == 6
    assert {(m["plan_id"], m["state"], m["sent_at"]["zone"]) for m in seen} == {("N05", "SENT", "America/Boise")}
    assert sorted(m["text"] for m in seen if m["channel"] == "SMS") == sorted(scene.sent())
    assert {(m["subject"] is None, m["attachments"]) for m in seen} == {(True, 0), (False, 1)}
    assert rest.headers["Cache-Control"] == "no-store"
    reads = await scene.house.rows(
        "notifications",
        "SELECT actor FROM audit WHERE action = 'read' AND resource = 'message' AND patient_id = $1",
        patient,
    )
    assert [row["actor"] for row in reads] == ["staff-1", "staff-1"]


async def test_a_patient_without_messages_has_an_empty_list_and_an_unknown_one_does_not_exist(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.house.settle()
    assert (await staff(scene).get(f"/v1/patients/{patient}/messages")).json()["items"] == []
    assert (await staff(scene).get(f"/v1/patients/{new_id()}/messages")).status_code == 404


async def test_another_organisations_staff_sees_and_changes_nothing(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.book(patient)
    await scene.quiet()
    stranger = staff(scene, "admin", organisation=new_id(), clinic=new_id())
    assert (await stranger.get(f"/v1/patients/{patient}/messages")).status_code == 404
    assert (await record(stranger, patient, act(scene))).status_code == 404
    assert (await stranger.get("/v1/replies")).json()["items"] == []


@pytest.mark.parametrize("role", ["biller", "operator"])
async def test_roles_that_do_not_care_for_patients_are_refused(scene: Scene, role: str) -> None:
    patient = await scene.lead()
    await scene.house.settle()
    client = staff(scene, role)
    assert (await client.get(f"/v1/patients/{patient}/messages")).status_code == 403
    assert (await client.get("/v1/replies")).status_code == 403
    assert (await record(client, patient, act(scene))).status_code == 403


async def test_without_a_token_or_as_a_patient_nothing_is_shown(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.house.settle()
    assert (await scene.house.client("notifications").get(f"/v1/patients/{patient}/messages")).status_code == 401
    own = scene.house.client("notifications", scene.house.tokens.patient(patient))
    assert (await own.get("/v1/replies")).status_code == 403


async def test_consent_recorded_by_staff_lets_texts_go_and_its_revocation_stops_them(scene: Scene) -> None:
    patient = await scene.lead(granted=None)
    await scene.house.settle()
    granted = await record(staff(scene), patient, act(scene))
    assert (granted.status_code, granted.json()["care_messages"]) == (201, "ALLOWED")
    await scene.book(patient)
    await scene.quiet()
    assert len(scene.sent()) == 1
    stop = act(scene, granted=False, purpose="ALL", method="PHONE", given_at=scene.house.clock.now().isoformat())
    revoked = await record(staff(scene), patient, stop)
    assert (revoked.status_code, revoked.json()["care_messages"]) == (201, "OPTED_OUT")
    assert revoked.headers["Stillwater-Event"].startswith(f"notifications/{patient}/")
    (out,) = await scene.said(OptOutReceived)
    assert (out.patient_id, out.scope) == (patient, "ALL")
    await scene.book(patient)
    await scene.quiet()
    assert len(scene.sent()) == 1


async def test_the_same_key_records_one_act_and_another_body_is_refused(scene: Scene) -> None:
    patient = await scene.lead(granted=None)
    await scene.house.settle()
    client, body, key = staff(scene), act(scene), str(new_id())
    first, again = await record(client, patient, body, key), await record(client, patient, body, key)
    assert first.json() == again.json()
    assert (await record(client, patient, body | {"granted": False}, key)).status_code == 422
    acts = await scene.house.rows("notifications", "SELECT 1 FROM consent_act WHERE patient_id = $1", patient)
    assert len(acts) == 1


@pytest.mark.parametrize(
    ("over", "pointer"),
    [
        ({"purpose": "ALL"}, ""),
        ({"purpose": "MARKETING", "method": "PHONE"}, ""),
        ({"purpose": "GOSSIP"}, "/purpose"),
        ({"granted": "perhaps"}, "/granted"),
        ({"given_at": "2999-01-01T00:00:00Z"}, "/given_at"),
        ({"given_at": "2026-01-01T00:00:00"}, "/given_at"),
        ({"method": "PIGEON"}, "/method"),
        ({"wording_version": ""}, "/wording_version"),
        ({"channel": "FAX"}, "/channel"),
        ({"note": "x"}, "/note"),
    ],
)
async def test_an_act_that_is_not_valid_is_refused_and_nothing_is_recorded(
    scene: Scene, over: dict[str, Any], pointer: str
) -> None:
    patient = await scene.lead(granted=None)
    await scene.house.settle()
    answer = await record(staff(scene), patient, act(scene, **over))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await scene.house.rows("notifications", "SELECT 1 FROM consent_act WHERE patient_id = $1", patient) == []


async def test_consent_needs_a_known_patient_with_a_number_and_a_key(scene: Scene) -> None:
    patient = await scene.lead(phone=None, granted=None)
    await scene.house.settle()
    client = staff(scene)
    nobody = await record(client, new_id(), act(scene))
    assert nobody.status_code == 404
    unreachable = await record(client, patient, act(scene))
    assert (unreachable.status_code, unreachable.json()["code"]) == (409, "NO_NUMBER")
    keyless = await client.post(f"/v1/patients/{patient}/contact-consents", json=act(scene))
    assert keyless.status_code == 400
