"""How rows are made from decisions: derived ids, sealed columns, one insert per fact however often it comes."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, select

from services.billing.domain.estimates import Recipient
from services.billing.domain.ledger import Entry
from services.billing.domain.reasons import Reason
from services.billing.models import (
    Appointment,
    Authorisation,
    Course,
    Estimate,
    EstimateNote,
    Invoice,
    Patient,
    Posting,
    Review,
    Session,
)
from services.billing.models.base import Owned
from shared.aliases import require_unmerged
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import EstimateDetail, Identity, InvoiceDetail
from shared.ids import derived_id
from shared.money import Money
from shared.problems import NOT_FOUND

R = TypeVar("R", bound=Owned)


async def insert_once(uow: UnitOfWork, row: SQLModel) -> bool:
    """Insert now; False when a row with its id or unique key stands already."""
    result = await uow.session.exec(insert(type(row)).values(row.model_dump()).on_conflict_do_nothing())
    return result.rowcount == 1


async def hold_patient(uow: UnitOfWork, patient_id: UUID) -> Patient:
    """Lock the patient's row, a stub if nothing is known yet."""
    await insert_once(uow, Patient(id=patient_id, organisation_id=uow.organisation_id, version=0))
    return (await uow.session.exec(select(Patient).where(Patient.id == patient_id).with_for_update())).one()


async def hold_known_patient(uow: UnitOfWork, patient_id: UUID) -> Patient:
    """Lock the row of a patient of the caller's organisation, for something new. Raises NOT_FOUND, PATIENT_MERGED."""
    mine = select(Patient).where(Patient.id == patient_id, Patient.organisation_id == uow.organisation_id)
    patient = (await uow.session.exec(mine.with_for_update())).first()
    if patient is None:
        raise NOT_FOUND()
    await require_unmerged(uow, patient_id)
    return patient


async def held(uow: UnitOfWork, table: type[R], row_id: UUID) -> R:
    """A row of the caller's organisation as it is under the lock of its patient. Raises NOT_FOUND."""
    mine = select(table).where(table.id == row_id, table.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(mine)).first()
    if row is None:
        raise NOT_FOUND()
    await hold_patient(uow, row.patient_id)
    await uow.session.refresh(row)
    return row


def owner(of: Owned) -> dict[str, Any]:
    """Whose row it is: the columns that a row made because of `of` shares with it."""
    return {"organisation_id": of.organisation_id, "clinic_id": of.clinic_id, "patient_id": of.patient_id}


def estimate_row(
    uow: UnitOfWork, of: Course | Appointment, patient: Patient, detail: EstimateDetail, *, file_hash: str,
    due_on: date | None,
) -> Estimate:  # fmt: skip
    """The estimate of one version of a course or visit, addressed when the patient's card is known."""
    estimate_id = derived_id(of.id, f"estimate:{of.version}")
    is_course = isinstance(of, Course)
    return Estimate(
        id=estimate_id, **owner(of), course_id=of.id if is_course else None,
        appointment_id=None if is_course else of.id, version=of.version, clinic_file_hash=file_hash,
        currency=detail.total.currency, total_cents=detail.total.amount_cents, due_on=due_on, issued_at=uow.now,
        detail=uow.seal_column("estimate", "detail", estimate_id, detail),
        recipient=_recipient(uow, patient, estimate_id),
    )  # fmt: skip


def _recipient(uow: UnitOfWork, patient: Patient, estimate_id: UUID) -> str | None:
    if patient.identity is None:
        return None
    identity = uow.open_column("patient", "identity", patient.id, patient.identity, Identity)
    return uow.seal_column("estimate", "recipient", estimate_id, Recipient.of(identity))


def estimate_note(uow: UnitOfWork, estimate_id: UUID, of: Course | Appointment, reason: str) -> EstimateNote:
    """That an estimate still stands after a change of what it estimates, and what changed."""
    return EstimateNote(
        id=derived_id(estimate_id, f"note:{of.version}"), **owner(of), estimate_id=estimate_id, version=of.version,
        reason=reason, noted_at=uow.now,
    )  # fmt: skip


def session_invoice(uow: UnitOfWork, session: Session, detail: InvoiceDetail, file_hash: str) -> Invoice:
    """The one invoice of a session, not yet compared with an estimate."""
    invoice = _invoice(uow, session, detail, file_hash, "SESSION")
    invoice.session_id, invoice.course_id, invoice.session_number = (
        session.id, session.course_id, session.session_number,
    )  # fmt: skip
    if detail.credit is not None:
        invoice.package_id, invoice.credit_cents = detail.credit.package_id, detail.credit.amount.amount_cents
    return invoice


def visit_invoice(
    uow: UnitOfWork, appointment: Appointment, detail: InvoiceDetail, file_hash: str, kind: str
) -> Invoice:
    """The one invoice of an appointment: for a VISIT that took place, or a FEE for one that did not."""
    invoice = _invoice(uow, appointment, detail, file_hash, kind)
    invoice.appointment_id = appointment.id
    return invoice


def _invoice(uow: UnitOfWork, of: Owned, detail: InvoiceDetail, file_hash: str, kind: str) -> Invoice:
    invoice_id = derived_id(of.id, "invoice")
    return Invoice(
        id=invoice_id, **owner(of), kind=kind, clinic_file_hash=file_hash, currency=detail.total.currency,
        total_cents=detail.total.amount_cents, issued_at=uow.now,
        detail=uow.seal_column("invoice", "detail", invoice_id, detail),
    )  # fmt: skip


async def book(
    uow: UnitOfWork, transaction_id: UUID, of: Owned, currency: str, entries: Iterable[Entry], *,
    invoice_id: UUID | None = None, package_id: UUID | None = None,
) -> None:  # fmt: skip
    """Write ledger entries that belong together, once per transaction."""
    for entry in entries:
        posting = Posting(
            id=derived_id(transaction_id, f"{entry.debit}:{entry.credit}"), **owner(of),
            transaction_id=transaction_id, invoice_id=invoice_id, package_id=package_id, debit=entry.debit,
            credit=entry.credit, currency=currency, amount_cents=entry.cents, booked_at=uow.now,
        )  # fmt: skip
        await insert_once(uow, posting)


async def open_review(
    uow: UnitOfWork, subject: Course | Session | Appointment | Authorisation, reason: Reason, *, version: int = 1,
    due_on: date | None = None, proposed: Money | None = None,
) -> None:  # fmt: skip
    """Ask a person about a course, session, appointment or authorisation, once per version and reason."""
    review = Review(
        id=derived_id(subject.id, f"review:{version}:{reason}"), **owner(subject),
        subject=type(subject).__name__.upper(),
        subject_id=subject.id, subject_version=version, reason=reason, due_on=due_on, opened_at=uow.now,
        amount_cents=proposed.amount_cents if proposed else None, currency=proposed.currency if proposed else None,
    )  # fmt: skip
    if await insert_once(uow, review):
        await audit(uow, "create", "review", review, reason=reason)


async def audit(
    uow: UnitOfWork, action: str, resource: str, row: Owned, *, version: int | None = None, reason: str | None = None
) -> None:
    """An audit row about a row that a patient owns."""
    await uow.audit(
        action, resource, row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=version, reason=reason
    )
