"""Two clinics of one organisation share their patients: gaps hold across them."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from shared.clinicfile.load import load
from tests.integration.scheduling.scene import Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")
CEDAR = load(Path(__file__).parents[3] / "clinics" / "cedar.yaml")


async def test_a_session_at_one_clinic_keeps_its_gap_from_those_at_the_other(scene: Scene) -> None:
    await scene.house.apply("scheduling", CEDAR)
    patient = await scene.patient()
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
