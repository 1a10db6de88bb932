"""Visits that are no session: estimated when booked, invoiced when they took place; fees for those that did not."""

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from shared.clinicfile.model import AppointmentKind, ClinicFile
from shared.events.billing import EstimateIssued, InvoiceIssued
from tests.integration.billing.conftest import Desk
from tests.integration.billing.facts import Billing, Patient, with_prices

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.fixture
def charging(larkspur: ClinicFile) -> ClinicFile:
    """A consultation for 250 dollars, a free follow-up, and fees."""
    kinds = (
        AppointmentKind(id="consultation", name="Consultation", minutes=60, price_cents=25_000),
        AppointmentKind(id="follow-up", name="Follow-up", minutes=30),
    )
    priced = with_prices(larkspur, late_cancel_cents=7_500, no_show_cents=15_000)
    return priced.model_copy(update={"kinds": kinds})


@pytest_asyncio.fixture(loop_scope="package")
async def billing(bare_billing: Billing, charging: ClinicFile) -> Billing:
    await bare_billing.apply(charging)
    return bare_billing


@pytest_asyncio.fixture(loop_scope="package")
async def patient(billing: Billing) -> Patient:
    patient = Patient()
    await billing.tell(patient.registered())
    return patient


async def invoices(desk: Desk, patient: Patient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await desk.read(f"/v1/patients/{patient.id}/invoices")
    return found


async def reviews(billing: Billing) -> list[dict[str, Any]]:
    return await billing.rows("SELECT * FROM review ORDER BY reason")


async def test_a_consultation_is_estimated_when_it_is_booked(billing: Billing, desk: Desk, patient: Patient) -> None:
    await billing.tell(patient.booked())
    await billing.tell(patient.moved())
    (estimate,) = await desk.read(f"/v1/patients/{patient.id}/estimates")
    assert (estimate["course_id"], estimate["appointment_id"]) == (None, str(patient.visit_id))
    assert (estimate["total"]["amount_cents"], estimate["due_on"]) == (25_000, "2026-12-03")
    assert estimate["recipient"]["name"] == "Juniper Vale"
    assert [note["reason"] for note in estimate["notes"]] == ["MOVED"]
    (said,) = await billing.events(EstimateIssued)
    assert said.appointment_id == said.course_id == patient.visit_id


async def test_a_consultation_is_invoiced_when_it_took_place(billing: Billing, desk: Desk, patient: Patient) -> None:
    for fact in (patient.booked(), patient.attended(), patient.attended()):
        await billing.tell(fact)
    (invoice,) = await invoices(desk, patient)
    assert (invoice["kind"], invoice["total"]["amount_cents"]) == ("VISIT", 25_000)
    assert invoice["above_estimate"]["amount_cents"] == 0
    (said,) = await billing.events(InvoiceIssued)
    assert said.appointment_id == said.session_id == patient.visit_id
    assert await billing.held() == {"RECEIVABLE": 25_000, "REVENUE": -25_000}


async def test_a_visit_dearer_than_estimated_is_said_and_asked(
    billing: Billing, desk: Desk, patient: Patient, charging: ClinicFile
) -> None:
    await billing.tell(patient.booked())
    dearer = (charging.kinds[0].model_copy(update={"price_cents": 30_000}),)
    await billing.apply(charging.model_copy(update={"kinds": dearer}))
    await billing.tell(patient.attended())
    (invoice,) = await invoices(desk, patient)
    assert invoice["above_estimate"]["amount_cents"] == 5_000
    assert [(one["subject"], one["reason"]) for one in await reviews(billing)] == [("APPOINTMENT", "ABOVE_ESTIMATE")]


@pytest.mark.parametrize("kind", ["follow-up", "session", "nurse-call"])
async def test_what_has_no_price_of_its_own_makes_no_document(billing: Billing, patient: Patient, kind: str) -> None:
    await billing.tell(patient.booked(kind))
    assert await billing.said() == []
    assert await reviews(billing) == []


async def test_a_visit_before_any_clinic_file_waits_for_a_person(
    bare_billing: Billing, desk: Desk, charging: ClinicFile
) -> None:
    pool = await bare_billing.service.database.pool()
    await pool.execute("DELETE FROM clinic_active")
    patient = Patient()
    await bare_billing.tell(patient.booked())
    await bare_billing.tell(patient.attended())
    assert [one["reason"] for one in await reviews(bare_billing)] == ["NO_CLINIC_FILE"] * 2
    await bare_billing.apply(charging)
    for review in await reviews(bare_billing):
        assert (await desk.decide(review, "CHARGE")).status_code == 200
    assert await bare_billing.said() == ["InvoiceIssued"]


@pytest.mark.parametrize(
    ("case", "whose", "late", "fees", "asked"),
    [
        ("late by the patient", "PATIENT", True, [7_500], []),
        ("in time", "PATIENT", False, [], []),
        ("ill", "ILLNESS", True, [], []),
        ("by the clinic", "CLINIC", True, [], []),
        ("late, nobody knows why", None, True, [], ["LATE_CANCEL"]),
        ("late, a reason not known here", "WEATHER", True, [], ["LATE_CANCEL"]),
    ],
)
async def test_a_late_cancellation_costs_the_clinics_fee_unless_it_is_excused(
    billing: Billing, desk: Desk, patient: Patient, case: str, whose: str | None, late: bool, fees: list[int],
    asked: list[str],
) -> None:  # fmt: skip
    await billing.tell(patient.booked("session"))
    await billing.tell(patient.cancelled(whose, late=late))
    found = [(one["kind"], one["total"]["amount_cents"]) for one in await invoices(desk, patient)]
    assert found == [("FEE", cents) for cents in fees]
    assert [one["reason"] for one in await reviews(billing)] == asked


@pytest.mark.parametrize("decision", ["CHARGE", "LEAVE"])
async def test_a_missed_visit_waits_for_a_person_with_the_fee_proposed(
    billing: Billing, desk: Desk, patient: Patient, decision: str
) -> None:
    await billing.tell(patient.missed())
    (listed,) = await desk.read("/v1/reviews")
    assert (listed["reason"], listed["proposed"]["amount_cents"]) == ("NO_SHOW", 15_000)
    (review,) = await reviews(billing)
    excused = "ILLNESS" if decision == "LEAVE" else None
    settled = (await desk.decide(review, decision, reason=excused)).json()
    assert (settled["state"], settled["waiver"]) == ("SETTLED", excused)
    found = [one["total"]["amount_cents"] for one in await invoices(desk, patient)]
    assert found == ([15_000] if decision == "CHARGE" else [])


async def test_a_fee_is_left_only_with_a_reason_and_taken_only_without(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    await billing.tell(patient.missed())
    (review,) = await reviews(billing)
    answers = [await desk.decide(review, "LEAVE"), await desk.decide(review, "CHARGE", reason="GOODWILL")]
    codes = [(answer.status_code, answer.json()["errors"][0]["code"]) for answer in answers]
    assert codes == [(422, "REQUIRED"), (422, "NOT_ALLOWED")]
    assert (await reviews(billing))[0]["state"] == "OPEN"


async def test_the_fee_that_was_proposed_is_taken_even_if_the_policy_has_changed(
    billing: Billing, desk: Desk, patient: Patient, charging: ClinicFile
) -> None:
    await billing.tell(patient.missed())
    await billing.apply(with_prices(charging, no_show_cents=0))
    (review,) = await reviews(billing)
    assert (await desk.decide(review, "CHARGE")).status_code == 200
    assert [one["total"]["amount_cents"] for one in await invoices(desk, patient)] == [15_000]


async def test_a_clinic_without_fees_takes_none_and_asks_nobody(
    billing: Billing, patient: Patient, charging: ClinicFile
) -> None:
    await billing.apply(with_prices(charging, late_cancel_cents=0, no_show_cents=0))
    await billing.tell(patient.cancelled())
    await billing.tell(Patient().missed())
    assert (await billing.said(), await reviews(billing)) == ([], [])


async def test_a_fee_is_waived_with_a_reason_and_then_nothing_is_due(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    await billing.tell(patient.cancelled())
    (fee,) = await invoices(desk, patient)
    path, body = f"/v1/invoices/{fee['invoice_id']}/waiver", {"reason": "GOODWILL"}
    assert (await desk.act(path, body, version=fee["version"] + 1)).status_code == 412
    assert (await desk.act(path, body)).status_code == 428
    waived = (await desk.act(path, body, version=fee["version"])).json()
    assert (waived["state"], waived["waiver"], waived["due"]["amount_cents"]) == ("WAIVED", "GOODWILL", 0)
    assert await billing.held() == {}
    again = await desk.act(path, body, version=waived["version"])
    assert (again.status_code, again.json()["code"]) == (409, "NOT_WAIVABLE")


async def test_the_invoice_of_a_session_cannot_be_waived(billing: Billing, desk: Desk, patient: Patient) -> None:
    await billing.tell(patient.completed())
    (invoice,) = await invoices(desk, patient)
    answer = await desk.act(f"/v1/invoices/{invoice['invoice_id']}/waiver", {"reason": "GOODWILL"}, version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_WAIVABLE")


async def test_a_cancellation_that_overtakes_its_booking_stands(billing: Billing, desk: Desk, patient: Patient) -> None:
    await billing.tell(patient.cancelled())
    await billing.tell(patient.booked())
    assert await billing.said() == ["InvoiceIssued"]
    (visit,) = await billing.rows("SELECT state, version FROM appointment")
    assert visit == {"state": "CANCELLED", "version": 2}


async def test_a_visit_that_will_not_take_place_is_noted_on_its_estimate(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    await billing.tell(patient.booked())
    await billing.tell(patient.missed())
    (estimate,) = await desk.read(f"/v1/patients/{patient.id}/estimates")
    assert [note["reason"] for note in estimate["notes"]] == ["MISSED"]


async def test_the_estimate_of_a_near_visit_has_no_automatic_date(billing: Billing, patient: Patient) -> None:
    await billing.tell(patient.booked_on(date(2026, 12, 2)))
    (estimate,) = await billing.rows("SELECT due_on FROM estimate")
    assert estimate["due_on"] is None
