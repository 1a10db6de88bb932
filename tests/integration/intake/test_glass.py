"""Records that are closed to the organisation's other clinics, and what breaking the glass leaves behind."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.clinicfile.model import ClinicFile
from shared.clinicfile.privacy import PrivacyPolicy
from shared.clock import wall_now
from shared.events.intake import RecordOpened
from tests.integration.intake.conftest import Intake
from tests.support.house import larkspur

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHY = {"reason": "Found unconscious at our door, Zqreason."}


def shut() -> ClinicFile:
    privacy = PrivacyPolicy(open_to="CLINIC", break_glass_minutes=30)
    return larkspur().model_copy(update={"clinic": "alder", "privacy": privacy})


def token(intake: Intake, *roles: str, clinic: UUID, subject: str = "r-vale") -> str:
    return intake.house.tokens.staff(*roles, clinic=clinic, subject=subject)


async def registered(intake: Intake) -> tuple[UUID, UUID]:
    """A patient of a clinic that keeps its records to itself, and that clinic."""
    clinic = shut()
    await intake.house.apply("intake", clinic)
    own = token(intake, "frontdesk", clinic=clinic.clinic_id)
    answer = await intake.post("/v1/patients", intake.person(clinic_id=str(clinic.clinic_id)), by=None, token=own)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"]), clinic.clinic_id


async def looked(intake: Intake, path: str, own: str) -> httpx.Response:
    return await intake.house.client("intake", own).get(path)


async def broken(intake: Intake, clinic: UUID, *roles: str) -> Any:
    own = token(intake, *roles, clinic=clinic, subject="p-oakes")
    answer = await looked(intake, f"/v1/break-glass?clinic_id={clinic}", own)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_closed_record_opens_for_its_clinic_and_through_broken_glass_and_each_look_is_known(
    intake: Intake,
) -> None:
    patient, clinic = await registered(intake)
    elsewhere = token(intake, "clinician", clinic=intake.house.clinic.clinic_id)
    own, paper = token(intake, "nurse", clinic=clinic), {"content_type": "application/pdf", "size": 9}
    announced = paper | {"kind": "ECG", "sha256": "0" * 64}
    document = (await intake.post(f"/v1/patients/{patient}/documents", announced, by=None, token=own)).json()["id"]
    parts = ("", "/timeline", "/safety-tasks", "/orders", "/documents")
    by_patient = [f"/v1/patients/{patient}{part}" for part in parts]
    paths = [*by_patient, f"/v1/documents/{document}"]
    shut_out = [await looked(intake, path, elsewhere) for path in paths]
    assert [(a.status_code, a.json()["code"]) for a in shut_out] == [(403, "RECORD_CLOSED")] * len(paths)
    denied = "SELECT count(*) AS n FROM audit WHERE patient_id = $1 AND outcome = 'denied' AND reason = 'RECORD_CLOSED'"
    assert (await intake.house.rows("intake", denied, patient))[0]["n"] == len(by_patient)
    assert (await looked(intake, paths[0], own)).status_code == 200
    made = await intake.post(f"/v1/patients/{patient}/break-glass", WHY, by=None, token=elsewhere)
    assert (made.status_code, made.json()["looks"]) == (201, 0), made.text
    assert [(await looked(intake, path, elsewhere)).status_code for path in paths] == [200] * len(paths)
    other = token(intake, "clinician", clinic=intake.house.clinic.clinic_id, subject="somebody-else")
    assert (await looked(intake, paths[0], other)).status_code == 403
    (told,) = await intake.said(patient, RecordOpened)
    (seen,) = [one for one in await broken(intake, clinic, "director") if one["patient_id"] == str(patient)]
    assert (seen["id"], seen["opened_by"], seen["looks"]) == (str(told.grant_id), "r-vale", len(paths))
    assert seen["reason"] == WHY["reason"]
    (shown,) = [one for one in await broken(intake, clinic, "operator") if one["patient_id"] == str(patient)]
    assert shown["reason"] is None
    outbox = await intake.house.rows("intake", "SELECT convert_from(body, 'UTF8') AS text FROM outbox")
    kept = await intake.house.rows("intake", "SELECT b::text AS text FROM break_glass b")
    assert not any("Zqreason" in row["text"] for row in (*outbox, *kept))


async def test_the_glass_closes_again_and_is_broken_only_where_there_is_some(intake: Intake) -> None:
    patient, clinic = await registered(intake)
    elsewhere = token(intake, "nurse", clinic=intake.house.clinic.clinic_id)
    path = f"/v1/patients/{patient}/break-glass"
    short = await intake.post(path, {"reason": "curious"}, by=None, token=elsewhere)
    assert short.status_code == 422
    desk = token(intake, "frontdesk", clinic=intake.house.clinic.clinic_id)
    assert (await intake.post(path, WHY, by=None, token=desk)).status_code == 403
    made = (await intake.post(path, WHY, by=None, token=elsewhere)).json()
    left = datetime.fromisoformat(made["until"]["utc"]) - wall_now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    again = await intake.post(path, WHY, by=None, token=elsewhere)
    assert (again.status_code, again.json()["params"]) == (409, {"state": "OPEN"})
    await intake.house.write(
        "intake", "UPDATE break_glass SET until = clock_timestamp() WHERE patient_id = $1", patient
    )
    assert (await looked(intake, f"/v1/patients/{patient}", elsewhere)).status_code == 403
    own = await intake.post(path, WHY, by=None, token=token(intake, "nurse", clinic=clinic))
    assert own.json()["code"] == "CONFLICT"
    open_one = await intake.registered()
    spared = await intake.post(f"/v1/patients/{open_one}/break-glass", WHY, by=None, token=elsewhere)
    assert spared.json()["code"] == "CONFLICT"


async def test_a_closed_record_keeps_nobody_from_writing_down_what_happened(intake: Intake) -> None:
    patient, _ = await registered(intake)
    here = {"clinic_id": str(intake.house.clinic.clinic_id)}
    flag = here | {"risk": "HIGH", "reason": "Said so at our door."}
    answer = await intake.post(f"/v1/patients/{patient}/safety-concerns", flag, by="nurse")
    assert answer.status_code == 201, answer.text
