"""Two clinics of one organisation share their patients: gaps hold across them, orders do not."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from shared.clinicfile.load import load
from shared.ids import new_id
from tests.integration.scheduling.scene import FULL, Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")
CEDAR = load(Path(__file__).parents[3] / "clinics" / "cedar.yaml")
FOR_LONG = timedelta(days=400)


async def test_a_session_at_one_clinic_keeps_its_gap_from_those_at_the_other(scene: Scene) -> None:
    await scene.house.apply("scheduling", CEDAR)
    patient = await scene.patient()
    await scene.say(patient, scene.ordered(patient, new_id(), valid=FOR_LONG), clinic=CEDAR.clinic_id)
    await scene.house.settle()
    here = (await scene.book(patient))["sessions"]
    there = {"clinic_id": str(CEDAR.clinic_id), "pattern": ["tue", "fri"], "time": "14:00"}
    cedar = scene.house.tokens.staff("frontdesk", clinic=CEDAR.clinic_id)

    refused = await scene.call("/v1/courses", scene.wish(patient, **there), token=cedar)
    assert (refused.status_code, refused.json()["code"]) == (409, "COURSE_IMPOSSIBLE")
    assert "NEAR_OTHER_SESSION" in codes(refused)

    later = scene.wish(patient, **there | {"start_on": (scene.next_monday() + timedelta(days=14)).isoformat()})
    booked = await scene.call("/v1/courses", later, token=cedar)
    assert booked.status_code == 201, booked.text
    theirs = booked.json()["sessions"]
    beside = date.fromisoformat(theirs[0]["starts"]["local_date"])
    move = f"/v1/appointments/{here[5]['appointment_id']}/move"
    near = await scene.call(move, {"day": beside.isoformat(), "time": "09:00"}, version=1)
    assert (near.status_code, codes(near)) == (409, ["NEAR_OTHER_SESSION"])
    assert (
        await scene.call(move, {"day": beside.isoformat(), "time": "09:00"}, version=1, token=cedar)
    ).status_code == 403
    earlier = (date.fromisoformat(here[5]["starts"]["local_date"])).isoformat()
    assert (await scene.call(move, {"day": earlier, "time": "10:00"}, version=1)).status_code == 200


async def test_an_order_counts_only_at_the_clinic_that_signed_it(scene: Scene) -> None:
    await scene.house.apply("scheduling", CEDAR)
    patient, theirs = await scene.patient(), new_id()
    cedar = scene.house.tokens.staff("frontdesk", clinic=CEDAR.clinic_id)
    there = scene.wish(patient, clinic_id=str(CEDAR.clinic_id), pattern=["tue", "fri"], time="14:00")
    unknown = await scene.call("/v1/courses", there, token=cedar)
    assert unknown.json()["params"] == {"blockers": ["ORDER_MISSING"]}

    here = await scene.book(patient)
    longer = scene.ordered(patient, theirs, valid=FOR_LONG, minutes=60)
    await scene.say(patient, longer, clinic=CEDAR.clinic_id)
    await scene.house.settle()
    proposals = "/v1/courses/proposals"
    blocks = [
        (await scene.call(proposals, there, token=cedar)).json(),
        (await scene.call(proposals, scene.wish(patient))).json(),
    ]
    assert [b["block_minutes"] for b in blocks] == [165, 150]

    session = await scene.arrive(here["sessions"][0])
    await scene.observe(session, **FULL)
    started = await scene.step(session, "start")
    assert (started["order"]["minutes"], started["order"]["order_id"] == str(theirs)) == (40, False)


async def test_an_order_of_before_whose_clinic_nobody_knows_counts_nowhere_until_it_is_told_again(scene: Scene) -> None:
    patient, order = await scene.patient(cleared=False), new_id()
    screening = new_id()
    ordered = scene.ordered(patient, order, valid=FOR_LONG)
    await scene.say(
        patient, scene.screened(patient, screening), scene.reviewed(patient, screening, version=2),
        scene.consented(patient), ordered,
    )  # fmt: skip
    await scene.house.settle()
    await scene.run("UPDATE dose_order SET clinic_id = NULL WHERE id = $1", order)
    refused = await scene.call("/v1/courses", scene.wish(patient))
    assert refused.json()["params"] == {"blockers": ["ORDER_MISSING"]}
    await scene.say(patient, ordered)
    await scene.house.settle()
    assert (await scene.call("/v1/courses", scene.wish(patient))).status_code == 201
