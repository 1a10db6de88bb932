"""Payments over HTTP: never above what is due; refunds never above what came in; the account adds it all up."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from shared.clinicfile.model import ClinicFile
from shared.clinicfile.paying import PaymentPolicy
from shared.events.billing import PaymentPolicyMet
from shared.events.parts import PaymentDetail
from shared.events.paying import PaymentPolicyDetail
from tests.integration.billing.conftest import Desk
from tests.integration.billing.facts import Billing, Patient, with_prices

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def patient(billing: Billing) -> Patient:
    patient = Patient()
    for fact in (patient.registered(), patient.planned(), patient.completed()):
        await billing.tell(fact)
    return patient


async def invoice_of(desk: Desk, patient: Patient) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.read(f"/v1/patients/{patient.id}/invoices"))[0]
    return found


def money(cents: int, currency: str = "USD") -> dict[str, Any]:
    return {"amount": {"amount_cents": cents, "currency": currency}, "method": "CARD"}


async def pay(desk: Desk, patient: Patient, cents: int, **over: Any) -> httpx.Response:
    invoice = await invoice_of(desk, patient)
    return await desk.act(f"/v1/invoices/{invoice['invoice_id']}/payments", money(cents), **over)


async def test_an_invoice_is_open_then_partly_then_paid(billing: Billing, desk: Desk, patient: Patient) -> None:
    seen = [await invoice_of(desk, patient)]
    for cents in (20_000, 25_000):
        assert (await pay(desk, patient, cents)).status_code == 201
        seen.append(await invoice_of(desk, patient))
    shown = [(one["state"], one["paid"]["amount_cents"], one["due"]["amount_cents"]) for one in seen]
    assert shown == [("OPEN", 0, 45_000), ("PARTLY", 20_000, 25_000), ("PAID", 45_000, 0)]
    assert await billing.held() == {"CASH": 45_000, "REVENUE": -45_000}
    paid = await billing.opened("PaymentReceived", "payment", PaymentDetail)
    assert [one.amount.amount_cents for one in paid] == [20_000, 25_000]


async def test_more_than_is_due_is_refused_with_the_balance(billing: Billing, desk: Desk, patient: Patient) -> None:
    await pay(desk, patient, 20_000)
    refused = await pay(desk, patient, 25_001)
    assert (refused.status_code, refused.json()["code"]) == (409, "ABOVE_BALANCE")
    assert refused.json()["params"] == {"most": {"amount_cents": 25_000, "currency": "USD"}}
    assert (await invoice_of(desk, patient))["due"]["amount_cents"] == 25_000


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (money(0), 422, "INVALID_REQUEST"),
        (money(-5), 422, "INVALID_REQUEST"),
        (money(10**18), 422, "INVALID_REQUEST"),
        (money(100, "CAD"), 409, "ABOVE_BALANCE"),
        (money(100) | {"method": "SHELLS"}, 422, "INVALID_REQUEST"),
    ],
    ids=["nothing", "less than nothing", "more than there is", "another currency", "an unknown method"],
)
async def test_what_is_no_payment_is_refused(
    desk: Desk, patient: Patient, body: dict[str, Any], status: int, code: str
) -> None:
    invoice = await invoice_of(desk, patient)
    answer = await desk.act(f"/v1/invoices/{invoice['invoice_id']}/payments", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_only_a_biller_of_the_clinic_takes_money(desk: Desk, patient: Patient) -> None:
    assert (await pay(desk, patient, 100, role="frontdesk")).status_code == 403
    assert (await desk.act(f"/v1/invoices/{uuid4()}/payments", money(100))).status_code == 404


async def test_a_payment_repeated_under_its_key_is_taken_once(desk: Desk, patient: Patient) -> None:
    same = {"Idempotency-Key": str(uuid4())}
    answers = [await pay(desk, patient, 20_000, **same) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert (await invoice_of(desk, patient))["paid"]["amount_cents"] == 20_000


async def test_a_payment_goes_back_in_parts_and_never_more_than_it(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    payment = (await pay(desk, patient, 45_000)).json()
    path = f"/v1/payments/{payment['payment_id']}/refunds"
    answers = [await desk.act(path, money(cents)) for cents in (15_000, 30_001, 30_000, 1)]
    assert [answer.status_code for answer in answers] == [201, 409, 201, 409]
    assert answers[1].json()["params"] == {"most": {"amount_cents": 30_000, "currency": "USD"}}
    invoice = await invoice_of(desk, patient)
    assert (invoice["state"], invoice["due"]["amount_cents"]) == ("OPEN", 45_000)
    assert await billing.held() == {"RECEIVABLE": 45_000, "REVENUE": -45_000}
    assert (await billing.said())[-2:] == ["RefundIssued", "RefundIssued"]
    back = await desk.read(f"/v1/patients/{patient.id}/refunds")
    assert [one["amount"]["amount_cents"] for one in back] == [15_000, 30_000]


async def test_the_account_shows_everything_and_the_balance(billing: Billing, desk: Desk, patient: Patient) -> None:
    await billing.tell(patient.changed(2, "CANCELLED", (1, 2, 4, 5, 6)))
    await billing.tell(patient.completed(2, session_id=uuid4()))
    await pay(desk, patient, 20_000)
    for token in (desk.token("biller"), desk.token("frontdesk"), desk.patient(patient.id)):
        account = (await desk.get(f"/v1/patients/{patient.id}/account", token)).json()
        (balance,) = account["balances"]
        cents = {name: amount["amount_cents"] for name, amount in balance.items() if name != "currency"}
        assert cents == {
            "invoiced": 90_000, "credited": 0, "waived": 0, "paid": 20_000, "due": 70_000, "package_value": 0
        }  # fmt: skip
        assert [(one["version"], one["total"]["amount_cents"]) for one in account["estimates"]] == [(2, 225_000)]
        assert (len(account["invoices"]), len(account["payments"]), account["packages"]) == (2, 1, [])
    assert (await desk.get(f"/v1/patients/{patient.id}/account", desk.patient(uuid4()))).status_code == 404
    assert (await desk.get(f"/v1/patients/{patient.id}/account", desk.token("nurse"))).status_code == 403


async def test_what_is_due_of_earlier_is_open_before_the_next_session_until_it_is_paid(
    billing: Billing, desk: Desk, larkspur: ClinicFile
) -> None:
    """What the clinic lets be is no more than that; money that goes back is due again (domain F.7)."""
    await billing.apply(with_prices(larkspur, before_session=PaymentPolicy(most_due_cents=20_000)))
    patient, ahead = Patient(), billing.service.clock.now() + timedelta(days=3)
    for fact in (patient.registered(), patient.planned(first=ahead), patient.completed()):
        await billing.tell(fact)
    assert (await pay(desk, patient, 24_999)).status_code == 201
    assert (await pay(desk, patient, 1)).status_code == 201
    (_, last) = await desk.read(f"/v1/patients/{patient.id}/payments")
    assert (await desk.act(f"/v1/payments/{last['payment_id']}/refunds", money(1))).status_code == 201
    said = await billing.events(PaymentPolicyMet)
    details = await billing.opened("PaymentPolicyMet", "detail", PaymentPolicyDetail)
    assert [(one.version, one.met) for one in said] == [(1, True), (2, False), (3, True), (4, False)]
    assert [{one.missing for one in each.sessions} for each in details] == [
        {()}, {("BALANCE_DUE",)}, {()}, {("BALANCE_DUE",)}
    ]  # fmt: skip
    assert [[one.number for one in each.sessions] for each in details] == [[1, 2, 3, 4, 5, 6], *[[2, 3, 4, 5, 6]] * 3]
    text = str(await billing.rows("SELECT to_jsonb(t)::text FROM course_payment t"))
    assert "BALANCE" not in text
