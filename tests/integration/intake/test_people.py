"""Leads, registration, login and search over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.intake.models import Row
from services.intake.queries.export import LEFT_OUT, exported
from shared.events.intake import LeadReceived, PatientRegistered
from shared.ids import named_id, new_id
from shared.sealing import is_sealed
from tests.integration.intake.conftest import PERSON, Intake, codes

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEADS = "/v1/public/wellmeadow/larkspur/leads"
LOGIN = "/v1/public/wellmeadow/login"
LEAD: dict[str, Any] = {
    "given_name": "Juniper",
    "family_name": "Ashdown",
    "phone": "(208) 555-0117",
    "preferred_time": "weekday mornings",
    "message": "I would like to talk with somebody.",
    "consents": [{"channel": "SMS", "purpose": "CARE", "granted": True, "wording_version": "sms-care-1"}],
}


def secret(link: dict[str, Any]) -> str:
    return str(link["url"]).split("#")[1]


async def log_in(intake: Intake, token: str) -> httpx.Response:
    return await intake.post(LOGIN, {"token": token}, by=None)


async def test_a_lead_becomes_a_patient_under_the_same_id(intake: Intake) -> None:
    answer = await intake.post(LEADS, LEAD, by=None)
    lead = UUID(answer.json()["id"])
    assert (answer.status_code, answer.json()["received_at"]["zone"]) == (201, "America/Boise")
    assert await intake.registered(lead_id=str(lead)) == lead
    told = (await intake.told(lead, LeadReceived, "contact"))[0]
    assert (told.contact.phone, told.consents[0].purpose, told.consents[0].method) == (
        "+12085550117", "CARE", "web_form",
    )  # fmt: skip
    assert [type(event) for event in await intake.said(lead)] == [LeadReceived, PatientRegistered]
    again = await intake.post("/v1/patients", intake.person(lead_id=str(lead)), by="frontdesk")
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_REGISTERED")


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"phone": "12345"}, "/phone", "PHONE_NOT_VALID"),
        ({"phone": None, "email": None}, "", "PHONE_OR_EMAIL_NEEDED"),
        ({"given_name": "  "}, "/given_name", "STRING_TOO_SHORT"),
        ({"surname": "x"}, "/surname", "UNKNOWN_FIELD"),
    ],
)
async def test_a_lead_that_is_not_valid_says_what_to_mend(
    intake: Intake, changes: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await intake.post(LEADS, LEAD | changes, by=None)
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]


async def test_a_clinic_that_is_not_here_takes_no_lead(intake: Intake) -> None:
    assert (await intake.post("/v1/public/wellmeadow/elsewhere/leads", LEAD, by=None)).status_code == 404


async def test_registration_tells_identity_and_contact_sealed(intake: Intake) -> None:
    patient = await intake.registered()
    identity = (await intake.told(patient, PatientRegistered, "identity"))[0]
    assert (identity.legal_name, identity.preferred_name) == ("Juniper Ashdown", "June")
    contact = (await intake.told(patient, PatientRegistered, "contact"))[0].contact
    assert (contact.given_name, contact.phone, contact.zone) == ("June", "+12085550117", "America/Boise")
    view = (await intake.get(f"/v1/patients/{patient}", by="nurse")).json()
    assert (view["record_number"], view["version"]) == (identity.record_number, 1)


async def test_whoever_is_registered_twice_is_shown_to_staff_with_why_and_to_nobody_else(intake: Intake) -> None:
    twice = {
        "legal_family_name": "Brackenridge",
        "birth_date": "1979-08-09",
        "phone": None,
        "email": None,
        "consents": [],
    }
    first = await intake.registered(**twice)
    again = (await intake.post("/v1/patients", {**intake.person(), **twice}, by="frontdesk")).json()
    (alike,) = again["possible_duplicates"]
    assert (alike["id"], alike["points"], alike["name_alert"]) == (str(first), {"NAME": 50, "BIRTH_DATE": 30}, True)
    (seen,) = (await intake.get(f"/v1/patients/{first}/alike", by="nurse")).json()["items"]
    assert seen["id"] == again["id"]
    assert (await intake.get(f"/v1/patients/{first}/alike", by=first)).status_code == 403


async def test_record_numbers_count_up(intake: Intake) -> None:
    numbers = [(await intake.told(await intake.registered(), PatientRegistered, "identity"))[0] for _ in range(2)]
    assert int(numbers[1].record_number) == int(numbers[0].record_number) + 1


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"birth_date": "2999-01-01"}, "/birth_date", "IN_THE_FUTURE"),
        ({"birth_date": "1899-12-31"}, "/birth_date", "BIRTH_DATE_TOO_EARLY"),
        ({"birth_date": "14.3.1986"}, "/birth_date", "DATE_FROM_DATETIME_PARSING"),
        ({"sex_at_birth": "feminine"}, "/sex_at_birth", "LITERAL_ERROR"),
        ({"patient_id": str(uuid4())}, "/patient_id", "UUID7_NEEDED"),
        ({"lead_id": str(new_id()), "patient_id": str(new_id())}, "", "LEAD_OR_PATIENT_ID"),
        ({"phone": "+1 208 555"}, "/phone", "PHONE_NOT_VALID"),
    ],
)
async def test_a_registration_that_is_not_valid_says_what_to_mend(
    intake: Intake, changes: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await intake.post("/v1/patients", intake.person(**changes), by="frontdesk")
    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    assert not any(str(value) in answer.text for value in changes.values())


async def test_registration_needs_a_known_lead_a_known_clinic_and_the_front_desk(intake: Intake) -> None:
    unknown_lead = await intake.post("/v1/patients", intake.person(lead_id=str(new_id())), by="frontdesk")
    assert (unknown_lead.status_code, codes(unknown_lead)) == (404, {"UNKNOWN_LEAD"})
    elsewhere = intake.person(clinic_id=str(named_id("clinic", "wellmeadow/elsewhere")))
    assert (await intake.post("/v1/patients", elsewhere, by="frontdesk")).status_code == 403
    assert (await intake.post("/v1/patients", intake.person(), by="nurse")).status_code == 403


async def test_a_login_link_works_once(intake: Intake) -> None:
    link = (await intake.post("/v1/patients", intake.person(), by="frontdesk")).json()
    answer = await log_in(intake, secret(link["login_link"]))
    assert (answer.status_code, answer.json()["expires_in"], answer.json()["patient_id"]) == (200, 1800, link["id"])
    own = await intake.post(f"/v1/patients/{link['id']}/questionnaires", {"answers": {}}, by=None,
                            token=answer.json()["access_token"])  # fmt: skip
    assert own.status_code == 201
    again = await log_in(intake, secret(link["login_link"]))
    assert (again.status_code, again.json()["code"]) == (410, "LOGIN_LINK_SPENT")


async def test_a_new_login_link_replaces_the_one_before(intake: Intake) -> None:
    made = (await intake.post("/v1/patients", intake.person(), by="frontdesk")).json()
    link = (await intake.post(f"/v1/patients/{made['id']}/login-links", by="nurse")).json()
    assert (await log_in(intake, secret(made["login_link"]))).status_code == 410
    assert (await log_in(intake, secret(link))).status_code == 200


async def test_a_login_link_ends_by_wall_time(intake: Intake) -> None:
    link = (await intake.post("/v1/patients", intake.person(), by="frontdesk")).json()
    pool = await intake.house.services["intake"].database.pool()
    await pool.execute("UPDATE login_link SET expires_at = clock_timestamp() WHERE patient_id = $1", UUID(link["id"]))
    assert (await log_in(intake, secret(link["login_link"]))).status_code == 410


async def test_the_secret_of_a_link_is_not_stored(intake: Intake) -> None:
    link = (await intake.post("/v1/patients", intake.person(), by="frontdesk")).json()
    rows = await intake.house.rows("intake", "SELECT to_jsonb(l)::text AS row FROM login_link l")
    assert rows
    assert not any(secret(link["login_link"]) in row["row"] for row in rows)


async def test_a_patient_reaches_only_itself(intake: Intake) -> None:
    one, other = await intake.registered(), await intake.registered()
    assert (await intake.get(f"/v1/patients/{one}", by=one)).status_code == 200
    assert (await intake.get(f"/v1/patients/{one}", by=other)).status_code == 404
    answer = await intake.post(f"/v1/patients/{one}/questionnaires", {"answers": {}}, by=other)
    assert answer.status_code == 404


async def test_another_organisation_sees_nothing(intake: Intake) -> None:
    patient = await intake.registered()
    stranger = intake.house.tokens.staff("frontdesk", organisation=named_id("organisation", "elsewhere"))
    client = intake.house.client("intake", stranger)
    assert (await client.get(f"/v1/patients/{patient}")).status_code == 404
    found = await client.post("/v1/patients/search", json={"phone": PERSON["phone"]})
    assert found.json() == {"matches": [], "more": False}


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "Quillfeather"},
        {"name": "Quill"},
        {"name": "thaddeus quillfether"},
        {"name": "Quillfeather", "birth_date": "1971-02-03"},
        {"phone": "208-555-0188"},
        {"email": "Thad@Example.org"},
    ],
)
async def test_a_patient_is_found(intake: Intake, asked: dict[str, Any]) -> None:
    person = intake.person(
        legal_given_name="Thaddeus", legal_family_name="Quillfeather", preferred_name=None, birth_date="1971-02-03",
        phone="+12085550188", email="thad@example.org", patient_id=str(named_uuid7()),
    )  # fmt: skip
    await intake.post("/v1/patients", person, by="frontdesk")
    found = (await intake.post("/v1/patients/search", asked, by="frontdesk")).json()["matches"]
    assert found[0]["id"] == person["patient_id"]
    assert found[0]["score"] >= 40


def named_uuid7() -> UUID:
    """Always the same UUIDv7, so that the patient to be found is registered once."""
    return UUID("01890a5d-ac96-774b-bcce-b302099a8057")


async def test_a_search_leaves_audit_rows_and_finds_no_stranger(intake: Intake) -> None:
    patient = await intake.registered(legal_family_name="Zimmerbach")
    found = (await intake.post("/v1/patients/search", {"name": "Zimmerbach"}, by="frontdesk")).json()
    assert [UUID(match["id"]) for match in found["matches"]] == [patient]
    rows = await intake.house.rows("intake", "SELECT action FROM audit WHERE patient_id = $1 ORDER BY at", patient)
    assert rows[-1]["action"] == "search"
    nobody = (await intake.post("/v1/patients/search", {"name": "Wxyzzy"}, by="frontdesk")).json()
    assert nobody == {"matches": [], "more": False}


async def test_a_copy_of_the_record_is_whole_opened_and_audited(intake: Intake) -> None:
    needs = {"interpreter": True, "access_needs": ["wheelchair"], "external_ids": [{"system": "EHR", "value": "77-1"}]}
    patient = await intake.registered(**needs)
    await intake.answers(patient)
    await intake.phq9(patient, *[1] * 8, 0)
    copy = (await intake.get(f"/v1/patients/{patient}/export?reason=MOVED_AWAY", by="admin")).json()
    records = copy["records"]
    identity = records["patient"][0]["identity"]
    assert (identity["family_name"], identity["interpreter"], identity["access_needs"]) == (
        "Ashdown",
        True,
        ["wheelchair"],
    )
    assert records["questionnaire"][0]["answers"]
    assert len(records["assessment"]) == 1
    assert records["screening"]
    assert not any(is_sealed(value) for rows in records.values() for row in rows for value in row.values())
    audited = "SELECT reason FROM audit WHERE action = 'export' AND patient_id = $1"
    assert [row["reason"] for row in await intake.house.rows("intake", audited, patient)] == ["MOVED_AWAY"]
    assert (await intake.get(f"/v1/patients/{patient}/export", by="frontdesk")).status_code == 403
    assert (await intake.get(f"/v1/patients/{new_id()}/export", by="admin")).status_code == 404


async def test_a_copy_leaves_out_no_table_that_knows_a_patient() -> None:
    shown = {table.name for table in exported()}
    known = {name for name, table in Row.metadata.tables.items() if "patient_id" in table.columns}
    assert known - shown == LEFT_OUT
    assert {"patient", "lead", "draft_answer"} <= shown


async def test_one_system_names_a_patient_once(intake: Intake) -> None:
    ids = [{"system": "EHR", "value": "1"}, {"system": "EHR", "value": "2"}]
    refused = await intake.post("/v1/patients", intake.person(external_ids=ids), by="frontdesk")
    assert (refused.status_code, codes(refused)) == (422, {"SYSTEM_TWICE"})
