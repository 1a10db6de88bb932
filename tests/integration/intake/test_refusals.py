"""Bad input over HTTP: the right status, a problem document that says what to do, and nothing changed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.ids import named_id, new_id
from tests.integration.intake.conftest import HEALTHY, ORDER, Intake, codes

pytestmark = pytest.mark.asyncio(loop_scope="session")
THEN = "2026-01-01T09:00:00Z"


async def rows_of(intake: Intake) -> dict[str, int]:
    """How many rows each table of business has, the outbox among them."""
    tables = ("patient", "questionnaire", "assessment", "reading", "screening", "review", "consent", "dose_order",
              "safety_concern", "login_link", "outbox", "idempotency")  # fmt: skip
    counts = " UNION ALL ".join(f"SELECT '{table}' AS name, count(*) AS n FROM {table}" for table in tables)
    return {row["name"]: row["n"] for row in await intake.house.rows("intake", counts)}


@pytest.mark.parametrize(
    ("path", "body", "by", "status", "code"),
    [
        ("questionnaires", {"answers": {"blood_type": "yes"}}, "nurse", 422, "UNKNOWN_FIELD"),
        ("questionnaires", {"answers": {"pregnant": "maybe"}}, "nurse", 422, "ENUM"),
        ("questionnaires", {"answers": {"failed_antidepressants": -1}}, "nurse", 422, None),
        ("questionnaires", {"answers": ["yes"]}, "nurse", 422, None),
        ("questionnaires", {"answers": {"medications": [{"name": f"drug {n}"} for n in range(10_000)]}}, "nurse",
         422, "TOO_LONG"),
        ("questionnaires", {"answers": {"medications": [{"name": "aspirin\u0007"}]}}, "nurse", 422, "NOT_PRINTABLE"),
        ("questionnaires", {"answers": {"medications": [{"name": "\u202easpirin"}]}}, "nurse", 422, "NOT_PRINTABLE"),
        ("assessments", {"instrument": "PHQ9", "answers": [0] * 8}, "nurse", 422, "TOO_SHORT"),
        ("assessments", {"instrument": "PHQ9", "answers": [4, *[0] * 8]}, "nurse", 422, "LESS_THAN_EQUAL"),
        ("assessments", {"instrument": "GAD7", "answers": [0] * 9}, "nurse", 422, "LITERAL_ERROR"),
        ("readings", {"taken_at": THEN}, "nurse", 422, "NOTHING_MEASURED"),
        ("readings", {"taken_at": "2026-01-01T09:00:00", "weight_kg": "70"}, "nurse", 422, "TIMEZONE_AWARE"),
        ("readings", {"taken_at": "2999-01-01T09:00:00Z", "weight_kg": "70"}, "nurse", 422, "IN_THE_FUTURE"),
        ("readings", {"taken_at": THEN, "weight_kg": "7"}, "nurse", 422, "GREATER_THAN_EQUAL"),
        ("readings", {"taken_at": THEN, "blood_pressure": {"systolic": 999, "diastolic": 80}}, "nurse",
         422, "LESS_THAN_EQUAL"),
        ("readings", {"taken_at": THEN, "blood_pressure": {"systolic": 80, "diastolic": 90}}, "nurse",
         422, "DIASTOLIC_NOT_BELOW_SYSTOLIC"),
        ("readings", {"taken_at": THEN, "weight_kg": "70"}, "frontdesk", 403, None),
        ("questionnaires", {"answers": {}}, "biller", 403, None),
        ("orders", ORDER, "nurse", 403, None),
        ("orders", ORDER | {"mg_per_kg": "half"}, "clinician", 422, "DECIMAL_PARSING"),
        ("orders", ORDER | {"stock_mg_per_ml": 20}, "clinician", 422, "LITERAL_ERROR"),
        ("consents", {"document": "ketamine iv", "document_version": "1"}, "nurse", 422, "STRING_PATTERN_MISMATCH"),
    ],
)  # fmt: skip
async def test_a_request_that_is_not_right(
    intake: Intake, path: str, body: Any, by: str, status: int, code: str | None
) -> None:
    patient = await intake.registered()
    before = await rows_of(intake)
    answer = await intake.post(f"/v1/patients/{patient}/{path}", body, by=by)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]
    assert code is None or code in codes(answer)
    assert ("988" in answer.text and "911" in answer.text) is (path in ("questionnaires", "assessments", "readings"))
    assert await rows_of(intake) == before


@pytest.mark.parametrize("by", ["nurse", "clinician"])
async def test_an_unknown_patient_is_not_there(intake: Intake, by: str) -> None:
    before = await rows_of(intake)
    answer = await intake.post(f"/v1/patients/{new_id()}/questionnaires", {"answers": HEALTHY}, by=by)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert await rows_of(intake) == before


async def test_another_organisations_patient_is_not_there(intake: Intake) -> None:
    patient, screening = await intake.screened()
    await intake.phq9(patient, *[0] * 8, 1)
    concern = (await intake.get(f"/v1/patients/{patient}/safety-concerns", by="nurse")).json()["items"][0]["id"]
    token = intake.house.tokens.staff("clinician", organisation=named_id("organisation", "elsewhere"))
    before = await rows_of(intake)
    for path, body in (
        (f"/v1/patients/{patient}/orders", ORDER),
        (f"/v1/patients/{patient}/questionnaires", {"answers": HEALTHY}),
        (f"/v1/screenings/{screening['id']}/review", {"cleared": []}),
        (f"/v1/safety-concerns/{concern}/resolve", {"disposition": "REFERRED", "note": "x"}),
    ):
        answer = await intake.post(path, body, by=None, token=token)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path
    assert await rows_of(intake) == before


async def test_care_needs_the_role_at_the_patients_clinic(intake: Intake) -> None:
    patient = await intake.cleared()
    elsewhere = intake.house.tokens.staff("clinician", "nurse", clinic=named_id("clinic", "wellmeadow/cedar"))
    for path, body in (("orders", ORDER), ("questionnaires", {"answers": HEALTHY})):
        answer = await intake.post(f"/v1/patients/{patient}/{path}", body, by=None, token=elsewhere)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), path


async def test_an_expired_token_is_refused(intake: Intake) -> None:
    patient = await intake.registered()
    expired = intake.house.tokens.staff("nurse", lifetime=timedelta(minutes=-1))
    answer = await intake.post(f"/v1/patients/{patient}/questionnaires", {"answers": {}}, by=None, token=expired)
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_EXPIRED")


async def test_the_same_key_answers_the_same_and_refuses_another_body(intake: Intake) -> None:
    key, patient_id = str(new_id()), str(new_id())
    first = await intake.post("/v1/patients", intake.person(patient_id=patient_id), by="frontdesk", Idempotency_Key=key)
    before = await rows_of(intake)
    again = await intake.post("/v1/patients", intake.person(patient_id=patient_id), by="frontdesk", Idempotency_Key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await intake.post("/v1/patients", intake.person(), by="frontdesk", Idempotency_Key=key)
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await rows_of(intake) == before


@pytest.mark.parametrize(
    ("content", "status"), [(b'{"answers": {', 400), (b'{"answers": "' + b"x" * 2**21 + b'"}', 413)]
)
async def test_a_body_that_cannot_be_read(intake: Intake, content: bytes, status: int) -> None:
    patient: UUID = await intake.registered()
    before = await rows_of(intake)
    headers = {"Idempotency-Key": str(new_id()), "Content-Type": "application/json"}
    client = intake.house.client("intake", intake.token("nurse"))
    answer = await client.post(f"/v1/patients/{patient}/questionnaires", content=content, headers=headers)
    assert answer.status_code == status
    assert await rows_of(intake) == before
