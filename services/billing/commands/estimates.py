"""Estimates of courses and visits: one per version that costs something else; a change that costs the same is noted.

All work about one patient is done one at a time, under the lock of the patient's row, so facts may come in any order.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.billing import records
from services.billing.commands.pricing import clinic_in_force, price_of
from services.billing.domain.estimates import Earlier, above_estimate, estimate_for_course, estimate_for_visit
from services.billing.domain.prices import package_offers, visit_line
from services.billing.domain.reasons import Reason
from services.billing.models import Appointment, Course, Estimate, Invoice, Session
from shared.calendar import local_date
from shared.db.unit_of_work import UnitOfWork
from shared.events.billing import EstimateIssued
from shared.events.parts import CoursePlan, EstimateDetail, InvoiceDetail
from shared.sealing import Sealed

PLANNED = "PLANNED"
ONLY_PART = 1  # a visit is the one part of its estimate


async def learn_course(uow: UnitOfWork, course: Course) -> bool:
    """Keep the newest version of a course. False when this or a newer version is known already."""
    await records.hold_patient(uow, course.patient_id)
    statement = insert(Course).values(course.model_dump())
    newer = statement.on_conflict_do_update(
        index_elements=["id"], set_=dict(statement.excluded), where=statement.excluded.version > Course.version
    )
    return (await uow.session.exec(newer)).rowcount == 1


async def estimate_course(uow: UnitOfWork, course: Course, due_on: date | None, why: str = PLANNED) -> Reason | None:
    """Estimate this version of a course, once; `due_on` is its F.6 date, `why` what changed.

    A version that costs the same, or has no session left, is noted on the estimate that stands. Where no price is known
    a review is opened instead and its reason returned.
    """
    plan = uow.open_column("course", "plan", course.id, course.plan, CoursePlan)
    earlier = await _earlier(uow, course)
    if earlier and not plan.sessions:
        await _note(uow, earlier, course, why)
        return None
    priced = await price_of(uow, course.clinic_id, plan.protocol)
    if isinstance(priced, Reason):
        await records.open_review(uow, course, priced, version=course.version, due_on=due_on)
        return priced
    on = local_date(course.first_starts_at, course.zone)
    offers = package_offers(priced.clinic.file, plan.protocol)
    detail = estimate_for_course(priced.price, [session.number for session in plan.sessions], on, offers)
    await _issue_or_note(uow, course, earlier, detail, why=why, file_hash=priced.clinic.hash, due_on=due_on)
    return None


async def estimate_visit(
    uow: UnitOfWork, appointment: Appointment, due_on: date | None, why: str = PLANNED
) -> Reason | None:
    """Estimate a visit that is no session, once per version that costs something else; a free one needs none."""
    clinic = await clinic_in_force(uow, appointment.clinic_id)
    if clinic is None:
        await records.open_review(
            uow, appointment, Reason.NO_CLINIC_FILE, version=appointment.version, due_on=due_on
        )  # fmt: skip
        return Reason.NO_CLINIC_FILE
    line = visit_line(clinic.file, appointment.kind)
    if line is not None:
        earlier = await _earlier(uow, appointment)
        detail = estimate_for_visit(line)
        await _issue_or_note(uow, appointment, earlier, detail, why=why, file_hash=clinic.hash, due_on=due_on)
    return None


async def note_on_estimate(uow: UnitOfWork, appointment: Appointment, why: str) -> None:
    """Say on the estimate of a visit that it will not take place; a visit without estimate needs nothing."""
    if earlier := await _earlier(uow, appointment):
        await _note(uow, earlier, appointment, why)


async def _issue_or_note(
    uow: UnitOfWork, of: Course | Appointment, earlier: Earlier | None, detail: EstimateDetail, *, why: str,
    file_hash: str, due_on: date | None,
) -> None:  # fmt: skip
    if earlier and earlier.costs_the_same(detail):
        await _note(uow, earlier, of, why)
        return
    if earlier:
        detail = detail.model_copy(update={"change": earlier.changed(why)})
    patient = await records.hold_patient(uow, of.patient_id)
    estimate = records.estimate_row(uow, of, patient, detail, file_hash=file_hash, due_on=due_on)
    if await records.insert_once(uow, estimate):
        await _say(uow, of.id, estimate, detail)
        await compare(uow, of.id)


async def _note(uow: UnitOfWork, earlier: Earlier, of: Course | Appointment, why: str) -> None:
    note = records.estimate_note(uow, earlier.id, of, why)
    if await records.insert_once(uow, note):
        await records.audit(uow, "create", "estimate_note", note, version=note.version, reason=why)


async def _say(uow: UnitOfWork, subject_id: UUID, estimate: Estimate, detail: EstimateDetail) -> None:
    issued = EstimateIssued(
        estimate_id=estimate.id, patient_id=estimate.patient_id, course_id=subject_id,
        appointment_id=estimate.appointment_id, version=estimate.version, issued_at=estimate.issued_at,
        estimate=Sealed.of(detail),
    )  # fmt: skip
    uow.emit(issued, key=estimate.patient_id, subject=estimate.id, clinic_id=estimate.clinic_id)
    await records.audit(uow, "create", "estimate", estimate, version=estimate.version)


async def _newest(uow: UnitOfWork, subject_id: UUID) -> Estimate | None:
    of_it = (col(Estimate.course_id) == subject_id) | (col(Estimate.appointment_id) == subject_id)
    return (
        await uow.session.exec(select(Estimate).where(of_it).order_by(col(Estimate.version).desc()).limit(1))
    ).first()


async def _earlier(uow: UnitOfWork, of: Course | Appointment) -> Earlier | None:
    row = await _newest(uow, of.id)
    return Earlier(row.id, _detail(uow, row)) if row and row.version < of.version else None


def _detail(uow: UnitOfWork, row: Estimate) -> EstimateDetail:
    return uow.open_column("estimate", "detail", row.id, row.detail, EstimateDetail)


async def compare(uow: UnitOfWork, subject_id: UUID) -> None:
    """Set invoices of a course or visit against its newest estimate, whichever of the two came last."""
    estimate = await _newest(uow, subject_id)
    if estimate is None:
        return
    estimated = _detail(uow, estimate)
    for invoice, subject in await _uncompared(uow, subject_id):
        detail = uow.open_column("invoice", "detail", invoice.id, invoice.detail, InvoiceDetail)
        number = invoice.session_number if invoice.session_id else ONLY_PART
        above = above_estimate(detail, number, estimated)
        invoice.estimate_id, invoice.above_estimate_cents = estimate.id, above
        if above:
            await records.open_review(uow, subject, Reason.ABOVE_ESTIMATE)


async def _uncompared(uow: UnitOfWork, subject_id: UUID) -> Sequence[tuple[Invoice, Session | Appointment]]:
    waiting = col(Invoice.estimate_id).is_(None)
    sessions = select(Invoice, Session).join(Session, col(Session.id) == Invoice.session_id)
    visits = select(Invoice, Appointment).join(Appointment, col(Appointment.id) == Invoice.appointment_id)
    of_course = await uow.session.exec(sessions.where(Invoice.course_id == subject_id, waiting))
    of_visit = await uow.session.exec(
        visits.where(Invoice.appointment_id == subject_id, Invoice.kind == "VISIT", waiting)
    )
    return [*of_course.all(), *of_visit.all()]
