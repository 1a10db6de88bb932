"""Things that happen at the same moment, and what the database itself refuses."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from shared.clinicfile.model import ClinicFile
from shared.clinicfile.prices import Package
from tests.integration.billing.conftest import Desk
from tests.integration.billing.facts import CLINIC, Billing, Patient, with_prices

pytestmark = pytest.mark.asyncio(loop_scope="package")

TWO = Package(id="two", name="Two sessions", sessions=2, price_cents=80_000)


@pytest_asyncio.fixture(loop_scope="package")
async def patient(bare_billing: Billing, larkspur: ClinicFile) -> Patient:
    await bare_billing.apply(with_prices(larkspur, packages=(TWO,)))
    patient = Patient()
    await bare_billing.tell(patient.registered())
    await bare_billing.tell(patient.planned())
    return patient


async def buy(desk: Desk, patient: Patient) -> str:
    body = {"clinic_id": str(CLINIC), "package": "two", "method": "CASH"}
    answer = await desk.act(f"/v1/patients/{patient.id}/packages", body)
    return str(answer.json()["package_id"])


async def test_of_many_payments_at_once_only_what_is_due_is_taken(
    bare_billing: Billing, desk: Desk, patient: Patient
) -> None:
    await bare_billing.tell(patient.completed())
    (invoice,) = await bare_billing.rows("SELECT id FROM invoice")
    body = {"amount": {"amount_cents": 20_000}, "method": "CARD"}
    pay = f"/v1/invoices/{invoice['id']}/payments"
    answers = await asyncio.gather(*(desk.act(pay, body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]
    assert await bare_billing.held() == {"CASH": 40_000, "RECEIVABLE": 5_000, "REVENUE": -45_000}


async def test_sessions_that_end_at_once_never_overdraw_a_package(
    bare_billing: Billing, desk: Desk, patient: Patient
) -> None:
    await buy(desk, patient)
    at = bare_billing.service.clock.now() + timedelta(hours=1)
    await asyncio.gather(
        *(bare_billing.tell(patient.completed(number, session_id=uuid4(), at=at)) for number in range(1, 6))
    )
    (package,) = await bare_billing.rows("SELECT used FROM package")
    credited = await bare_billing.rows("SELECT id FROM invoice WHERE credit_cents > 0")
    assert (package["used"], len(credited)) == (2, 2)
    assert "PACKAGE_LIABILITY" not in await bare_billing.held()


async def test_a_package_refunded_at_once_by_many_goes_back_once(
    bare_billing: Billing, desk: Desk, patient: Patient
) -> None:
    path = f"/v1/packages/{await buy(desk, patient)}/refund"
    answers = await asyncio.gather(*(desk.act(path, {"method": "CASH"}, version=1) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412, 412]
    assert await bare_billing.held() == {}


@pytest.mark.parametrize(
    ("case", "statement"),
    [
        ("overpaid", "UPDATE invoice SET paid_cents = total_cents + 1"),
        ("paid less than nothing", "UPDATE invoice SET paid_cents = -1"),
        ("a credit without package", "UPDATE invoice SET credit_cents = 1"),
        ("an invoice for nothing in particular", "UPDATE invoice SET session_id = NULL"),
        ("overdrawn", "UPDATE package SET used = sessions + 1"),
        ("given back above its price", "UPDATE package SET refunded_cents = price_cents + 1"),
        ("a payment given back twice", "UPDATE payment SET refunded_cents = amount_cents + 1"),
        ("a payment of nothing", "UPDATE payment SET amount_cents = 0"),
    ],
)
async def test_the_database_refuses_money_that_cannot_be(
    bare_billing: Billing, desk: Desk, patient: Patient, case: str, statement: str
) -> None:
    await bare_billing.tell(patient.completed())
    await buy(desk, patient)
    with pytest.raises(asyncpg.CheckViolationError):
        await bare_billing.rows(statement)
