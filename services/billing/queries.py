"""What billing tells: documents, money and what waits for a person. Every answer about a patient is audited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.billing import views
from services.billing.models import (
    Authorisation,
    Estimate,
    EstimateNote,
    Invoice,
    Package,
    Patient,
    Payment,
    Refund,
    Review,
)
from services.billing.models.base import Owned
from services.billing.schemas import (
    AccountView,
    AuthorisationView,
    Balance,
    EstimateView,
    InvoiceView,
    PackageView,
    PaymentView,
    RefundView,
    ReviewView,
)
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_patient, require_role
from shared.problems import NOT_FOUND

READERS = ("biller", "frontdesk")
NEWEST = 50
D = TypeVar("D", bound=Owned)
_MOMENTS: dict[type[Owned], Any] = {
    Estimate: Estimate.issued_at, Invoice: Invoice.issued_at, Package: Package.sold_at, Payment: Payment.received_at,
    Refund: Refund.issued_at, Authorisation: Authorisation.approved_at,
}  # fmt: skip


async def estimates_of(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[EstimateView]:
    """The estimates of a patient that the caller may see, oldest first. Raises NOT_FOUND, CURSOR_INVALID."""
    rows = await _page_of(uow, Estimate, patient_id, paging)
    shown = await _estimates(uow, rows)
    return page(uow, shown, paging, lambda view: (view.issued_at, view.estimate_id), "estimate", patient_id)


async def invoices_of(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[InvoiceView]:
    """The invoices of a patient that the caller may see, oldest first. Raises NOT_FOUND, CURSOR_INVALID."""
    shown = [views.invoice(uow, row) for row in await _page_of(uow, Invoice, patient_id, paging)]
    return page(uow, shown, paging, lambda view: (view.issued_at, view.invoice_id), "invoice", patient_id)


async def packages_of(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[PackageView]:
    """The packages of a patient that the caller may see, oldest first. Raises NOT_FOUND, CURSOR_INVALID."""
    shown = [views.package(row, uow.now) for row in await _page_of(uow, Package, patient_id, paging)]
    return page(uow, shown, paging, lambda view: (view.sold_at, view.package_id), "package", patient_id)


async def payments_of(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[PaymentView]:
    """The payments of a patient that the caller may see, oldest first. Raises NOT_FOUND, CURSOR_INVALID."""
    shown = [views.payment(row) for row in await _page_of(uow, Payment, patient_id, paging)]
    return page(uow, shown, paging, lambda view: (view.received_at, view.payment_id), "payment", patient_id)


async def refunds_of(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[RefundView]:
    """The refunds of a patient that the caller may see, oldest first. Raises NOT_FOUND, CURSOR_INVALID."""
    shown = [views.refund(row) for row in await _page_of(uow, Refund, patient_id, paging)]
    return page(uow, shown, paging, lambda view: (view.issued_at, view.refund_id), "refund", patient_id)


async def authorisations_of(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[AuthorisationView]:
    """The payers' authorisations of a patient, oldest first. Raises NOT_FOUND, CURSOR_INVALID."""
    rows = await _page_of(uow, Authorisation, patient_id, paging)
    shown = [views.authorisation(uow, row) for row in rows]
    scope = ("authorisation", patient_id)
    return page(uow, shown, paging, lambda view: (view.approved_at, view.authorisation_id), *scope)


async def estimate(uow: UnitOfWork, estimate_id: UUID) -> EstimateView:
    """One estimate. Raises NOT_FOUND, FORBIDDEN."""
    (shown,) = await _estimates(uow, [await _one(uow, Estimate, estimate_id)])
    return shown


async def invoice(uow: UnitOfWork, invoice_id: UUID) -> InvoiceView:
    """One invoice. Raises NOT_FOUND, FORBIDDEN."""
    return views.invoice(uow, await _one(uow, Invoice, invoice_id))


async def package(uow: UnitOfWork, package_id: UUID) -> PackageView:
    """One package. Raises NOT_FOUND, FORBIDDEN."""
    return views.package(await _one(uow, Package, package_id), uow.now)


