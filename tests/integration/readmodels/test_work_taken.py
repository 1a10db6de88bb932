"""Work that is taken: claimed by one, handed over, given back, declared done."""

import asyncio

import pytest

from shared.ids import new_id
from tests.integration.readmodels import outer, scene
from tests.integration.readmodels.conftest import Desk
from tests.integration.readmodels.scene import CLINIC
from tests.integration.readmodels.work import items, only, told

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_of_two_who_claim_at_once_one_has_it_until_it_is_released(desk: Desk) -> None:
    item = await only(desk, await told(desk, outer.message_failed))
    path = f"/v1/worklist/{item['id']}"
    answers = await asyncio.gather(
        *(desk.post(f"{path}/claim", f"nurse:nurse-{n}", version=item["version"]) for n in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    mine, theirs = won.json(), lost.json()
    assert (theirs["code"], won.headers["ETag"]) == ("ITEM_TAKEN", f'"{mine["version"]}"')
    holder = f"nurse:{mine['claimed_by']}"
    other = "nurse:nurse-0" if holder != "nurse:nurse-0" else "nurse:nurse-1"
    refused = await desk.post(f"{path}/release", other, version=mine["version"])
    assert (refused.status_code, refused.json()["code"]) == (409, "ITEM_TAKEN")
    assert refused.json()["params"] == {"claimed_by": mine["claimed_by"], "item_id": item["id"]}
    freed = await desk.post(f"{path}/release", holder, version=mine["version"])
    assert (freed.status_code, freed.json()["claimed_by"]) == (200, None)
    again = await desk.post(f"{path}/claim", other, version=freed.json()["version"])
    assert again.json()["claimed_by"] == other.partition(":")[2]


async def test_an_item_is_handed_over_with_a_reason_and_can_be_taken_over(desk: Desk) -> None:
    item = await only(desk, await told(desk, outer.message_failed))
    path = f"/v1/worklist/{item['id']}"
    mine = (await desk.post(f"{path}/claim", "nurse:nurse-1", version=item["version"])).json()
    over = {"to": "nurse-2", "reason_code": "SHIFT_ENDS"}
    assert (await desk.post(f"{path}/hand-over", "nurse:nurse-1", body=over)).status_code == 428
    theirs = (await desk.post(f"{path}/hand-over", "nurse:nurse-1", version=mine["version"], body=over)).json()
    assert (theirs["claimed_by"], theirs["handed_by"], theirs["handed_reason"]) == ("nurse-2", "nurse-1", "SHIFT_ENDS")
    again = await desk.post(f"{path}/hand-over", "nurse:nurse-1", version=theirs["version"], body=over)
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    take = {"to": "nurse-1", "reason_code": "PATIENT_WAITS"}
    taken = (await desk.post(f"{path}/hand-over", "nurse:nurse-1", version=theirs["version"], body=take)).json()
    assert (taken["claimed_by"], taken["handed_by"]) == ("nurse-1", "nurse-1")
    freed = (await desk.post(f"{path}/release", "nurse:nurse-1", version=taken["version"])).json()
    assert (freed["claimed_by"], freed["handed_by"], freed["handed_reason"]) == (None, None, None)
    reasons = await desk.rows("SELECT reason FROM audit WHERE resource_id = $1 ORDER BY id", item["id"])
    assert [row["reason"] for row in reasons if row["reason"]] == ["SHIFT_ENDS", "PATIENT_WAITS"]


async def test_everything_of_an_absent_clinician_goes_to_another_one(desk: Desk) -> None:
    await desk.rows("TRUNCATE worklist_item")
    theirs = [await only(desk, await told(desk, outer.message_failed)) for _ in range(2)]
    other = await only(desk, await told(desk, outer.message_failed))
    for item, who in ((theirs[0], "away"), (theirs[1], "away"), (other, "here")):
        await desk.post(f"/v1/worklist/{item['id']}/claim", f"clinician:{who}", version=item["version"])
    body = {"clinic_id": str(CLINIC), "of": "away", "to": "stand-in", "reason_code": "ABSENT"}
    assert (await desk.post("/v1/worklist/hand-over", "nurse", body=body)).status_code == 403
    moved = await desk.post("/v1/worklist/hand-over", "clinician:lead", body=body)
    assert (moved.status_code, sorted(moved.json()["items"])) == (200, sorted(item["id"] for item in theirs))
    assert {item["id"]: item["claimed_by"] for item in await items(desk)} == {
        theirs[0]["id"]: "stand-in", theirs[1]["id"]: "stand-in", other["id"]: "here",
    }  # fmt: skip
    free = body | {"of": "stand-in"}
    free.pop("to")
    assert len((await desk.post("/v1/worklist/hand-over", "director:head", body=free)).json()["items"]) == 2
    assert [item["claimed_by"] for item in await items(desk) if item["claimed_by"]] == ["here"]


async def test_a_claim_names_the_version_it_was_made_on_and_happens_once(desk: Desk) -> None:
    story = await told(desk, outer.message_failed)
    item = await only(desk, story)
    path = f"/v1/worklist/{item['id']}/claim"
    assert (await desk.post(path, "nurse")).status_code == 428
    first = await desk.post(path, "nurse", version=item["version"], key="claim-1")
    assert first.status_code == 200
    same = await desk.post(path, "nurse", version=item["version"], key="claim-1")
    assert (same.json(), same.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert (await desk.post(path, "nurse", version=item["version"])).status_code == 412
    await told(desk, outer.message_failed, story=story)
    renewed = await only(desk, story)
    assert (renewed["claimed_by"], renewed["version"]) == ("nurse-1", first.json()["version"] + 1)


async def test_a_call_that_was_made_is_done_and_comes_back_when_it_is_needed_again(desk: Desk) -> None:
    story = await told(desk, outer.message_failed)
    item = await only(desk, story)
    done = await desk.post(f"/v1/worklist/{item['id']}/done", "frontdesk", version=item["version"])
    assert (done.status_code, done.json()["state"]) == (200, "DONE")
    assert await items(desk, story) == []
    for step in ("claim", "release", "done"):
        late = await desk.post(f"/v1/worklist/{item['id']}/{step}", "frontdesk", version=done.json()["version"])
        assert (late.status_code, late.json()["code"]) == (409, "CONFLICT")
    await told(desk, outer.message_failed, story=story)
    assert (await only(desk, story))["version"] == done.json()["version"] + 1


async def test_what_ends_where_it_belongs_cannot_be_declared_done(desk: Desk) -> None:
    item = await only(desk, await told(desk, lambda p: scene.concern(p, new_id())))
    refused = await desk.post(f"/v1/worklist/{item['id']}/done", "clinician", version=item["version"])
    assert (refused.status_code, refused.json()["code"]) == (409, "ITEM_NOT_BY_HAND")
    assert (await desk.post(f"/v1/worklist/{item['id']}/claim", "frontdesk", version=1)).status_code == 403


async def test_an_item_that_nobody_has_cannot_be_released(desk: Desk) -> None:
    item = await only(desk, await told(desk, scene.lead))
    freed = await desk.post(f"/v1/worklist/{item['id']}/release", "frontdesk", version=item["version"])
    assert (freed.status_code, freed.json()["params"]) == (409, {"state": "UNCLAIMED"})
    unknown = await desk.post(f"/v1/worklist/{new_id()}/claim", "frontdesk", version=1)
    assert unknown.status_code == 404
