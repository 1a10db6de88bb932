"""Rows as answers, with what is sealed in them opened."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.billing.domain.authorisations import state_on
from services.billing.domain.estimates import Recipient
from services.billing.domain.packages import unused_value
from services.billing.models import Authorisation, Estimate, EstimateNote, Invoice, Package, Payment, Refund
from services.billing.schemas import (
    AuthorisationView,
    Balance,
    EstimateView,
    InvoiceView,
    NoteView,
    PackageView,
    PaymentView,
    RefundView,
    Terms,
)
from shared.calendar import local_date
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import EstimateDetail, InvoiceDetail
from shared.money import Money


def estimate(uow: UnitOfWork, row: Estimate, notes: Iterable[EstimateNote] = ()) -> EstimateView:
    """An estimate with the changes noted on it, oldest first."""
    detail = uow.open_column("estimate", "detail", row.id, row.detail, EstimateDetail)
    recipient = row.recipient and uow.open_column("estimate", "recipient", row.id, row.recipient, Recipient)
    return EstimateView(
        estimate_id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, course_id=row.course_id,
        appointment_id=row.appointment_id, version=row.version, recipient=recipient or None, lines=detail.lines,
        parts=detail.parts, total=detail.total, change=detail.change, alternatives=detail.alternatives,
        notes=tuple(NoteView.model_validate(note.model_dump()) for note in notes), due_on=row.due_on,
        issued_at=row.issued_at, clinic_file_hash=row.clinic_file_hash,
    )  # fmt: skip


def invoice(uow: UnitOfWork, row: Invoice) -> InvoiceView:
    """An invoice: what it charges, how far it is settled, how it stands to its estimate."""
    detail = uow.open_column("invoice", "detail", row.id, row.detail, InvoiceDetail)
    above = row.above_estimate_cents
    return InvoiceView.model_validate(
        row.model_dump()
        | {
            "invoice_id": row.id, "lines": detail.lines, "total": detail.total, "credit": detail.credit,
            "paid": _money(row.paid_cents, row.currency), "waived": _money(row.waived_cents, row.currency),
            "due": _money(row.due_cents, row.currency), "state": _invoice_state(row),
            "above_estimate": None if above is None else _money(above, row.currency),
        }
    )  # fmt: skip


def _invoice_state(row: Invoice) -> str:
    if row.due_cents == 0:
        return "WAIVED" if row.waived_cents else "PAID"
    return "PARTLY" if row.paid_cents or row.credit_cents or row.waived_cents else "OPEN"


def package(row: Package, now: datetime) -> PackageView:
    """A package and what its credits are still worth."""
    left = row.sessions - row.used
    return PackageView.model_validate(
        row.model_dump()
        | {
            "package_id": row.id, "price": _money(row.price_cents, row.currency), "left": left,
            "unused_value": _money(_unused(row), row.currency), "state": _package_state(row, now),
            "refund": _money(row.refunded_cents, row.currency) if row.refunded_at else None,
        }
    )  # fmt: skip


def _unused(row: Package) -> int:
    return 0 if row.refunded_at else unused_value(row.price_cents, row.sessions, row.used)


def _package_state(row: Package, now: datetime) -> str:
    if row.refunded_at:
        return "REFUNDED"
    if row.used == row.sessions:
        return "USED_UP"
    return "EXPIRED" if local_date(now, row.zone) > row.expires_on else "ACTIVE"


def payment(row: Payment) -> PaymentView:
    """A payment and what went back of it."""
    return PaymentView.model_validate(
        row.model_dump()
        | {
            "payment_id": row.id, "amount": _money(row.amount_cents, row.currency),
            "refunded": _money(row.refunded_cents, row.currency),
        }
    )  # fmt: skip


def refund(row: Refund) -> RefundView:
    """Money that went back."""
    return RefundView.model_validate(
        row.model_dump() | {"refund_id": row.id, "amount": _money(row.amount_cents, row.currency)}
    )


def authorisation(uow: UnitOfWork, row: Authorisation) -> AuthorisationView:
    """An authorisation as it stands today, by the clinic's calendar."""
    named = terms(uow, row)
    return AuthorisationView.model_validate(
        row.model_dump()
        | {
            "authorisation_id": row.id, "payer": named.payer, "protocol": named.protocol,
            "units_left": row.units_granted - row.units_used, "state": state_on(row, local_date(uow.now, row.zone)),
        }
    )  # fmt: skip


def terms(uow: UnitOfWork, row: Authorisation) -> Terms:
    """Who authorised what."""
    return uow.open_column("authorisation", "terms", row.id, row.terms, Terms)


def balance(currency: str, invoices: Sequence[Invoice], packages: Sequence[Package]) -> Balance:
    """What invoices of one currency add up to, and what packages of it are still worth."""
    cents = {
        "invoiced": sum(row.total_cents for row in invoices), "credited": sum(row.credit_cents for row in invoices),
        "waived": sum(row.waived_cents for row in invoices), "paid": sum(row.paid_cents for row in invoices),
        "due": sum(row.due_cents for row in invoices), "package_value": sum(_unused(row) for row in packages),
    }  # fmt: skip
    return Balance.model_validate(
        {"currency": currency} | {name: _money(amount, currency) for name, amount in cents.items()}
    )


def _money(cents: int, currency: str) -> Money:
    return Money(amount_cents=cents, currency=currency)
