"""Saying that money came in or went back."""

from services.billing.models import Payment, Refund
from shared.db.unit_of_work import UnitOfWork
from shared.events.billing import PaymentReceived, RefundIssued
from shared.events.parts import PaymentDetail
from shared.money import Money
from shared.sealing import Sealed


def say_payment(uow: UnitOfWork, payment: Payment) -> None:
    """PaymentReceived, for an invoice or a package."""
    received = PaymentReceived(
        payment_id=payment.id, patient_id=payment.patient_id, invoice_id=payment.invoice_id,
        package_id=payment.package_id, received_at=payment.received_at, payment=Sealed.of(_detail(payment)),
    )  # fmt: skip
    uow.emit(received, key=payment.patient_id, subject=payment.id, clinic_id=payment.clinic_id)


def say_refund(uow: UnitOfWork, refund: Refund, of: Payment | None = None) -> None:
    """RefundIssued, of a payment for an invoice or for a package."""
    issued = RefundIssued(
        refund_id=refund.id, patient_id=refund.patient_id, invoice_id=of.invoice_id if of else None,
        package_id=refund.package_id, issued_at=refund.issued_at, refund=Sealed.of(_detail(refund)),
    )  # fmt: skip
    uow.emit(issued, key=refund.patient_id, subject=refund.id, clinic_id=refund.clinic_id)


def _detail(row: Payment | Refund) -> PaymentDetail:
    return PaymentDetail(amount=Money(amount_cents=row.amount_cents, currency=row.currency), method=row.method)
