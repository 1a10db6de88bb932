"""The migrated database is what the table classes say, and nothing in it is plain that should be sealed."""

from typing import Any
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.intake.models import Row
from shared.db.machinery import TABLES
from shared.ids import new_id
from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKED = {
    "legal_given_name": "Zqgiven",
    "legal_family_name": "Zqfamily",
    "preferred_name": "Zqpreferred",
    "birth_date": "1957-08-23",
    "phone": "+12085550171",
    "email": "zqmail@example.org",
    "address": {"line": "Zqstreet 7", "city": "Zqcity", "state": "ID", "postal_code": "83799-4417"},
    "allergies": ["zqallergy"],
}
PERSONAL = (
    "Zqgiven", "Zqfamily", "Zqpreferred", "1957-08-23", "+12085550171", "2085550171", "zqmail", "Zqstreet", "Zqcity",
    "83799-4417", "zqallergy", "Zqmessage", "Zqnote", "Zqproxy", "Zqaunt", "Zqdrug", "Zqplan",
)  # fmt: skip
CLINICAL = ("PHQ9-ITEM9", "SCR-091", "failed_antidepressants", "IV_MOOD_6", "EMERGENCY", "SAFETY_PLAN", "BLADDER_PAIN",
            "UNSAFE_THOUGHTS")  # fmt: skip
PLAIN = PERSONAL + CLINICAL
PLAIN_BY_DESIGN = ("clinic_file", "clinic_active", "audit")


def _differences(connection: Connection) -> list[Any]:
    ours = {*Row.metadata.tables}

    def concerned(name: str | None, kind: str, parents: object) -> bool:
        """Tables of the machinery are not even looked at."""
        return kind != "table" or name in ours

    context = MigrationContext.configure(connection, opts={"include_name": concerned})
    return list(compare_metadata(context, Row.metadata))


async def test_migrations_and_models_agree(intake: Intake) -> None:
    async with intake.house.services["intake"].database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    assert not {*Row.metadata.tables} & {*TABLES}


async def test_no_table_holds_a_personal_value_in_plain(intake: Intake) -> None:
    await everything_about_somebody(intake)
    tables = await intake.house.rows("intake", "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    names = [row["name"] for row in tables if row["name"] not in PLAIN_BY_DESIGN]
    assert {"patient", "patient_index", "safety_concern", "outbox", "idempotency"} <= {*names}
    for name in names:
        rows = await intake.house.rows("intake", f"SELECT t::text AS text FROM {name} t")
        seen = {plain for row in rows for plain in PLAIN if plain.lower() in row["text"].lower()}
        assert seen == set(), name
    bodies = await intake.house.rows("intake", "SELECT convert_from(body, 'UTF8') AS text FROM outbox")
    assert {plain for row in bodies for plain in PLAIN if plain in row["text"]} == set()


async def test_audit_rows_name_ids_and_codes_only(intake: Intake) -> None:
    await everything_about_somebody(intake)
    rows = await intake.house.rows("intake", "SELECT a::text AS text FROM audit a")
    assert {plain for row in rows for plain in PERSONAL if plain.lower() in row["text"].lower()} == set()


async def everything_about_somebody(intake: Intake) -> None:
    lead = {"given_name": "Zqgiven", "family_name": "Zqfamily", "phone": MARKED["phone"], "message": "Zqmessage"}
    await intake.post("/v1/public/wellmeadow/larkspur/leads", lead, by=None)
    patient: UUID = await intake.registered(**MARKED)
    await intake.consents(patient)
    await intake.phq9(patient, *[0] * 8, 1)
    await intake.readings(patient, blood_pressure={"systolic": 128, "diastolic": 80}, weight_kg="70", height_cm="165")
    await intake.answers(patient, immediate_danger="yes")
    flag = {"risk": "LOW", "reason": "Zqnote"}
    assert (await intake.post(f"/v1/patients/{patient}/safety-concerns", flag, by="nurse")).status_code == 201
    for concern in (await intake.get(f"/v1/patients/{patient}/safety-concerns", by="nurse")).json()["items"]:
        await intake.post(f"/v1/safety-concerns/{concern['id']}/acknowledge", {"plan": "Zqplan"}, by="clinician")
        body = {"disposition": "SAFETY_PLAN_MADE", "note": "Zqnote"}
        await intake.post(f"/v1/safety-concerns/{concern['id']}/resolve", body, by="clinician")
    await intake.phq9(patient, *[0] * 9)
    screening = (await intake.answers(patient))["screening"]
    body = {"cleared": ["IV_MOOD"], "reason_code": "FINE", "note": "Zqnote"}
    await intake.post(f"/v1/screenings/{screening['id']}/review", body, by="clinician")
    assert (await intake.ordered(patient)).status_code == 201
    await intake.post("/v1/patients/search", {"name": "Zqfamily"}, by="frontdesk")
    draft = [
        {"question": "anything_else", "answer": "Zqnote", "answered_at": "2026-11-20T09:00:00Z"},
        {"question": "failed_antidepressants", "answer": 2, "answered_at": "2026-11-20T09:00:00Z"},
        {"question": "medications", "answer": [{"name": "Zqdrug"}], "answered_at": "2026-11-20T09:00:00Z"},
    ]
    saved = await intake.patch(f"/v1/patients/{patient}/drafts/health", {"answers": draft}, by=patient)
    assert saved.status_code == 200
    proxy = {"name": "Zqproxy", "relation": "Zqaunt", "scope": ["forms"], "expires_at": "2999-01-01T00:00:00Z"}
    assert (await intake.post(f"/v1/patients/{patient}/proxies", proxy, by="nurse")).status_code == 201
    check_in = {"occasion": "CHECK_IN_24H", "session_id": str(new_id()), "mood": 2, "side_effects": ["BLADDER_PAIN"],
                "unsafe_thoughts": "yes", "note": "Zqnote"}  # fmt: skip
    assert (await intake.post(f"/v1/patients/{patient}/check-ins", check_in, by=patient)).status_code == 201
