"""How rows are made from decisions: derived ids, sealed columns, one insert per fact however often it comes."""

from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, select

from services.billing.domain import Reason, Recipient
from services.billing.models import Course, Estimate, Invoice, Patient, Posting, Review, Session
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import EstimateDetail, Identity, InvoiceDetail
from shared.ids import derived_id


async def insert_once(uow: UnitOfWork, row: SQLModel) -> bool:
    """Insert now; False when a row with its id or unique key stands already."""
    result = await uow.session.exec(insert(type(row)).values(row.model_dump()).on_conflict_do_nothing())
    return result.rowcount == 1


async def hold_patient(uow: UnitOfWork, patient_id: UUID) -> Patient:
    """Lock the patient's row, a stub if nothing is known yet."""
    await insert_once(uow, Patient(id=patient_id, organisation_id=uow.organisation_id, version=0))
    return (await uow.session.exec(select(Patient).where(Patient.id == patient_id).with_for_update())).one()


def estimate_row(
    uow: UnitOfWork, course: Course, patient: Patient, detail: EstimateDetail, *, file_hash: str, due_on: date | None
) -> Estimate:
    """The estimate of one version of a course, addressed when the patient's card is known."""
    estimate_id = derived_id(course.id, f"estimate:{course.version}")
    return Estimate(
        id=estimate_id, organisation_id=course.organisation_id, clinic_id=course.clinic_id,
        patient_id=course.patient_id, course_id=course.id, version=course.version, clinic_file_hash=file_hash,
        currency=detail.total.currency, total_cents=detail.total.amount_cents, due_on=due_on, issued_at=uow.now,
        detail=uow.seal_column("estimate", "detail", estimate_id, detail),
        recipient=_recipient(uow, patient, estimate_id),
    )  # fmt: skip


def _recipient(uow: UnitOfWork, patient: Patient, estimate_id: UUID) -> str | None:
    if patient.identity is None:
        return None
    identity = uow.open_column("patient", "identity", patient.id, patient.identity, Identity)
    return uow.seal_column("estimate", "recipient", estimate_id, Recipient.of(identity))


def invoice_row(uow: UnitOfWork, session: Session, detail: InvoiceDetail, file_hash: str) -> Invoice:
    """The one invoice of a session, not yet compared with an estimate."""
    invoice_id = derived_id(session.id, "invoice")
    return Invoice(
        id=invoice_id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, session_id=session.id, course_id=session.course_id,
        session_number=session.session_number, clinic_file_hash=file_hash, currency=detail.total.currency,
        total_cents=detail.total.amount_cents, issued_at=uow.now,
        detail=uow.seal_column("invoice", "detail", invoice_id, detail),
    )  # fmt: skip


def receivable(invoice: Invoice) -> Posting:
    """What the patient owes, booked against revenue."""
    return Posting(
        id=derived_id(invoice.id, "receivable"), organisation_id=invoice.organisation_id, clinic_id=invoice.clinic_id,
        patient_id=invoice.patient_id, invoice_id=invoice.id, debit="RECEIVABLE", credit="REVENUE",
        currency=invoice.currency, amount_cents=invoice.total_cents, booked_at=invoice.issued_at,
    )  # fmt: skip


async def open_review(
    uow: UnitOfWork, subject: Course | Session, reason: Reason, *, version: int = 1, due_on: date | None = None
) -> None:
    """Ask a person about a course or a session, once per version and reason."""
    review = Review(
        id=derived_id(subject.id, f"review:{version}:{reason}"), organisation_id=subject.organisation_id,
        clinic_id=subject.clinic_id, patient_id=subject.patient_id,
        subject="COURSE" if isinstance(subject, Course) else "SESSION", subject_id=subject.id,
        subject_version=version, reason=reason, due_on=due_on, opened_at=uow.now,
    )  # fmt: skip
    if await insert_once(uow, review):
        await uow.audit(
            "create", "review", review.id, patient_id=review.patient_id, clinic_id=review.clinic_id, reason=reason
        )
