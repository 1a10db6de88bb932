"""What billing tells: estimates, invoices, and what waits for a person. Every answer about a patient is audited."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import col, select

from services.billing.domain import Recipient
from services.billing.models import Estimate, Invoice, Patient, Review
from services.billing.schemas import EstimateView, InvoiceView, ReviewView
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import EstimateDetail, InvoiceDetail
from shared.http import Page, Paging, page, require_patient, require_role
from shared.money import Money
from shared.problems import NOT_FOUND

READERS = ("biller", "frontdesk")
D = TypeVar("D", Estimate, Invoice)


async def estimates_of(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[EstimateView]:
    """The estimates of a patient that the caller may see, oldest first. Raises NOT_FOUND, CURSOR_INVALID."""
    rows = await _of_patient(uow, Estimate, patient_id, paging)
    await uow.audit("read", "estimates", patient_id, patient_id=patient_id)
    views = [_estimate_view(uow, row) for row in rows]
    return page(uow, views, paging, lambda view: (view.issued_at, view.estimate_id), "estimate", patient_id)


async def invoices_of(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[InvoiceView]:
    """The invoices of a patient that the caller may see, oldest first. Raises NOT_FOUND, CURSOR_INVALID."""
    rows = await _of_patient(uow, Invoice, patient_id, paging)
    await uow.audit("read", "invoices", patient_id, patient_id=patient_id)
    views = [_invoice_view(uow, row) for row in rows]
    return page(uow, views, paging, lambda view: (view.issued_at, view.invoice_id), "invoice", patient_id)


async def estimate(uow: UnitOfWork, estimate_id: UUID) -> EstimateView:
    """One estimate. Raises NOT_FOUND, FORBIDDEN."""
    row = await _one(uow, Estimate, estimate_id)
    await uow.audit("read", "estimate", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id)
    return _estimate_view(uow, row)


async def invoice(uow: UnitOfWork, invoice_id: UUID) -> InvoiceView:
    """One invoice. Raises NOT_FOUND, FORBIDDEN."""
    row = await _one(uow, Invoice, invoice_id)
    await uow.audit("read", "invoice", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id)
    return _invoice_view(uow, row)


async def open_reviews(uow: UnitOfWork, paging: Paging) -> Page[ReviewView]:
    """What waits for a biller at the caller's clinics, oldest first. Raises CURSOR_INVALID."""
    waiting = (
        select(Review)
        .where(Review.organisation_id == uow.organisation_id, Review.state == "OPEN")
        .where(col(Review.clinic_id).in_(_clinics(uow, "biller")))
        .order_by(col(Review.opened_at), col(Review.id))
        .limit(paging.fetch)
    )
    if after := paging.after(uow, "review"):
        waiting = waiting.where(_beyond(Review.opened_at, Review.id, after))
    await uow.audit("search", "reviews", None)
    views = [ReviewView.of(row) for row in await uow.session.exec(waiting)]
    return page(uow, views, paging, lambda view: (view.opened_at, view.review_id), "review")


async def _of_patient(uow: UnitOfWork, table: type[D], patient_id: UUID, paging: Paging) -> Sequence[D]:
    require_patient(uow, patient_id)
    known = select(Patient.id).where(Patient.id == patient_id, Patient.organisation_id == uow.organisation_id)
    if (await uow.session.exec(known)).first() is None:
        raise NOT_FOUND()
    rows = select(table).where(table.patient_id == patient_id, table.organisation_id == uow.organisation_id)
    if uow.caller.kind != "patient":
        rows = rows.where(col(table.clinic_id).in_(_clinics(uow, *READERS)))
    if after := paging.after(uow, table.__tablename__, patient_id):
        rows = rows.where(_beyond(table.issued_at, table.id, after))
    return (await uow.session.exec(rows.order_by(col(table.issued_at), col(table.id)).limit(paging.fetch))).all()


def _beyond(moment: datetime, row_id: UUID, after: tuple[str, ...]) -> ColumnElement[bool]:
    return tuple_(col(moment), col(row_id)) > tuple_(datetime.fromisoformat(after[0]), UUID(after[1]))


def _clinics(uow: UnitOfWork, *roles: str) -> list[UUID]:
    return [clinic for clinic in uow.caller.clinics() if uow.caller.may(clinic, *roles)]


async def _one(uow: UnitOfWork, table: type[D], row_id: UUID) -> D:
    mine = select(table).where(table.id == row_id, table.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(mine)).first()
    if row is None:
        raise NOT_FOUND()
    require_patient(uow, row.patient_id)
    if uow.caller.kind != "patient":
        require_role(uow, row.clinic_id, *READERS)
    return row


def _estimate_view(uow: UnitOfWork, row: Estimate) -> EstimateView:
    detail = uow.open_column("estimate", "detail", row.id, row.detail, EstimateDetail)
    recipient = row.recipient and uow.open_column("estimate", "recipient", row.id, row.recipient, Recipient)
    return EstimateView(
        estimate_id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, course_id=row.course_id,
        version=row.version, recipient=recipient or None, lines=detail.lines, total=detail.total, due_on=row.due_on,
        issued_at=row.issued_at, clinic_file_hash=row.clinic_file_hash,
    )  # fmt: skip


def _invoice_view(uow: UnitOfWork, row: Invoice) -> InvoiceView:
    detail = uow.open_column("invoice", "detail", row.id, row.detail, InvoiceDetail)
    above = row.above_estimate_cents
    return InvoiceView(
        invoice_id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, session_id=row.session_id,
        course_id=row.course_id, session_number=row.session_number, lines=detail.lines, total=detail.total,
        estimate_id=row.estimate_id, issued_at=row.issued_at, clinic_file_hash=row.clinic_file_hash,
        above_estimate=None if above is None else Money(amount_cents=above, currency=row.currency),
    )  # fmt: skip
