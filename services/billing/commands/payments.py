"""Payments of invoices, never above what is due; payments given back, never above what came in; fees waived."""

from uuid import UUID

from services.billing import records, views
from services.billing.commands.money import say_payment, say_refund
from services.billing.commands.paying import look_at_payments
from services.billing.domain import ledger
from services.billing.models import Invoice, Payment, Refund
from services.billing.schemas import InvoiceView, PaymentRequest, PaymentView, RefundRequest, RefundView, WaiveRequest
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role, require_version
from shared.ids import derived_id, new_id
from shared.money import Money
from shared.problems import ProblemKind, problem_kind

ABOVE_BALANCE = problem_kind(
    "ABOVE_BALANCE", 409, "That is more than is due, or of another currency", "Pay at most the balance in params."
)
ABOVE_PAYMENT = problem_kind(
    "ABOVE_PAYMENT",
    409,
    "That is more than is left of the payment, or of another currency",
    "Give back at most what params say.",
)
REFUND_THE_PACKAGE = problem_kind(
    "REFUND_THE_PACKAGE", 409, "This payment bought a package", "Refund the package: what was used of it is earned."
)
NOT_WAIVABLE = problem_kind(
    "NOT_WAIVABLE", 409, "Only a fee of which something is still due can be waived", "Refund what was paid instead."
)


async def pay_invoice(uow: UnitOfWork, invoice_id: UUID, request: PaymentRequest) -> PaymentView:
    """Record money that came in for an invoice. Raises NOT_FOUND, FORBIDDEN, ABOVE_BALANCE with the balance."""
    invoice = await records.held(uow, Invoice, invoice_id)
    require_role(uow, invoice.clinic_id, "biller")
    _within(request.amount, invoice.due_cents, invoice.currency, ABOVE_BALANCE)
    payment = Payment(
        id=new_id(), **records.owner(invoice), invoice_id=invoice.id, currency=invoice.currency,
        amount_cents=request.amount.amount_cents, method=request.method, received_at=uow.now,
    )  # fmt: skip
    invoice.paid_cents, invoice.version = invoice.paid_cents + payment.amount_cents, invoice.version + 1
    await records.insert_once(uow, payment)
    entries = ledger.paid(payment.amount_cents)
    await records.book(uow, payment.id, payment, payment.currency, entries, invoice_id=invoice.id)
    say_payment(uow, payment)
    await records.audit(uow, "create", "payment", payment)
    await look_at_payments(uow, invoice.patient_id, invoice.clinic_id)
    return views.payment(payment)


async def refund_payment(uow: UnitOfWork, payment_id: UUID, request: RefundRequest) -> RefundView:
    """Give back some or all of a payment; its invoice is due again by so much.

    Raises NOT_FOUND, FORBIDDEN, REFUND_THE_PACKAGE, ABOVE_PAYMENT with what is left.
    """
    payment = await records.held(uow, Payment, payment_id)
    require_role(uow, payment.clinic_id, "biller")
    if payment.invoice_id is None:
        raise REFUND_THE_PACKAGE()
    _within(request.amount, payment.amount_cents - payment.refunded_cents, payment.currency, ABOVE_PAYMENT)
    refund = Refund(
        id=new_id(), **records.owner(payment), payment_id=payment.id, currency=payment.currency,
        amount_cents=request.amount.amount_cents, method=request.method, issued_at=uow.now,
    )  # fmt: skip
    payment.refunded_cents += refund.amount_cents
    invoice = await records.held(uow, Invoice, payment.invoice_id)
    invoice.paid_cents, invoice.version = invoice.paid_cents - refund.amount_cents, invoice.version + 1
    await records.insert_once(uow, refund)
    entries = ledger.paid_back(refund.amount_cents)
    await records.book(uow, refund.id, refund, refund.currency, entries, invoice_id=invoice.id)
    say_refund(uow, refund, payment)
    await records.audit(uow, "create", "refund", refund)
    await look_at_payments(uow, invoice.patient_id, invoice.clinic_id)
    return views.refund(refund)


async def waive_fee(uow: UnitOfWork, invoice_id: UUID, request: WaiveRequest, expected_version: int) -> InvoiceView:
    """Do not take what is still due of a fee, and say why. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NOT_WAIVABLE."""
    invoice = await records.held(uow, Invoice, invoice_id)
    require_role(uow, invoice.clinic_id, "biller")
    require_version(invoice.version, expected_version)
    if invoice.kind != "FEE" or invoice.due_cents == 0:
        raise NOT_WAIVABLE()
    due = invoice.due_cents
    invoice.waived_cents, invoice.waiver = invoice.waived_cents + due, request.reason
    invoice.version += 1
    transaction = derived_id(invoice.id, f"waiver:{invoice.version}")
    await records.book(uow, transaction, invoice, invoice.currency, ledger.waived(due), invoice_id=invoice.id)
    await records.audit(uow, "update", "invoice", invoice, version=invoice.version, reason=request.reason)
    await look_at_payments(uow, invoice.patient_id, invoice.clinic_id)
    return views.invoice(uow, invoice)


def _within(amount: Money, most_cents: int, currency: str, kind: ProblemKind) -> None:
    if amount.currency != currency or amount.amount_cents > most_cents:
        raise kind(params={"most": {"amount_cents": most_cents, "currency": currency}})
