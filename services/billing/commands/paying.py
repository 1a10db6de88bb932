"""Telling whether what the clinic asks to be paid before its sessions is paid (domain F.7), whenever that changes.

It is worked out anew from the plans, packages and invoices as they are, so no late or repeated fact turns it wrongly.
"""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from sqlmodel import col, select

from services.billing import records
from services.billing.commands.pricing import clinic_in_force
from services.billing.domain.paying import (
    Coming,
    Credits,
    is_met,
    is_news,
    missing_before,
    standing,
    still_coming,
    too_much_due,
)
from services.billing.models import Course, CoursePayment, Invoice, Package, PolicyLook, Session
from shared.calendar import local_date
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.billing import PaymentPolicyMet
from shared.events.parts import CoursePlan
from shared.events.paying import PaymentPolicyDetail, SessionPayment
from shared.ids import derived_id
from shared.sealing import Sealed

AT_ONCE = 50


async def look_at_payments(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> None:
    """PaymentPolicyMet of each course of a patient at a clinic of which a session stands otherwise than was told.

    The patient's row is locked. Where the file asks nothing, only what was told to be open before is taken back.
    """
    clinic = await clinic_in_force(uow, clinic_id)
    if clinic is None:
        return
    await uow.session.flush()
    told = await _told(uow, patient_id, clinic_id)
    policy = clinic.file.prices.before_session
    if not policy.asks_payment and not told:
        return
    coming = await _coming(uow, patient_id, clinic_id, clinic.file)
    too_much = too_much_due(await _due(uow, patient_id, clinic_id), policy, clinic.file.prices.currency)
    missing = missing_before(coming, await _credits(uow, patient_id, clinic_id), policy, too_much=too_much)
    for course_id, sessions in groupby(coming, key=lambda one: one.course_id):
        row = told.get(course_id)
        before = _detail(uow, row).sessions if row else ()
        now = standing(sessions, missing, before, uow.now)
        turned = row is not None and row.met != is_met(now)
        if turned or is_news(now, before, asks=policy.asks_payment):
            await _tell(uow, row or _first(uow, course_id, patient_id, clinic_id), now)


async def look_at_file(uow: UnitOfWork, clinic_id: UUID) -> bool:
    """After a clinic file came into force: look at the next patients with courses there. False when nobody is left."""
    hash_ = (await active_clinic(uow, clinic_id)).hash
    await records.insert_once(uow, PolicyLook(id=clinic_id, organisation_id=uow.organisation_id))
    look = (await uow.session.exec(select(PolicyLook).where(PolicyLook.id == clinic_id).with_for_update())).one()
    if look.hash != hash_:
        look.hash, look.last_patient_id, look.done = hash_, None, False
    if look.done:
        return False
    rows = select(Course.patient_id).where(Course.clinic_id == clinic_id).distinct()
    if look.last_patient_id is not None:
        rows = rows.where(col(Course.patient_id) > look.last_patient_id)
    found = (await uow.session.exec(rows.order_by(col(Course.patient_id)).limit(AT_ONCE))).all()
    for patient_id in found:
        await records.hold_patient(uow, patient_id)
        await look_at_payments(uow, patient_id, clinic_id)
        look.last_patient_id = patient_id
    look.done = len(found) < AT_ONCE
    return not look.done


async def _told(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> dict[UUID, CoursePayment]:
    rows = select(CoursePayment).where(CoursePayment.patient_id == patient_id, CoursePayment.clinic_id == clinic_id)
    found = await uow.session.exec(rows.execution_options(populate_existing=True))
    return {row.course_id: row for row in found}


def _detail(uow: UnitOfWork, row: CoursePayment) -> PaymentPolicyDetail:
    return uow.open_column("course_payment", "detail", row.id, row.detail, PaymentPolicyDetail)


async def _coming(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID, file: ClinicFile) -> list[Coming]:
    """The sessions of every course that have not ended, course by course."""
    ended = select(Session.course_id, Session.session_number).where(
        Session.patient_id == patient_id, Session.clinic_id == clinic_id
    )
    over = {(course_id, number) for course_id, number in await uow.session.exec(ended)}
    courses = select(Course).where(Course.patient_id == patient_id, Course.clinic_id == clinic_id)
    rows = await uow.session.exec(courses.order_by(col(Course.id)).execution_options(populate_existing=True))
    coming: list[Coming] = []
    for course in rows:
        plan = uow.open_column("course", "plan", course.id, course.plan, CoursePlan)
        protocol = file.protocol(plan.protocol)
        asked = protocol is None or not protocol.authorisation
        coming += [
            Coming(
                one.appointment_id, course.id, one.number, one.starts_at, local_date(one.starts_at, file.zone),
                plan.protocol, asked,
            )
            for one in plan.sessions
            if (course.id, one.number) not in over and still_coming(one.starts_at, uow.now)
        ]  # fmt: skip
    return coming


async def _credits(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> list[Credits]:
    rows = select(Package).where(
        Package.patient_id == patient_id, Package.clinic_id == clinic_id, col(Package.refunded_at).is_(None)
    )
    return [
        Credits(row.id, row.sessions - row.used, row.expires_on, tuple(row.protocols))
        for row in await uow.session.exec(rows)
    ]


async def _due(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> dict[str, int]:
    """Cents by currency that invoices say are still to pay."""
    rows = select(Invoice).where(Invoice.patient_id == patient_id, Invoice.clinic_id == clinic_id)
    due: dict[str, int] = {}
    for row in await uow.session.exec(rows):
        due[row.currency] = due.get(row.currency, 0) + row.due_cents
    return due


def _first(uow: UnitOfWork, course_id: UUID, patient_id: UUID, clinic_id: UUID) -> CoursePayment:
    return CoursePayment(
        id=derived_id(course_id, "payment_policy"), organisation_id=uow.organisation_id, clinic_id=clinic_id,
        patient_id=patient_id, course_id=course_id, version=0, met=False, since=uow.now, told_at=uow.now, detail="",
    )  # fmt: skip


async def _tell(uow: UnitOfWork, row: CoursePayment, sessions: Sequence[SessionPayment]) -> None:
    met = is_met(sessions)
    if met != row.met:
        row.met, row.since = met, uow.now
    detail = PaymentPolicyDetail(sessions=tuple(sessions))
    row.version, row.told_at = row.version + 1, uow.now
    row.detail = uow.seal_column("course_payment", "detail", row.id, detail)
    uow.session.add(row)
    await uow.session.flush()
    told = PaymentPolicyMet(
        policy_id=row.id, patient_id=row.patient_id, course_id=row.course_id, version=row.version, met=row.met,
        since=row.since, changed_at=row.told_at, detail=Sealed.of(detail),
    )  # fmt: skip
    uow.emit(told, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await records.audit(uow, "update", "course_payment", row, version=row.version, reason="MET" if met else "NOT_MET")
