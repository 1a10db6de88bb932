"""Packages over HTTP: sold, used one credit a session, given back (domain F.7)."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.billing.loops import look_turn
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.paying import PaymentPolicy
from shared.clinicfile.prices import Package
from shared.events.billing import PaymentPolicyMet
from shared.events.parts import InvoiceDetail, PaymentDetail
from shared.events.paying import PaymentPolicyDetail
from tests.integration.billing.conftest import Desk
from tests.integration.billing.facts import CLINIC, Billing, Patient, with_prices

pytestmark = pytest.mark.asyncio(loop_scope="package")

SIX = Package(id="six", name="Six sessions", sessions=6, price_cents=240_000)
BY_LIST = SIX.model_copy(update={"id": "by-list", "refund": "list_price"})
FOR_PTSD = SIX.model_copy(update={"id": "ptsd", "protocols": ("IV_PTSD_6",)})
FREE = SIX.model_copy(update={"id": "free", "price_cents": 0})


@pytest_asyncio.fixture(loop_scope="package")
async def patient(bare_billing: Billing, larkspur: ClinicFile) -> Patient:
    await bare_billing.apply(with_prices(larkspur, packages=(SIX, BY_LIST, FOR_PTSD, FREE)))
    patient = Patient()
    await bare_billing.tell(patient.registered())
    await bare_billing.tell(patient.planned())
    return patient


async def sell(desk: Desk, patient: Patient, package: str = "six", **over: Any) -> httpx.Response:
    body = {"clinic_id": str(CLINIC), "package": package, "method": "CARD"}
    return await desk.act(f"/v1/patients/{patient.id}/packages", body, **over)


async def sold(desk: Desk, patient: Patient, package: str = "six") -> dict[str, Any]:
    answer = await sell(desk, patient, package)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def soon(billing: Billing) -> datetime:
    return billing.service.clock.now() + timedelta(hours=1)


async def use(billing: Billing, patient: Patient, sessions: int, first: int = 1) -> None:
    for number in range(first, first + sessions):
        await billing.tell(patient.completed(number, session_id=uuid4(), at=soon(billing)))


async def refund(desk: Desk, package_id: str | UUID, version: int) -> httpx.Response:
    return await desk.act(f"/v1/packages/{package_id}/refund", {"method": "CARD"}, version=version)


async def test_a_sale_records_its_payment_and_is_owed_in_sessions(
    bare_billing: Billing, desk: Desk, patient: Patient
) -> None:
    package = await sold(desk, patient)
    assert (package["state"], package["left"], package["unused_value"]["amount_cents"]) == ("ACTIVE", 6, 240_000)
    (payment,) = await desk.read(f"/v1/patients/{patient.id}/payments")
    assert (payment["package_id"], payment["amount"]["amount_cents"]) == (package["package_id"], 240_000)
    assert await bare_billing.held() == {"CASH": 240_000, "PACKAGE_LIABILITY": -240_000}
    (paid,) = await bare_billing.opened("PaymentReceived", "payment", PaymentDetail)
    assert (paid.amount.amount_cents, paid.method) == (240_000, "CARD")


async def test_a_credit_pays_a_session_and_the_invoice_shows_both(
    bare_billing: Billing, desk: Desk, patient: Patient
) -> None:
    package = await sold(desk, patient)
    await use(bare_billing, patient, 1)
    (invoice,) = await desk.read(f"/v1/patients/{patient.id}/invoices")
    assert invoice["total"]["amount_cents"] == 45_000
    assert invoice["credit"] == {
        "package_id": package["package_id"], "amount": {"amount_cents": 45_000, "currency": "USD"}
    }  # fmt: skip
    assert (invoice["due"]["amount_cents"], invoice["state"]) == (0, "PAID")
    assert invoice["above_estimate"]["amount_cents"] == 0
    (said,) = await bare_billing.opened("InvoiceIssued", "invoice", InvoiceDetail)
    assert said.credit is not None
    assert str(said.credit.package_id) == package["package_id"]
    assert await bare_billing.held() == {
        "CASH": 240_000, "PACKAGE_LIABILITY": -200_000, "DISCOUNT": 5_000, "REVENUE": -45_000
    }  # fmt: skip


async def test_what_is_owed_is_always_what_unused_credits_are_worth(
    bare_billing: Billing, desk: Desk, patient: Patient
) -> None:
    package = await sold(desk, patient)
    for number in range(1, 8):
        await use(bare_billing, patient, 1, first=number)
        now = await desk.read(f"/v1/packages/{package['package_id']}")
        owed = -(await bare_billing.held()).get("PACKAGE_LIABILITY", 0)
        assert owed == now["unused_value"]["amount_cents"]
        assert now["used"] == min(number, 6)
    assert now["state"] == "USED_UP"
    seventh = (await desk.read(f"/v1/patients/{patient.id}/invoices"))[-1]
    assert (seventh["credit"], seventh["state"], seventh["due"]["amount_cents"]) == (None, "OPEN", 45_000)


async def test_a_session_told_twice_uses_one_credit(bare_billing: Billing, desk: Desk, patient: Patient) -> None:
    package = await sold(desk, patient)
    told = patient.completed(at=soon(bare_billing))
    await bare_billing.tell(told)
    await bare_billing.tell(told)
    assert (await desk.read(f"/v1/packages/{package['package_id']}"))["used"] == 1


@pytest.mark.parametrize(
    ("package", "used", "back"), [("six", 2, 160_000), ("by-list", 2, 150_000), ("six", 0, 240_000), ("six", 5, 40_000)]
)
async def test_a_refund_follows_the_rule_it_was_sold_under(
    bare_billing: Billing, desk: Desk, patient: Patient, package: str, used: int, back: int
) -> None:
    bought = await sold(desk, patient, package)
    await use(bare_billing, patient, used)
    answer = await refund(desk, bought["package_id"], 1 + used)
    assert (answer.status_code, answer.json()["amount"]["amount_cents"]) == (201, back)
    holds = await bare_billing.held()
    assert (holds.get("PACKAGE_LIABILITY", 0), holds.get("CASH", 0)) == (0, 240_000 - back)
    after = await desk.read(f"/v1/packages/{bought['package_id']}")
    assert (after["state"], after["unused_value"]["amount_cents"]) == ("REFUNDED", 0)
    assert (await bare_billing.said())[-1] == "RefundIssued"
    again = await refund(desk, bought["package_id"], after["version"])
    assert (again.status_code, again.json()["code"]) == (409, "NOTHING_TO_REFUND")


@pytest.mark.parametrize("package", ["six", "by-list"])
async def test_nothing_goes_back_of_a_package_that_is_used_up(
    bare_billing: Billing, desk: Desk, patient: Patient, package: str
) -> None:
    bought = await sold(desk, patient, package)
    await use(bare_billing, patient, 6)
    answer = await refund(desk, bought["package_id"], 7)
    assert (answer.status_code, answer.json()["code"]) == (409, "NOTHING_TO_REFUND")


async def test_a_refund_decided_on_an_old_view_is_refused(bare_billing: Billing, desk: Desk, patient: Patient) -> None:
    bought = await sold(desk, patient)
    await use(bare_billing, patient, 1)
    answer = await refund(desk, bought["package_id"], bought["version"])
    assert (answer.status_code, answer.json()["code"]) == (412, "STALE_VERSION")


async def test_a_refunded_package_pays_for_nothing(bare_billing: Billing, desk: Desk, patient: Patient) -> None:
    bought = await sold(desk, patient)
    await refund(desk, bought["package_id"], 1)
    await use(bare_billing, patient, 1)
    (invoice,) = await desk.read(f"/v1/patients/{patient.id}/invoices")
    assert invoice["credit"] is None


async def test_a_credit_is_good_on_the_last_day_and_not_after_it(
    bare_billing: Billing, desk: Desk, patient: Patient
) -> None:
    bought = await sold(desk, patient)
    last = datetime.fromisoformat(f"{bought['expires_on']}T18:00:00+00:00")
    await bare_billing.tell(patient.completed(1, session_id=uuid4(), at=last))
    await bare_billing.tell(patient.completed(2, session_id=uuid4(), at=last + timedelta(days=1)))
    invoices = await desk.read(f"/v1/patients/{patient.id}/invoices")
    assert [invoice["credit"] is not None for invoice in invoices] == [True, False]


async def test_a_credit_pays_only_for_the_protocols_of_its_package_and_for_later_sessions(
    bare_billing: Billing, desk: Desk, patient: Patient
) -> None:
    await sold(desk, patient, "ptsd")
    await use(bare_billing, patient, 1)
    before_the_sale = bare_billing.service.clock.now() - timedelta(days=1)
    await bare_billing.tell(patient.completed(2, protocol="IV_PTSD_6", session_id=uuid4(), at=before_the_sale))
    await bare_billing.tell(patient.completed(3, protocol="IV_PTSD_6", session_id=uuid4(), at=soon(bare_billing)))
    invoices = await desk.read(f"/v1/patients/{patient.id}/invoices")
    assert [invoice["credit"] is not None for invoice in invoices] == [False, False, True]


async def test_the_estimate_names_the_packages_that_could_pay_for_it(desk: Desk, patient: Patient) -> None:
    (estimate,) = await desk.read(f"/v1/patients/{patient.id}/estimates")
    offers = [(offer["package"], offer["price"]["amount_cents"]) for offer in estimate["alternatives"]]
    assert offers == [("six", 240_000), ("by-list", 240_000)]


async def test_only_packages_with_a_price_are_sold_by_the_right_hands(desk: Desk, patient: Patient) -> None:
    cases = [
        (await sell(desk, patient, "free"), 422, "PACKAGE_NOT_SOLD"),
        (await sell(desk, patient, "hundred"), 422, "PACKAGE_NOT_SOLD"),
        (await sell(desk, patient, role="nurse"), 403, "FORBIDDEN"),
        (await sell(desk, Patient()), 404, "NOT_FOUND"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer, _, _ in cases] == [case[1:] for case in cases]
    assert (await sell(desk, patient, role="frontdesk")).status_code == 201


async def test_a_repeated_sale_is_one_sale(desk: Desk, patient: Patient) -> None:
    same = {"Idempotency-Key": str(uuid4())}
    first, second = await sell(desk, patient, **same), await sell(desk, patient, **same)
    assert first.json() == second.json()
    assert len(await desk.read(f"/v1/patients/{patient.id}/packages")) == 1


PREPAID = PaymentPolicy(prepaid=True)


async def payments(billing: Billing) -> list[tuple[int, bool, list[int]]]:
    """Of everything that was told about payments before sessions: version, whether met, the sessions that lack one."""
    said = await billing.events(PaymentPolicyMet)
    details = await billing.opened("PaymentPolicyMet", "detail", PaymentPolicyDetail)
    for event, detail in zip(said, details, strict=True):
        assert event.met == all(one.met for one in detail.sessions)
        assert {one.missing for one in detail.sessions} <= {(), ("PREPAYMENT",)}
    return [
        (event.version, event.met, [one.number for one in detail.sessions if not one.met])
        for event, detail in zip(said, details, strict=True)
    ]


async def test_prepayment_is_told_when_it_is_there_and_when_it_is_gone(
    bare_billing: Billing, desk: Desk, larkspur: ClinicFile
) -> None:
    four = SIX.model_copy(update={"id": "four", "sessions": 4, "price_cents": 160_000})
    await bare_billing.apply(with_prices(larkspur, packages=(SIX, four), before_session=PREPAID))
    patient, ahead = Patient(), bare_billing.service.clock.now() + timedelta(days=3)
    planned = patient.planned(first=ahead)
    for fact in (patient.registered(), planned, planned):
        await bare_billing.tell(fact)
    said = [(1, False, [1, 2, 3, 4, 5, 6])]
    assert await payments(bare_billing) == said
    bought = await sold(desk, patient, "four")
    said.append((2, False, [5, 6]))
    assert await payments(bare_billing) == said
    await use(bare_billing, patient, 1)
    assert await payments(bare_billing) == said, "a credit that is used was there for that session"
    await sold(desk, patient)
    said.append((3, True, []))
    assert (await refund(desk, bought["package_id"], 2)).status_code == 201
    assert await payments(bare_billing) == said, "five sessions are left, and six credits"
    first, *_, last = await bare_billing.events(PaymentPolicyMet)
    assert (last.since, last.since > first.since) == (last.changed_at, True)


async def test_a_file_that_asks_otherwise_has_every_course_looked_at_once(
    bare_billing: Billing, larkspur: ClinicFile
) -> None:
    """Where nothing is asked, nothing is told; what was told to be open is taken back."""
    asking = with_prices(larkspur, packages=(SIX,), before_session=PREPAID)
    not_any_more = with_prices(asking, before_session=PaymentPolicy())
    patients, ahead = [Patient(), Patient()], bare_billing.service.clock.now() + timedelta(days=3)
    await bare_billing.apply(larkspur)
    for patient in patients:
        await bare_billing.tell(patient.planned(sessions=2, first=ahead))
    told = []
    for file in (None, asking, None, not_any_more):
        if file is not None:
            await bare_billing.apply(file)
        assert await look_turn(bare_billing.service) is False
        told.append(sorted(await payments(bare_billing)))
    unmet, met = [(1, False, [1, 2])] * 2, [(2, True, [])] * 2
    assert told == [[], unmet, unmet, [*unmet, *met]]


async def test_any_order_of_facts_tells_the_same_in_the_end(
    bare_billing: Billing, desk: Desk, larkspur: ClinicFile
) -> None:
    await bare_billing.apply(with_prices(larkspur, packages=(SIX,), before_session=PREPAID))
    ahead, endings = bare_billing.service.clock.now() + timedelta(days=3), []
    for order in permutations(range(4)):
        patient = Patient()
        await bare_billing.tell(patient.registered())
        await sold(desk, patient)
        facts = [
            patient.planned(first=ahead), patient.planned(2, sessions=8, first=ahead),
            patient.completed(1, session_id=uuid4(), at=soon(bare_billing)),
            patient.completed(2, session_id=uuid4(), at=soon(bare_billing)),
        ]  # fmt: skip
        for place in order:
            await bare_billing.tell(facts[place])
        _, met, missing = (await payments(bare_billing))[-1]
        endings.append((met, missing))
    assert endings == [(False, [7, 8])] * 24
