"""Facts of several producers have no order between them: every interleaving must end in the same tables."""

import asyncio
from itertools import permutations
from typing import Any

import pytest

from shared.events import Event
from shared.events.parts import EstimateDetail, InvoiceDetail
from shared.sealing import row_place
from tests.integration.billing.facts import Billing, Patient

ORDERS = list(permutations(("registered", "planned", "completed")))
TABLES = {
    "patient": "id, version",
    "course": "id, version, session_count, first_starts_at",
    "estimate": "id, course_id, version, clinic_file_hash, total_cents, due_on",
    "session": "id, course_id, session_number, state",
    "invoice": "id, session_id, estimate_id, above_estimate_cents, total_cents",
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
        for row in await billing.rows(f"SELECT id, detail FROM {table}"):
            found.append(model.model_validate_json(ring.open(row_place(table, "detail", row["id"]), row["detail"])))
    for row in await billing.rows("SELECT id, recipient FROM estimate"):
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
        await billing.rows("TRUNCATE posting, invoice, session, estimate, course, patient, review CASCADE")
        for name in order:
            await billing.tell(facts[name])
        seen.append(await tables(billing))
    assert all(state == seen[0] for state in seen)
    assert seen[0]["invoice"][0]["above_estimate_cents"] == above
    assert [review["reason"] for review in seen[0]["review"]] == (["ABOVE_ESTIMATE"] if above else [])
    assert b"Juniper Vale" in seen[0]["opened"][-1]


async def test_facts_that_come_at_the_same_moment_complete_the_estimate(billing: Billing) -> None:
    for _ in range(10):
        patient = Patient()
        await asyncio.gather(*(billing.tell(f) for f in (patient.planned(), patient.registered(), patient.completed())))
    nameless = await billing.rows("SELECT id FROM estimate WHERE recipient IS NULL")
    uncompared = await billing.rows("SELECT id FROM invoice WHERE estimate_id IS NULL")
    assert (nameless, uncompared) == ([], [])
    assert sorted(await billing.said()) == ["EstimateIssued"] * 10 + ["InvoiceIssued"] * 10