async def account(uow: UnitOfWork, patient_id: UUID) -> AccountView:
    """The money of a patient at the clinics that the caller may see. Raises NOT_FOUND."""
    await _know(uow, patient_id)
    await uow.audit("read", "account", patient_id, patient_id=patient_id)
    return AccountView(
        patient_id=patient_id, balances=await _balances(uow, patient_id),
        estimates=tuple(await _estimates(uow, await _newest(uow, Estimate, patient_id, _stands()))),
        invoices=tuple(views.invoice(uow, row) for row in await _newest(uow, Invoice, patient_id)),
        packages=tuple(views.package(row, uow.now) for row in await _newest(uow, Package, patient_id)),
        payments=tuple(views.payment(row) for row in await _newest(uow, Payment, patient_id)),
        refunds=tuple(views.refund(row) for row in await _newest(uow, Refund, patient_id)),
    )  # fmt: skip


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
    shown = [ReviewView.of(row) for row in await uow.session.exec(waiting)]
    return page(uow, shown, paging, lambda view: (view.opened_at, view.review_id), "review")


async def _estimates(uow: UnitOfWork, rows: Sequence[Estimate]) -> list[EstimateView]:
    wanted = col(EstimateNote.estimate_id).in_([row.id for row in rows])
    found = await uow.session.exec(select(EstimateNote).where(wanted).order_by(col(EstimateNote.version)))
    notes = found.all()
    return [views.estimate(uow, row, [note for note in notes if note.estimate_id == row.id]) for row in rows]


def _stands() -> ColumnElement[bool]:
    """Of each course and visit only the estimate that no newer one replaced."""
    newer = aliased(Estimate)
    replaced = select(newer.id).where(
        (newer.course_id == Estimate.course_id) | (newer.appointment_id == Estimate.appointment_id),
        col(newer.version) > Estimate.version,
    )
    return ~replaced.exists()


async def _balances(uow: UnitOfWork, patient_id: UUID) -> tuple[Balance, ...]:
    invoices = (await uow.session.exec(select(Invoice).where(*_visible(uow, Invoice, patient_id)))).all()
    packages = (await uow.session.exec(select(Package).where(*_visible(uow, Package, patient_id)))).all()
    currencies = sorted({*(row.currency for row in invoices), *(row.currency for row in packages)})
    return tuple(
        views.balance(
            currency,
            [row for row in invoices if row.currency == currency],
            [row for row in packages if row.currency == currency],
        )
        for currency in currencies
    )


async def _newest(
    uow: UnitOfWork, table: type[D], patient_id: UUID, only: ColumnElement[bool] | None = None
) -> Sequence[D]:
    rows = select(table).where(*_visible(uow, table, patient_id))
    if only is not None:
        rows = rows.where(only)
    latest_first = rows.order_by(col(_MOMENTS[table]).desc(), col(table.id).desc()).limit(NEWEST)
    return (await uow.session.exec(latest_first)).all()


async def _page_of(uow: UnitOfWork, table: type[D], patient_id: UUID, paging: Paging) -> Sequence[D]:
    await _know(uow, patient_id)
    name, moment = str(table.__tablename__), _MOMENTS[table]
    rows = select(table).where(*_visible(uow, table, patient_id))
    if after := paging.after(uow, name, patient_id):
        rows = rows.where(_beyond(moment, table.id, after))
    await uow.audit("read", f"{name}s", patient_id, patient_id=patient_id)
    return (await uow.session.exec(rows.order_by(col(moment), col(table.id)).limit(paging.fetch))).all()


async def _know(uow: UnitOfWork, patient_id: UUID) -> None:
    require_patient(uow, patient_id)
    known = select(Patient.id).where(Patient.id == patient_id, Patient.organisation_id == uow.organisation_id)
    if (await uow.session.exec(known)).first() is None:
        raise NOT_FOUND()


def _visible(uow: UnitOfWork, table: type[Owned], patient_id: UUID) -> list[ColumnElement[bool]]:
    """Rows of a patient, under every merged id: all of them for the patient, those of their clinics for staff."""
    rows = [of_person(table.patient_id, patient_id), col(table.organisation_id) == uow.organisation_id]
    if uow.caller.kind != "patient":
        rows.append(col(table.clinic_id).in_(_clinics(uow, *READERS)))
    return rows


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
    await uow.audit("read", str(table.__tablename__), row.id, patient_id=row.patient_id, clinic_id=row.clinic_id)
    return row
