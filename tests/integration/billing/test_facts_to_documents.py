"""What billing makes of each fact, once, and what it asks a person."""

from datetime import date
from uuid import uuid4

import asyncpg
import pytest

from shared.clinicfile.model import ClinicFile
from shared.sealing import CannotOpen
from tests.integration.billing.facts import Billing, Patient, priced_at

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_planned_course_is_estimated_with_its_due_date(billing: Billing) -> None:
    patient = Patient()
    await billing.tell(patient.registered())
    await billing.tell(patient.planned())
    (estimate,) = await billing.rows("SELECT * FROM estimate")
    assert (estimate["total_cents"], estimate["currency"], estimate["version"]) == (270_000, "USD", 1)
    assert estimate["due_on"] == date(2026, 12, 3)
    assert estimate["recipient"] is not None
    assert await billing.said() == ["EstimateIssued"]


async def test_a_completed_session_is_invoiced_and_booked_within_its_estimate(billing: Billing) -> None:
    patient = Patient()
    await billing.tell(patient.planned())
    await billing.tell(patient.completed())
    (invoice,) = await billing.rows("SELECT * FROM invoice")
    assert (invoice["total_cents"], invoice["above_estimate_cents"], invoice["session_number"]) == (45_000, 0, 1)
    (posting,) = await billing.rows("SELECT * FROM posting")
    assert (posting["debit"], posting["credit"], posting["amount_cents"]) == ("RECEIVABLE", "REVENUE", 45_000)
    assert await billing.said() == ["EstimateIssued", "InvoiceIssued"]
    assert await billing.rows("SELECT * FROM review") == []


async def test_facts_told_twice_change_nothing(billing: Billing) -> None:
    patient = Patient()
    for fact in (patient.registered(), patient.planned(), patient.completed()):
        await billing.tell(fact)
        await billing.tell(fact)
    assert await billing.said() == ["EstimateIssued", "InvoiceIssued"]
    for table in ("patient", "course", "estimate", "session", "invoice", "posting"):
        assert len(await billing.rows(f"SELECT * FROM {table}")) == 1, table


async def test_a_newer_course_version_gets_its_own_estimate_and_an_older_one_nothing(billing: Billing) -> None:
    patient = Patient()
    await billing.tell(patient.planned(2, sessions=5))
    await billing.tell(patient.planned(1, sessions=6))
    await billing.tell(patient.planned(3, sessions=7))
    estimates = await billing.rows("SELECT version, total_cents FROM estimate ORDER BY version")
    assert [(e["version"], e["total_cents"]) for e in estimates] == [(2, 225_000), (3, 315_000)]
    (course,) = await billing.rows("SELECT version, session_count FROM course")
    assert (course["version"], course["session_count"]) == (3, 7)


async def test_without_a_clinic_file_a_person_is_asked_and_nothing_is_priced(bare_billing: Billing) -> None:
    patient = Patient()
    await bare_billing.tell(patient.planned())
    await bare_billing.tell(patient.completed())
    reviews = await bare_billing.rows("SELECT subject, reason, due_on FROM review ORDER BY subject")
    assert [tuple(r.values()) for r in reviews] == [
        ("COURSE", "NO_CLINIC_FILE", date(2026, 12, 3)),
        ("SESSION", "NO_CLINIC_FILE", None),
    ]
    assert await bare_billing.said() == []


@pytest.mark.parametrize("cents", [0, None], ids=["a price of zero", "no price"])
async def test_a_protocol_without_price_is_never_free(
    bare_billing: Billing, larkspur: ClinicFile, cents: int | None
) -> None:
    prices = {"IV_PTSD_6": 45_000} if cents is None else {"IV_MOOD_6": cents}
    only = larkspur.prices.model_copy(update={"session_cents": prices})
    await bare_billing.apply(larkspur.model_copy(update={"prices": only}))
    patient = Patient()
    await bare_billing.tell(patient.planned())
    await bare_billing.tell(patient.completed())
    reasons = await bare_billing.rows("SELECT reason FROM review")
    assert [r["reason"] for r in reasons] == ["NO_PRICE", "NO_PRICE"]
    assert await bare_billing.said() == []


