"""Two who act at once, several who are decided at once, and events that come early or twice."""

import asyncio
from uuid import UUID

import pytest

from services.intake import commands
from services.intake.commands.screening.again import decide_together
from services.intake.records import locked_person
from services.intake.schemas.screening import QuestionnaireRequest
from shared.caller import Caller
from shared.events.intake import OrderRevoked, OrderSigned, PatientScreened, SafetyConcernRaised, ScreeningReviewed
from shared.ids import new_id
from tests.integration.intake.conftest import HEALTHY, Intake
from tests.integration.intake.merges import merged
from tests.integration.intake.statements import statements
from tests.integration.intake.test_orders import publish_completed

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_same_answer_from_two_devices_opens_one_concern(intake: Intake) -> None:
    patient, _ = await intake.screened()
    await asyncio.gather(*(intake.phq9(patient, *[0] * 8, 2) for _ in range(4)))
    assert len(await intake.said(patient, SafetyConcernRaised)) == 1


async def test_observations_at_once_are_screened_in_turn(intake: Intake) -> None:
    patient, _ = await intake.screened()
    await asyncio.gather(
        intake.answers(patient, pregnant="yes"),
        intake.readings(patient, blood_pressure={"systolic": 150, "diastolic": 80}),
        intake.phq9(patient, *[1] * 8, 1),
    )
    versions = [event.version for event in await intake.said(patient, PatientScreened)]
    assert versions == list(range(1, len(versions) + 1))
    newest = (await intake.get(f"/v1/patients/{patient}/screening", by="nurse")).json()
    fired = {finding["rule_id"] for finding in newest["modalities"][0]["findings"]}
    assert {"SCR-020", "SCR-041", "PHQ9-ITEM9-1"} <= fired


async def test_whoever_is_busy_or_merged_is_left_to_be_decided_alone_and_nobody_waits(intake: Intake) -> None:
    busy, free, absorbed = [(await intake.screened())[0] for _ in range(3)]
    await merged(intake, free, absorbed)
    await intake.house.settle()
    unknown, clinic = new_id(), intake.house.clinic.clinic_id
    async with intake.house.unit("intake") as holding:
        await locked_person(holding, busy)
        async with intake.house.unit("intake") as uow:
            done = await decide_together(uow, [busy, free, absorbed, unknown], clinic)
    assert (done.changed, done.left) == (0, [busy, absorbed, unknown])


async def test_however_many_are_decided_together_all_is_read_by_as_many_statements(intake: Intake) -> None:
    patients, counts = [(await intake.screened())[0] for _ in range(3)], list[int]()
    await intake.house.settle()
    for some in (patients[:1], patients):
        async with intake.house.unit("intake") as uow:
            made = await statements(uow)
            done = await decide_together(uow, some, intake.house.clinic.clinic_id)
            counts.append(len(made))
            assert (done.changed, done.left) == (0, [])
    assert counts[0] == counts[1]


async def test_a_questionnaire_is_screened_without_reading_anything_twice(intake: Intake) -> None:
    patient, _ = await intake.screened()
    caller = Caller("patient", str(patient), intake.house.clinic.organisation_id, patient_id=patient)
    async with intake.house.unit("intake", caller) as uow:
        made = await statements(uow)
        answers = QuestionnaireRequest.model_validate({"answers": HEALTHY})
        view = await commands.submit_questionnaire(uow, patient, answers)
        await uow.write_events()
        assert view.screening is not None
        assert view.screening.version == 1, "it stands"
    assert sorted(made) == sorted(set(made))
    assert len(made) <= 8, made


async def test_a_review_and_a_newer_screening_never_leave_a_cleared_one_standing(intake: Intake) -> None:
    patient, screening = await intake.screened()
    path, body = f"/v1/screenings/{screening['id']}/review", {"cleared": ["IV_MOOD"]}
    await asyncio.gather(
        intake.post(path, body, by="clinician"), intake.answers(patient, arteriovenous_malformation="yes")
    )
    assert (await intake.ordered(patient)).status_code == 409


async def test_a_link_used_twice_at_once_logs_in_once(intake: Intake) -> None:
    made = (await intake.post("/v1/patients", intake.person(), by="frontdesk")).json()
    body = {"token": made["login_link"]["url"].split("#")[1]}
    answers = await asyncio.gather(*(intake.post("/v1/public/wellmeadow/login", body, by=None) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 410]


async def test_one_id_registered_twice_at_once_makes_one_patient(intake: Intake) -> None:
    person = intake.person(patient_id=str(new_id()))
    answers = await asyncio.gather(*(intake.post("/v1/patients", person, by="frontdesk") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert len(await intake.said(UUID(person["patient_id"]))) == 1


async def test_a_treatment_may_be_known_before_its_patient(intake: Intake) -> None:
    patient = new_id()
    await publish_completed(intake, patient)
    assert await intake.registered(patient_id=str(patient)) == patient
    rows = await intake.house.rows("intake", "SELECT 1 FROM treatment WHERE patient_id = $1", patient)
    assert len(rows) == 1
    assert await intake.house.rows("intake", "SELECT 1 FROM stream WHERE parked_since IS NOT NULL") == []


async def test_revoking_twice_at_once_is_told_once(intake: Intake) -> None:
    patient = await intake.cleared()
    order = (await intake.ordered(patient)).json()
    path = f"/v1/orders/{order['id']}/revoke"
    answers = await asyncio.gather(*(intake.post(path, by="clinician", If_Match='"1"') for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    told = await intake.said(patient, ScreeningReviewed, OrderSigned, OrderRevoked)
    assert [type(event) for event in told] == [ScreeningReviewed, OrderSigned, OrderRevoked]
