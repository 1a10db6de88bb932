"""Packages of sessions: sold for money at once, used one credit a session, given back for what is unused (F.7)."""

from datetime import date
from uuid import UUID

from sqlmodel import col, select

from services.billing import records, views
from services.billing.commands.money import say_payment, say_refund
from services.billing.commands.paying import look_at_payments
from services.billing.domain import ledger
from services.billing.domain.packages import credit_value, expires_on, refund_by_list_price, unused_value
from services.billing.domain.prices import package_of, pays_for
from services.billing.models import Invoice, Package, Payment, Refund
from services.billing.models import Session as SessionRow
from services.billing.schemas import PackageSale, PackageView, RefundView, RepayRequest
from shared.calendar import local_date
from shared.clinicfile.store import ActiveClinic, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import InvoiceDetail, PackageCredit
from shared.http import require_role, require_version
from shared.ids import new_id
from shared.money import Money
from shared.problems import problem_kind

PACKAGE_NOT_SOLD = problem_kind(
    "PACKAGE_NOT_SOLD", 422, "The clinic sells no such package", "Use the id of a package with a price in its file."
)
NOTHING_TO_REFUND = problem_kind(
    "NOTHING_TO_REFUND", 409, "Nothing of it is left to give back", "Read it again: what was used is earned."
)


async def sell_package(uow: UnitOfWork, patient_id: UUID, sale: PackageSale) -> PackageView:
    """Sell a package of the clinic file and record its payment.

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, PACKAGE_NOT_SOLD.
    """
    require_role(uow, sale.clinic_id, "biller", "frontdesk")
    await records.hold_known_patient(uow, patient_id)
    package = _sold(uow, patient_id, sale, await active_clinic(uow, sale.clinic_id))
    payment = Payment(
        id=new_id(), **records.owner(package), package_id=package.id, currency=package.currency,
        amount_cents=package.price_cents, method=sale.method, received_at=uow.now,
    )  # fmt: skip
    await records.insert_once(uow, package)
    await records.insert_once(uow, payment)
    entries = ledger.package_sold(package.price_cents)
    await records.book(uow, payment.id, payment, payment.currency, entries, package_id=package.id)
    say_payment(uow, payment)
    await records.audit(uow, "create", "package", package, version=package.version)
    await look_at_payments(uow, package.patient_id, package.clinic_id)
    return views.package(package, uow.now)


def _sold(uow: UnitOfWork, patient_id: UUID, sale: PackageSale, clinic: ActiveClinic) -> Package:
    offer = package_of(clinic.file, sale.package)
    if offer is None:
        raise PACKAGE_NOT_SOLD()
    return Package(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=sale.clinic_id, patient_id=patient_id,
        package=offer.id, name=offer.name, protocols=list(offer.protocols), sessions=offer.sessions,
        price_cents=offer.price_cents, currency=clinic.file.prices.currency, refund_rule=offer.refund,
        clinic_file_hash=clinic.hash, sold_at=uow.now, zone=clinic.file.zone,
        expires_on=expires_on(local_date(uow.now, clinic.file.zone), offer.valid_months),
    )  # fmt: skip


async def to_use(uow: UnitOfWork, session: SessionRow, protocol: str, on: date) -> Package | None:
    """The package whose credit pays a session of a protocol on a local date: sold before it, the first to expire."""
    good = (
        select(Package)
        .where(Package.patient_id == session.patient_id, Package.clinic_id == session.clinic_id)
        .where(col(Package.refunded_at).is_(None), col(Package.used) < col(Package.sessions))
        .where(col(Package.sold_at) <= session.ended_at, col(Package.expires_on) >= on)
        .order_by(col(Package.expires_on), col(Package.id))
    )
    found = await uow.session.exec(good)
    return next((package for package in found if pays_for(tuple(package.protocols), protocol)), None)


def credited(detail: InvoiceDetail, package: Package, session_price: Money) -> InvoiceDetail:
    """The invoice with the session itself paid by a credit; a drug by the mg stays due."""
    return detail.model_copy(update={"credit": PackageCredit(package_id=package.id, amount=session_price)})


async def use_credit(uow: UnitOfWork, package: Package, invoice: Invoice) -> None:
    """Take one credit off a package for an invoice that it settles."""
    value = credit_value(package.price_cents, package.sessions, package.used)
    package.used, package.version = package.used + 1, package.version + 1
    package.used_at_list_cents += invoice.credit_cents
    entries = ledger.credit_used(value, invoice.credit_cents)
    await records.book(
        uow, invoice.id, invoice, invoice.currency, entries, invoice_id=invoice.id, package_id=package.id
    )  # fmt: skip
    await records.audit(uow, "update", "package", package, version=package.version, reason="CREDIT_USED")


async def refund_package(uow: UnitOfWork, package_id: UUID, request: RepayRequest, expected_version: int) -> RefundView:
    """Give back what is unused, by the rule the package was sold under: pro rata, or the price less list price.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NOTHING_TO_REFUND.
    """
    package = await records.held(uow, Package, package_id)
    require_role(uow, package.clinic_id, "biller")
    require_version(package.version, expected_version)
    unused = unused_value(package.price_cents, package.sessions, package.used)
    by_list = refund_by_list_price(package.price_cents, package.used_at_list_cents)
    amount = unused if package.refund_rule == "pro_rata" else by_list
    if package.refunded_at is not None or package.used == package.sessions or amount == 0:
        raise NOTHING_TO_REFUND()
    package.refunded_at, package.refunded_cents, package.version = uow.now, amount, package.version + 1
    refund = Refund(
        id=new_id(), **records.owner(package), package_id=package.id, currency=package.currency,
        amount_cents=amount, method=request.method, issued_at=uow.now,
    )  # fmt: skip
    await records.insert_once(uow, refund)
    entries = ledger.package_refunded(unused, amount)
    await records.book(uow, refund.id, refund, refund.currency, entries, package_id=package.id)
    say_refund(uow, refund)
    await records.audit(uow, "update", "package", package, version=package.version, reason="REFUNDED")
    await look_at_payments(uow, package.patient_id, package.clinic_id)
    return views.refund(refund)