async def test_a_price_that_rose_since_the_estimate_is_said_and_asked(billing: Billing, larkspur: ClinicFile) -> None:
    patient = Patient()
    await billing.tell(patient.planned())
    await billing.apply(priced_at(larkspur, IV_MOOD_6=47_500))
    await billing.tell(patient.completed())
    (invoice,) = await billing.rows("SELECT * FROM invoice")
    assert (invoice["total_cents"], invoice["above_estimate_cents"]) == (47_500, 2_500)
    (review,) = await billing.rows("SELECT reason, subject_id FROM review")
    assert (review["reason"], review["subject_id"]) == ("ABOVE_ESTIMATE", patient.session_id)


async def test_an_aborted_session_is_recorded_and_not_invoiced(billing: Billing) -> None:
    patient = Patient()
    await billing.tell(patient.aborted())
    (session,) = await billing.rows("SELECT state FROM session")
    assert session["state"] == "ABORTED"
    (review,) = await billing.rows("SELECT reason FROM review")
    assert review["reason"] == "SESSION_ABORTED"
    assert await billing.said() == []


async def test_a_session_outside_any_course_is_invoiced_and_asked_about(billing: Billing) -> None:
    patient = Patient()
    await billing.tell(patient.completed(None, in_course=False))
    (invoice,) = await billing.rows("SELECT estimate_id, above_estimate_cents FROM invoice")
    assert invoice == {"estimate_id": None, "above_estimate_cents": None}
    assert [r["reason"] for r in await billing.rows("SELECT reason FROM review")] == ["NO_COURSE"]


async def test_a_fact_about_care_without_clinic_is_refused_and_leaves_nothing(billing: Billing) -> None:
    with pytest.raises(Exception, match="names no clinic"):
        await billing.tell(Patient().planned(), clinic=None)
    assert await billing.rows("SELECT * FROM course") == []


async def test_a_value_that_does_not_open_leaves_nothing(billing: Billing) -> None:
    with pytest.raises(CannotOpen):
        await billing.tell(Patient().completed(), token="v1.clinical.k1.AAAA")
    assert await billing.rows("SELECT * FROM session") == []


@pytest.mark.parametrize(
    ("case", "debit", "credit", "cents"),
    [
        ("to itself", "RECEIVABLE", "RECEIVABLE", 100),
        ("of nothing", "RECEIVABLE", "REVENUE", 0),
        ("backwards", "RECEIVABLE", "REVENUE", -100),
        ("to an unknown account", "RECEIVABLE", "POCKET", 100),
    ],
)
async def test_the_ledger_refuses_a_posting(billing: Billing, case: str, debit: str, credit: str, cents: int) -> None:
    patient = Patient()
    await billing.tell(patient.completed(None, in_course=False))
    (invoice,) = await billing.rows("SELECT * FROM invoice")
    with pytest.raises(asyncpg.CheckViolationError):
        await billing.rows(
            "INSERT INTO posting (id, organisation_id, clinic_id, patient_id, invoice_id, debit, credit, currency,"
            " amount_cents, booked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'USD', $8, now())",
            uuid4(), invoice["organisation_id"], invoice["clinic_id"], patient.id, invoice["id"], debit, credit, cents,
        )  # fmt: skip


async def test_the_ledger_balances(billing: Billing) -> None:
    for _ in range(3):
        await billing.tell(Patient().completed(None, in_course=False))
    (sums,) = await billing.rows(
        "SELECT sum(amount_cents) FILTER (WHERE debit = 'RECEIVABLE') AS owed,"
        " sum(amount_cents) FILTER (WHERE credit = 'REVENUE') AS earned,"
        " (SELECT sum(total_cents) FROM invoice) AS billed FROM posting"
    )
    assert sums["owed"] == sums["earned"] == sums["billed"] == 135_000
