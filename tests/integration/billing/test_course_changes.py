"""A course that changes: a new version of the estimate where the price differs, else a reason on the old one."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import pytest_asyncio

from shared.clinicfile.model import ClinicFile
from shared.events.parts import EstimateDetail
from tests.integration.billing.conftest import Desk
from tests.integration.billing.facts import Billing, Patient, priced_at

pytestmark = pytest.mark.asyncio(loop_scope="package")

ALL = range(1, 7)


@pytest_asyncio.fixture(loop_scope="package")
async def patient(billing: Billing) -> Patient:
    patient = Patient()
    await billing.tell(patient.registered())
    await billing.tell(patient.planned())
    return patient


async def estimates(desk: Desk, patient: Patient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await desk.read(f"/v1/patients/{patient.id}/estimates")
    return found


async def test_a_moved_session_is_noted_on_the_estimate_that_stands(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    await billing.tell(patient.changed(2, "MOVED", ALL))
    await billing.tell(patient.changed(3, "MOVED", ALL))
    (estimate,) = await estimates(desk, patient)
    assert [(note["version"], note["reason"]) for note in estimate["notes"]] == [(2, "MOVED"), (3, "MOVED")]
    assert await billing.said() == ["EstimateIssued"]


@pytest.mark.parametrize(
    ("reason", "numbers", "total"),
    [
        ("CANCELLED", (1, 2, 4, 5, 6), 225_000),
        ("MISSED", (2, 3, 4, 5, 6), 225_000),
        ("ADDED", (1, 2, 3, 4, 5, 6, 7), 315_000),
    ],
)
async def test_another_number_of_sessions_is_a_new_whole_version_that_says_what_changed(
    billing: Billing, desk: Desk, patient: Patient, reason: str, numbers: tuple[int, ...], total: int
) -> None:
    await billing.tell(patient.changed(2, reason, numbers))
    first, second = await estimates(desk, patient)
    assert (second["version"], second["total"]["amount_cents"]) == (2, total)
    assert [part["number"] for part in second["parts"]] == list(numbers)
    assert second["change"] == {
        "supersedes": first["estimate_id"], "reason": reason, "sessions_before": 6,
        "total_before": {"amount_cents": 270_000, "currency": "USD"},
    }  # fmt: skip
    assert second["recipient"] == first["recipient"]
    said = await billing.opened("EstimateIssued", "estimate", EstimateDetail)
    assert [one.change.reason if one.change else None for one in said] == [None, reason]


async def test_a_move_at_a_new_price_is_a_new_version(
    billing: Billing, desk: Desk, patient: Patient, larkspur: ClinicFile
) -> None:
    await billing.apply(priced_at(larkspur, IV_MOOD_6=47_500))
    await billing.tell(patient.changed(2, "MOVED", ALL))
    assert [one["total"]["amount_cents"] for one in await estimates(desk, patient)] == [270_000, 285_000]


@pytest.mark.parametrize(
    ("changed_at", "due"),
    [
        (datetime(2026, 12, 1, 17, 0, tzinfo=UTC), date(2026, 12, 11)),
        (datetime(2026, 12, 11, 17, 0, tzinfo=UTC), date(2026, 12, 11)),
        (datetime(2026, 12, 12, 17, 0, tzinfo=UTC), None),
        (datetime(2026, 12, 14, 17, 0, tzinfo=UTC), date(2026, 12, 15)),
    ],
    ids=["the Friday before Monday", "on that Friday still", "on Saturday too late", "before the session after it"],
)
async def test_a_new_version_is_due_a_business_day_before_the_next_service(
    billing: Billing, patient: Patient, changed_at: datetime, due: date | None
) -> None:
    await billing.tell(patient.changed(2, "CANCELLED", (1, 2, 3, 4, 5), at=changed_at))
    rows = await billing.rows("SELECT due_on FROM estimate ORDER BY version")
    assert [row["due_on"] for row in rows] == [date(2026, 12, 3), due]


async def test_a_course_without_sessions_left_keeps_its_estimate_with_the_reason(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    await billing.tell(patient.changed(2, "CANCELLED", ()))
    (estimate,) = await estimates(desk, patient)
    assert [note["reason"] for note in estimate["notes"]] == ["CANCELLED"]


async def test_sessions_after_a_cancelled_one_stay_within_the_estimate(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    await billing.tell(patient.changed(2, "CANCELLED", (1, 2, 4, 5, 6)))
    await billing.tell(patient.completed(6))
    (invoice,) = await desk.read(f"/v1/patients/{patient.id}/invoices")
    assert invoice["above_estimate"]["amount_cents"] == 0
    assert await billing.rows("SELECT id FROM review") == []


async def test_changes_told_twice_or_late_change_nothing(billing: Billing, desk: Desk, patient: Patient) -> None:
    cancelled = patient.changed(3, "CANCELLED", (1, 2, 3, 4, 5))
    for fact in (cancelled, cancelled, patient.changed(2, "MOVED", ALL), patient.planned(1)):
        await billing.tell(fact)
    assert [one["version"] for one in await estimates(desk, patient)] == [1, 3]
    assert await billing.rows("SELECT id FROM estimate_note") == []


async def test_a_change_before_any_clinic_file_waits_for_a_person_and_then_is_estimated(
    bare_billing: Billing, desk: Desk, larkspur: ClinicFile
) -> None:
    patient = Patient()
    await bare_billing.tell(patient.changed(2, "CANCELLED", (1, 2, 3, 4, 5)))
    (review,) = await bare_billing.rows("SELECT * FROM review")
    assert (review["reason"], review["due_on"]) == ("NO_CLINIC_FILE", date(2026, 12, 11))
    await bare_billing.apply(larkspur)
    assert (await desk.decide(review, "CHARGE")).status_code == 200
    (estimate,) = await bare_billing.rows("SELECT total_cents, due_on FROM estimate")
    assert tuple(estimate.values()) == (225_000, date(2026, 12, 11))


async def test_a_corrected_name_does_not_rewrite_what_was_given(billing: Billing, desk: Desk, patient: Patient) -> None:
    await billing.tell(patient.renamed(2, "Juniper Ashdown"))
    await billing.tell(patient.changed(2, "CANCELLED", (1, 2, 3, 4, 5)))
    assert [one["recipient"]["name"] for one in await estimates(desk, patient)] == ["Juniper Vale", "Juniper Ashdown"]
