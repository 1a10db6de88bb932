"""The chair board over HTTP, from an empty floor to the next patient; what a location keeps for when there is none."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from structlog.testing import capture_logs

from cli.daypack import fetch_newest
from cli.services import Services
from services.scheduling.domain.daypack import DayPackAbout
from services.scheduling.loops import plan_turn
from shared.clinicfile.handouts import DayPackPolicy
from shared.ids import new_id
from shared.parcel import open_parcel, public_text
from tests.integration.scheduling.scene import AWAY, NAME, Scene
from tests.support.house import larkspur

pytestmark = pytest.mark.asyncio(loop_scope="package")
READER = X25519PrivateKey.generate()
CALM = {"systolic": 126, "diastolic": 82, "heart_rate": 72}


async def board(scene: Scene, **query: Any) -> dict[str, Any]:
    answer = await scene.see("/v1/board", clinic_id=str(scene.house.clinic.clinic_id), **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def chair_of(scene: Scene, appointment: dict[str, Any]) -> dict[str, Any]:
    chairs = (await board(scene))["chairs"]
    return next(dict(chair) for chair in chairs if chair["chair"] == appointment["chair"])


async def test_a_chair_goes_from_free_to_expected_to_dose_to_recovery_to_free(scene: Scene) -> None:
    patient = await scene.patient()
    appointment = (await scene.book(patient))["sessions"][0]
    await scene.house.clock.advance(
        datetime.fromisoformat(appointment["starts"]["utc"]) - scene.now - timedelta(hours=1)
    )
    free = await chair_of(scene, appointment)
    assert (free["phase"], free["patient"], free["expected_free"]) == ("FREE", None, None)
    assert free["next_starts"]["utc"] == appointment["starts"]["utc"]
    await scene.wait(65)
    expected = await chair_of(scene, appointment)
    assert (expected["phase"], expected["minutes_in"], expected["patient"]) == ("EXPECTED", 5, "R.A.Q.")
    assert (expected["session_id"], expected["expected_free"]["utc"]) == (None, appointment["ends"]["utc"])
    session = await scene.started(appointment)
    runs = await chair_of(scene, appointment)
    assert (runs["phase"], runs["minutes_in"], runs["session_id"]) == ("IN_PROGRESS", 0, session["session_id"])
    assert (runs["next_due"]["what"], runs["next_due"]["overdue"]) == ("PRESSURE_AND_PULSE", False)
    await scene.wait(16)
    late = await chair_of(scene, appointment)
    assert (late["minutes_in"], late["next_due"]["overdue"], late["open_alerts"], late["worst_alert"]) == (
        16, True, 1, "WARN",
    )  # fmt: skip
    await scene.observe(session, systolic=186, diastolic=112, heart_rate=80)
    assert ((await chair_of(scene, appointment))["worst_alert"]) == "CRITICAL"
    await scene.observe(session, **CALM, cadss=8, moaas=4)
    await scene.step(session, "infusion-end", {"dose_mg": 34, "minutes": 16})
    recovers = await chair_of(scene, appointment)
    ended = datetime.fromisoformat(
        (await scene.see(f"/v1/sessions/{session['session_id']}")).json()["infusion_ended_at"]
    )
    policy = scene.house.clinic.session
    rest = timedelta(minutes=policy.recovery_minutes + policy.turnover_minutes)
    assert (recovers["phase"], recovers["minutes_in"]) == ("RECOVERY", 0)
    assert datetime.fromisoformat(recovers["expected_free"]["utc"]) == ended + rest


async def test_the_board_is_of_one_location_for_staff_of_the_clinic(scene: Scene) -> None:
    here, clinic = scene.house.clinic, str(scene.house.clinic.clinic_id)
    shown = await board(scene, location=here.locations[0].id)
    assert [chair["chair"] for chair in shown["chairs"]] == [chair.id for chair in here.locations[0].chairs]
    assert (await scene.see("/v1/board", clinic_id=clinic, location="nowhere")).status_code == 404
    biller, elsewhere = scene.house.tokens.staff("biller"), scene.house.tokens.staff("nurse", clinic=new_id())
    for token in (biller, elsewhere, scene.house.tokens.patient(new_id())):
        assert (await scene.see("/v1/board", clinic_id=clinic, token=token)).status_code == 403
    stranger = scene.house.tokens.staff("nurse", organisation=new_id())
    assert (await scene.see("/v1/board", clinic_id=clinic, token=stranger)).json()["code"] == "NO_CLINIC_FILE"


async def test_looking_at_the_board_leaves_an_audit_row_for_each_patient_on_it(scene: Scene) -> None:
    patient = await scene.patient()
    appointment = (await scene.book(patient))["sessions"][0]
    session = await scene.arrive(appointment)
    await scene.observe(session, **AWAY)
    waits = await chair_of(scene, appointment)
    assert (waits["phase"], waits["next_due"], waits["patient_id"]) == ("CHECKED_IN", None, str(patient))
    rows = await scene.house.rows(
        "scheduling", "SELECT resource_id FROM audit WHERE resource = 'board' AND patient_id = $1", patient
    )
    assert [row["resource_id"] for row in rows] == [appointment["appointment_id"]]


@pytest_asyncio.fixture(loop_scope="package")
async def packing(scene: Scene) -> AsyncIterator[Scene]:
    """A clinic that keeps day packs, with a reader who can open them."""
    policy = DayPackPolicy(readers=(public_text(READER),))
    await scene.house.apply("scheduling", larkspur().model_copy(update={"day_packs": policy}))
    yield scene
    await scene.house.apply("scheduling", larkspur())
    await scene.run("TRUNCATE day_pack")


async def packs(scene: Scene) -> list[dict[str, Any]]:
    query = {"clinic_id": str(scene.house.clinic.clinic_id), "location": "main"}
    return list((await scene.see("/v1/day-packs", **query)).json()["items"])


async def test_a_day_on_paper_is_read_by_who_has_the_key_until_its_days_are_over(
    packing: Scene, tmp_path: Path
) -> None:
    patient = await packing.patient()
    first = (await packing.book(patient))["sessions"][0]
    await packing.house.clock.advance(datetime.fromisoformat(first["starts"]["utc"]) - packing.now - timedelta(hours=1))
    escort = {"name": "Sam Quist", "phone": "+12085550107"}
    await packing.call(f"/v1/appointments/{first['appointment_id']}/escort", escort, version=first["version"])
    asked = await packing.call("/v1/day-packs", {"clinic_id": str(packing.house.clinic.clinic_id), "location": "main"})
    assert (asked.status_code, asked.json()["appointments"], asked.json()["asked"]) == (201, 1, True), asked.text
    frontdesk = packing.house.client("scheduling", packing.house.tokens.staff("frontdesk"))
    file = await fetch_newest(Services({"scheduling": frontdesk}), "wellmeadow/larkspur", "main", tmp_path)
    assert NAME not in file.read_text()
    about, page = open_parcel(file.read_text(), READER, DayPackAbout)
    assert (about.location, about.first_day.isoformat()) == ("main", first["starts"]["local_date"])
    for told in (NAME, "LK-000123", "70 kg x 0.5 mg/kg = 35 mg", "Sam Quist, +12085550107", "none on record: ask"):
        assert told in page.decode()
    seen = "SELECT action, count(patient_id) FROM audit WHERE resource = 'day_pack' AND resource_id = $1 GROUP BY 1"
    rows = await packing.house.rows("scheduling", seen, asked.json()["pack_id"])
    assert {row[0]: row[1] for row in rows} == {"create": 0, "export": 1}
    path = f"/v1/day-packs/{asked.json()['pack_id']}/content"
    biller = packing.house.tokens.staff("biller")
    assert (await packing.see(path, token=biller)).status_code == 403
    await packing.house.clock.advance(timedelta(days=3, minutes=1))
    gone = await packing.see(path)
    assert (gone.status_code, gone.json()["code"]) == (410, "DAY_PACK_REMOVED")
    removed = [one for one in await packs(packing) if one["pack_id"] == asked.json()["pack_id"]]
    assert [one["state"] for one in removed] == ["REMOVED"]


async def test_a_pack_that_fell_due_while_nobody_ran_is_made_once(packing: Scene) -> None:
    service, house = packing.house.services["scheduling"], packing.house
    await plan_turn(service)
    await plan_turn(service)
    (due_at,) = (await house.rows("scheduling", "SELECT due_at FROM timer WHERE kind = 'day_pack_due'"))[0]
    await house.stop_worker("scheduling")
    late = due_at - packing.now + service.clock.offset + timedelta(minutes=20)
    for post in house.posts():
        await post.set_offset(late)
    await house.start_worker("scheduling")
    await house.settle()
    await plan_turn(service)
    await house.settle()
    made = await house.rows("scheduling", "SELECT due_at, made_at > due_at FROM day_pack")
    assert [tuple(row) for row in made] == [(due_at, True)]
    timers = await house.rows("scheduling", "SELECT state FROM timer WHERE kind = 'day_pack_due' ORDER BY due_at")
    assert [row[0] for row in timers] == ["DONE", "DUE"]


async def test_a_clinic_whose_file_cannot_be_read_stops_no_other(packing: Scene) -> None:
    broken, known = new_id(), packing.house.clinic.organisation_id
    await packing.run(
        "INSERT INTO clinic_file SELECT (jsonb_populate_record(f, jsonb_build_object('clinic_id', $1::uuid, 'hash',"
        " 'broken', 'content', '{}'))).* FROM clinic_file f LIMIT 1", broken,
    )  # fmt: skip
    await packing.run("INSERT INTO clinic_active VALUES ($1, 'broken', $2)", broken, known)
    try:
        with capture_logs() as logs:
            await plan_turn(packing.house.services["scheduling"])
        assert [line["clinic"] for line in logs if line["event"] == "day packs not planned"] == [str(broken)]
        planned = await packing.house.rows("scheduling", "SELECT clinic_id FROM timer WHERE kind = 'day_pack_due'")
        assert [row[0] for row in planned] == [packing.house.clinic.clinic_id]
    finally:
        await packing.run("DELETE FROM clinic_active WHERE clinic_id = $1", broken)
        await packing.run("DELETE FROM clinic_file WHERE clinic_id = $1", broken)


async def test_without_a_reader_none_is_made(scene: Scene) -> None:
    await plan_turn(scene.house.services["scheduling"])
    assert await scene.house.rows("scheduling", "SELECT 1 FROM timer WHERE kind = 'day_pack_due'") == []
    refused = await scene.call("/v1/day-packs", {"clinic_id": str(scene.house.clinic.clinic_id), "location": "main"})
    assert (refused.status_code, refused.json()["code"]) == (409, "NO_DAY_PACK_READERS")
    assert await packs(scene) == []
