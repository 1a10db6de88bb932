"""What billing does: learns identity and courses, issues estimates and invoices, asks a person where it cannot decide.

All work about one patient is done one at a time, under the lock of the patient's row, so facts may come in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.billing import domain, records
from services.billing.domain import Reason, Recipient, SessionPrice
from services.billing.models import Course, Estimate, Invoice, Review, Session
from services.billing.schemas import ReviewView, SettleRequest
from shared.clinicfile.store import NO_CLINIC_FILE, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.billing import EstimateIssued, InvoiceIssued
from shared.events.parts import CoursePlan, DeliveredDose, EstimateDetail, Identity, InvoiceDetail
from shared.http import require_role, require_version
from shared.problems import NOT_FOUND, Problem, problem_kind
from shared.sealing import Sealed

REVIEW_SETTLED = problem_kind("REVIEW_SETTLED", 409, "Somebody decided this already", "Read the review again.")
NOTHING_TO_CHARGE = problem_kind(
    "NOTHING_TO_CHARGE", 422, "This review is about a charge that was made already", "Decide LEAVE to settle it."
)
PRICE_UNKNOWN = problem_kind(
    "PRICE_UNKNOWN",
    409,
    "The clinic file still has no price for it",
    "Apply a clinic file with the price, then repeat.",
)


@dataclass(frozen=True, slots=True)
class Priced:
    """A price and the hash of the clinic file it was made under."""

    file_hash: str
    price: SessionPrice


async def learn_identity(uow: UnitOfWork, patient_id: UUID, version: int, identity: Identity) -> None:
    """Keep a sealed copy of the identity card and put name and birth date on estimates that still lack them (F.6)."""
    patient = await records.hold_patient(uow, patient_id)
    if version <= patient.version:
        return
    patient.version = version
    patient.identity = uow.seal_column("patient", "identity", patient_id, identity)
    await uow.audit("update", "patient", patient_id, patient_id=patient_id, version=version)
    nameless = select(Estimate).where(Estimate.patient_id == patient_id, col(Estimate.recipient).is_(None))
    for estimate in await uow.session.exec(nameless):
        estimate.recipient = uow.seal_column("estimate", "recipient", estimate.id, Recipient.of(identity))


async def learn_course(uow: UnitOfWork, course: Course) -> bool:
    """Keep the newest version of a course. False when this or a newer version is known already."""
    await records.hold_patient(uow, course.patient_id)
    statement = insert(Course).values(course.model_dump())
    newer = statement.on_conflict_do_update(
        index_elements=["id"], set_=dict(statement.excluded), where=statement.excluded.version > Course.version
    )
    return (await uow.session.exec(newer)).rowcount == 1


async def issue_estimate(uow: UnitOfWork, course: Course) -> Reason | None:
    """Issue the estimate of this version of a course, once. Where no price is known a review is opened instead.

    Returns the reason of the review, or None when the estimate stands.
    """
    patient = await records.hold_patient(uow, course.patient_id)
    due_on = domain.estimate_due(course.planned_at, course.first_starts_at, course.zone)
    plan = uow.open_column("course", "plan", course.id, course.plan, CoursePlan)
    priced = await _price(uow, course.clinic_id, plan.protocol)
    if isinstance(priced, Reason):
        await records.open_review(uow, course, priced, version=course.version, due_on=due_on)
        return priced
    detail = domain.estimate_for_course(priced.price, course.session_count)
    estimate = records.estimate_row(uow, course, patient, detail, file_hash=priced.file_hash, due_on=due_on)
    if await records.insert_once(uow, estimate):
        await _say_estimate(uow, estimate, detail)
        await _compare(uow, course.id)
    return None


async def record_session(uow: UnitOfWork, session: Session) -> bool:
    """Record that a session ended. False when it is known already."""
    await records.hold_patient(uow, session.patient_id)
    return await records.insert_once(uow, session)


async def issue_invoice(uow: UnitOfWork, session: Session) -> Reason | None:
    """Issue the invoice of a session, once, book it, and compare it with the estimate of its course.

    Returns None when the invoice stands, or why a review was opened instead.
    """
    delivered = uow.open_column("session", "delivered", session.id, session.delivered, DeliveredDose)
    priced = await _price(uow, session.clinic_id, delivered.protocol)
    if isinstance(priced, Reason):
        await records.open_review(uow, session, priced)
        return priced
    detail = domain.invoice_for_session(priced.price)
    invoice = records.invoice_row(uow, session, detail, priced.file_hash)
    if await records.insert_once(uow, invoice):
        await records.insert_once(uow, records.receivable(invoice))
        await _say_invoice(uow, invoice, detail)
        await _find_estimate(uow, session)
    return None


async def settle_review(uow: UnitOfWork, review_id: UUID, request: SettleRequest, expected_version: int) -> ReviewView:
    """A biller decides: CHARGE issues the missing estimate or invoice now, LEAVE lets things stand.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, REVIEW_SETTLED, NOTHING_TO_CHARGE, PRICE_UNKNOWN.
    """
    review = await _review(uow, review_id)
    require_role(uow, review.clinic_id, "biller")
    require_version(review.version, expected_version)
    if review.state != "OPEN":
        raise REVIEW_SETTLED()
    if request.decision == "CHARGE":
        await _charge(uow, review)
    review.state, review.version = "SETTLED", review.version + 1
    await uow.audit(
        "update", "review", review.id, patient_id=review.patient_id, clinic_id=review.clinic_id,
        version=review.version, reason=request.decision,
    )  # fmt: skip
    return ReviewView.of(review)


async def _review(uow: UnitOfWork, review_id: UUID) -> Review:
    mine = select(Review).where(Review.id == review_id, Review.organisation_id == uow.organisation_id)
    known = (await uow.session.exec(mine)).first()
    if known is None:
        raise NOT_FOUND()
    await records.hold_patient(uow, known.patient_id)
    await uow.session.refresh(known)
    return known


async def _charge(uow: UnitOfWork, review: Review) -> None:
    if review.reason in (Reason.NO_COURSE, Reason.ABOVE_ESTIMATE):
        raise NOTHING_TO_CHARGE()
    if review.subject == "COURSE":
        course = (await uow.session.exec(select(Course).where(Course.id == review.subject_id))).one()
        refused = await issue_estimate(uow, course)
    else:
        session = (await uow.session.exec(select(Session).where(Session.id == review.subject_id))).one()
        refused = await issue_invoice(uow, session)
    if refused is not None:
        raise PRICE_UNKNOWN()


async def _price(uow: UnitOfWork, clinic_id: UUID, protocol: str) -> Priced | Reason:
    try:
        clinic = await active_clinic(uow, clinic_id)
    except Problem as problem:
        if problem.kind is not NO_CLINIC_FILE:
            raise
        return Reason.NO_CLINIC_FILE
    price = domain.session_price(clinic.file, protocol)
    return Priced(clinic.hash, price) if price else Reason.NO_PRICE


async def _say_estimate(uow: UnitOfWork, estimate: Estimate, detail: EstimateDetail) -> None:
    issued = EstimateIssued(
        estimate_id=estimate.id, patient_id=estimate.patient_id, course_id=estimate.course_id,
        version=estimate.version, issued_at=estimate.issued_at, estimate=Sealed.of(detail),
    )  # fmt: skip
    uow.emit(issued, key=estimate.patient_id, subject=estimate.id, clinic_id=estimate.clinic_id)
    await uow.audit(
        "create", "estimate", estimate.id, patient_id=estimate.patient_id, clinic_id=estimate.clinic_id,
        version=estimate.version,
    )  # fmt: skip


async def _say_invoice(uow: UnitOfWork, invoice: Invoice, detail: InvoiceDetail) -> None:
    issued = InvoiceIssued(
        invoice_id=invoice.id, patient_id=invoice.patient_id, session_id=invoice.session_id,
        issued_at=invoice.issued_at, invoice=Sealed.of(detail),
    )  # fmt: skip
    uow.emit(issued, key=invoice.patient_id, subject=invoice.id, clinic_id=invoice.clinic_id)
    await uow.audit("create", "invoice", invoice.id, patient_id=invoice.patient_id, clinic_id=invoice.clinic_id)


async def _find_estimate(uow: UnitOfWork, session: Session) -> None:
    if session.course_id is None:
        await records.open_review(uow, session, Reason.NO_COURSE)
    else:
        await _compare(uow, session.course_id)


async def _compare(uow: UnitOfWork, course_id: UUID) -> None:
    """Set invoices of a course against its newest estimate, whichever of the two came last."""
    newest = select(Estimate).where(Estimate.course_id == course_id).order_by(col(Estimate.version).desc()).limit(1)
    estimate = (await uow.session.exec(newest)).first()
    if estimate is None:
        return
    estimated = uow.open_column("estimate", "detail", estimate.id, estimate.detail, EstimateDetail)
    for invoice, session in await _uncompared(uow, course_id):
        detail = uow.open_column("invoice", "detail", invoice.id, invoice.detail, InvoiceDetail)
        above = domain.above_estimate(detail, invoice.session_number, estimated)
        invoice.estimate_id, invoice.above_estimate_cents = estimate.id, above
        if above:
            await records.open_review(uow, session, Reason.ABOVE_ESTIMATE)


async def _uncompared(uow: UnitOfWork, course_id: UUID) -> Sequence[tuple[Invoice, Session]]:
    waiting = (
        select(Invoice, Session)
        .join(Session, col(Session.id) == Invoice.session_id)
        .where(Invoice.course_id == course_id, col(Invoice.estimate_id).is_(None))
    )
    return (await uow.session.exec(waiting)).all()
