"""Invoices: of a session that took place, with the package credit that stands for it; of a visit; of a fee."""

from uuid import UUID

from sqlmodel import select

from services.billing import records
from services.billing.commands import authorisations, packages
from services.billing.commands.estimates import compare
from services.billing.commands.paying import look_at_payments
from services.billing.commands.pricing import Priced, clinic_in_force, price_of
from services.billing.domain import ledger
from services.billing.domain.prices import invoice_for_session, invoice_of, visit_line
from services.billing.domain.reasons import Reason
from services.billing.models import Appointment, Invoice, Session
from services.billing.models.base import Owned
from shared.calendar import local_date
from shared.db.unit_of_work import UnitOfWork
from shared.events.billing import InvoiceIssued
from shared.events.parts import ChargeLine, DeliveredDose, InvoiceDetail
from shared.sealing import Sealed


async def record_session(uow: UnitOfWork, session: Session) -> bool:
    """Record that a session ended. False when it is known already."""
    await records.hold_patient(uow, session.patient_id)
    return await records.insert_once(uow, session)


async def charge_session(uow: UnitOfWork, session: Session) -> Reason | None:
    """Invoice a session and count the units of its authorisation, each once.

    Returns None when the invoice stands, or why a review was opened instead.
    """
    delivered = uow.open_column("session", "delivered", session.id, session.delivered, DeliveredDose)
    priced = await price_of(uow, session.clinic_id, delivered.protocol)
    if isinstance(priced, Reason):
        await records.open_review(uow, session, priced)
    else:
        await _issue_for_session(uow, session, delivered, priced)
        await authorisations.use_units(uow, session, delivered, priced.clinic.file)
    await look_at_payments(uow, session.patient_id, session.clinic_id)
    return priced if isinstance(priced, Reason) else None


async def _issue_for_session(uow: UnitOfWork, session: Session, delivered: DeliveredDose, priced: Priced) -> None:
    if await _invoice_of(uow, session) is not None:
        return
    on = local_date(session.ended_at, priced.clinic.file.zone)
    detail = invoice_for_session(priced.price, delivered.dose_mg, on)
    package = await packages.to_use(uow, session, delivered.protocol, on)
    if package is not None:
        detail = packages.credited(detail, package, priced.price.unit)
    invoice = records.session_invoice(uow, session, detail, priced.clinic.hash)
    await _issue(uow, session, invoice, detail)
    if package is not None:
        await packages.use_credit(uow, package, invoice)
    if session.course_id is None:
        await records.open_review(uow, session, Reason.NO_COURSE)
    else:
        await compare(uow, session.course_id)


async def charge_visit(uow: UnitOfWork, appointment: Appointment) -> Reason | None:
    """Invoice a visit that took place, once; a free one needs no invoice. Returns why a review was opened instead."""
    clinic = await clinic_in_force(uow, appointment.clinic_id)
    if clinic is None:
        await records.open_review(uow, appointment, Reason.NO_CLINIC_FILE, version=appointment.version)
        return Reason.NO_CLINIC_FILE
    line = visit_line(clinic.file, appointment.kind)
    if line is not None:
        await _charge_line(uow, appointment, line, clinic.hash, "VISIT")
        await compare(uow, appointment.id)
    return None


async def charge_fee(uow: UnitOfWork, appointment: Appointment, fee: ChargeLine, file_hash: str) -> None:
    """Invoice a fee for a visit that did not take place, once (D.4)."""
    await _charge_line(uow, appointment, fee, file_hash, "FEE")


async def _charge_line(uow: UnitOfWork, appointment: Appointment, line: ChargeLine, file_hash: str, kind: str) -> None:
    detail = invoice_of(line)
    await _issue(uow, appointment, records.visit_invoice(uow, appointment, detail, file_hash, kind), detail)
    await look_at_payments(uow, appointment.patient_id, appointment.clinic_id)


async def _invoice_of(uow: UnitOfWork, session: Session) -> UUID | None:
    return (await uow.session.exec(select(Invoice.id).where(Invoice.session_id == session.id))).first()


async def _issue(uow: UnitOfWork, of: Owned, invoice: Invoice, detail: InvoiceDetail) -> None:
    """Save, book and say an invoice of a session or an appointment, once."""
    if not await records.insert_once(uow, invoice):
        return
    await records.book(
        uow, invoice.id, invoice, invoice.currency, ledger.invoiced(invoice.total_cents), invoice_id=invoice.id
    )  # fmt: skip
    issued = InvoiceIssued(
        invoice_id=invoice.id, patient_id=invoice.patient_id, session_id=of.id,
        appointment_id=invoice.appointment_id, issued_at=invoice.issued_at, invoice=Sealed.of(detail),
    )  # fmt: skip
    uow.emit(issued, key=invoice.patient_id, subject=invoice.id, clinic_id=invoice.clinic_id)
    await records.audit(uow, "create", "invoice", invoice)
