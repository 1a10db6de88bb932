"""Facts of several producers have no order between them: every interleaving must end in the same tables."""

import asyncio
from dataclasses import replace
from itertools import permutations, product
from typing import Any
from uuid import uuid4

import pytest

from shared.clinicfile.model import AppointmentKind, ClinicFile
from shared.events import Event
from shared.events.parts import EstimateDetail, InvoiceDetail
from shared.sealing import row_place
from tests.integration.billing.conftest import Desk
from tests.integration.billing.facts import CLINIC, Billing, Patient, with_prices
from tests.support.merging import merged, unlinked

pytestmark = pytest.mark.asyncio(loop_scope="package")

ORDERS = list(permutations(("registered", "planned", "completed")))
TABLES = {
    "patient": "id, version",
    "course": "id, version, session_count, first_starts_at",
    "estimate": "id, course_id, appointment_id, version, clinic_file_hash, total_cents, due_on",
    "estimate_note": "id, estimate_id, version, reason",
    "appointment": "id, version, state, kind, starts_at",
    "session": "id, course_id, session_number, state",
    "invoice": "id, session_id, appointment_id, kind, estimate_id, above_estimate_cents, total_cents",
    "posting": "id, invoice_id, debit, credit, amount_cents",
    "review": "id, subject_id, reason, state",
}


async def tables(billing: Billing) -> dict[str, Any]:
    """The tables without times and ciphertext, and what the ciphertext says."""
    plain = {name: await billing.rows(f"SELECT {columns} FROM {name} ORDER BY id") for name, columns in TABLES.items()}
    return plain | {"opened": await opened(billing)}


async def opened(billing: Billing) -> list[object]:
    ring, found = billing.service.keyring, []
    for table, model in (("estimate", EstimateDetail), ("invoice", InvoiceDetail)):
        for row in await billing.rows(f"SELECT id, detail FROM {table} ORDER BY id"):
            found.append(model.model_validate_json(ring.open(row_place(table, "detail", row["id"]), row["detail"])))
    for row in await billing.rows("SELECT id, recipient FROM estimate ORDER BY id"):
        found.append(ring.open(row_place("estimate", "recipient", row["id"]), row["recipient"]))
    return found


@pytest.mark.parametrize(
    ("delivered", "above"), [("IV_MOOD_6", 0), ("IV_PTSD_6", 45_000)], ids=["as estimated", "not in the estimate"]
)
async def test_every_order_of_facts_ends_in_the_same_tables(billing: Billing, delivered: str, above: int) -> None:
    patient = Patient()
    facts: dict[str, Event] = {
        "registered": patient.registered(), "planned": patient.planned(),
        "completed": patient.completed(protocol=delivered),
    }  # fmt: skip
    seen = []
    for order in ORDERS:
        await billing.rows(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        for name in order:
            await billing.tell(facts[name])
        seen.append(await tables(billing))
    assert all(state == seen[0] for state in seen)
    assert seen[0]["invoice"][0]["above_estimate_cents"] == above
    assert [review["reason"] for review in seen[0]["review"]] == (["ABOVE_ESTIMATE"] if above else [])
    assert b"Juniper Vale" in seen[0]["opened"][-1]


async def test_a_stop_fact_and_an_identity_come_whenever_they_like(billing: Billing, larkspur: ClinicFile) -> None:
    consultation = AppointmentKind(id="consultation", name="Consultation", minutes=60, price_cents=25_000)
    charging = with_prices(larkspur, late_cancel_cents=7_500).model_copy(update={"kinds": (consultation,)})
    await billing.apply(charging)
    patient = Patient()
    dropped = replace(patient, visit_id=uuid4())
    in_order = [
        patient.planned(), dropped.booked("session"), patient.booked(), patient.attended(),
        patient.changed(2, "CANCELLED", (1, 2, 4, 5, 6)), patient.completed(),
    ]  # fmt: skip
    seen = []
    for known, stopped in product((0, 3, 6), (0, 3, 6)):
        await billing.rows(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        facts = [(n, 1, fact) for n, fact in enumerate(in_order)]
        facts += [(known, 0, patient.registered()), (stopped, 0, dropped.cancelled())]
        for _, _, fact in sorted(facts, key=lambda one: one[:2]):
            await billing.tell(fact)
        seen.append(await tables(billing))
    assert all(state == seen[0] for state in seen)
    assert sorted(row["total_cents"] for row in seen[0]["invoice"]) == [7_500, 25_000, 45_000]
    assert [row["total_cents"] for row in sorted(seen[0]["estimate"], key=lambda e: e["total_cents"])] == [
        25_000, 225_000, 270_000
    ]  # fmt: skip


async def test_records_that_were_merged_are_one_account_whenever_that_is_heard(billing: Billing, desk: Desk) -> None:
    survivor, absorbed = Patient(), Patient()
    facts = [
        survivor.registered(), absorbed.registered(), absorbed.planned(), absorbed.completed(),
        *merged(survivor.id, absorbed.id),
    ]  # fmt: skip
    seen = []
    for turn in range(len(facts)):
        await billing.rows(f"TRUNCATE {', '.join(TABLES)}, patient_alias CASCADE")
        for fact in (*facts[turn:], *facts[:turn]):
            await billing.tell(fact)
        account = await desk.read(f"/v1/patients/{survivor.id}/account")
        seen.append((await tables(billing), [one["total"] for one in account["invoices"]]))
    assert all(state == seen[0] for state in seen)
    assert [total["amount_cents"] for total in seen[0][1]] == [45_000]
    sale = {"clinic_id": str(CLINIC), "package": "six", "method": "CARD"}
    refused = await desk.act(f"/v1/patients/{absorbed.id}/packages", sale)
    assert (refused.status_code, refused.json()["code"]) == (409, "PATIENT_MERGED")
    for fact in unlinked(survivor.id, absorbed.id):
        await billing.tell(fact)
    assert (await desk.read(f"/v1/patients/{survivor.id}/account"))["invoices"] == []


async def test_facts_that_come_at_the_same_moment_complete_the_estimate(billing: Billing) -> None:
    for _ in range(10):
        patient = Patient()
        await asyncio.gather(*(billing.tell(f) for f in (patient.planned(), patient.registered(), patient.completed())))
    nameless = await billing.rows("SELECT id FROM estimate WHERE recipient IS NULL")
    uncompared = await billing.rows("SELECT id FROM invoice WHERE estimate_id IS NULL")
    assert (nameless, uncompared) == ([], [])
    assert sorted(await billing.said()) == ["EstimateIssued"] * 10 + ["InvoiceIssued"] * 10
