"""The chair board over HTTP, from an empty floor to the next patient."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.ids import new_id
from tests.integration.scheduling.scene import AWAY, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")
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
