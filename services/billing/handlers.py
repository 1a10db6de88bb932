"""What billing does about what others say."""

from datetime import datetime
from uuid import UUID

from services.billing import commands, records
from services.billing.domain.estimates import change_due, estimate_due
from services.billing.domain.fees import Fee, cancellation_fee
from services.billing.domain.reasons import Reason
from services.billing.models import Appointment, Course, Session
from shared import aliases
from shared.db.unit_of_work import UnitOfWork
from shared.events import Event
from shared.events.intake import PatientChanged, PatientMerged, PatientRegistered, PatientUnlinked
from shared.events.parts import CoursePlan, DeliveredDose
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMissed,
    AppointmentMoved,
    CourseChanged,
    CoursePlanned,
    SessionAborted,
    SessionCompleted,
)
from shared.service import Handler

Told = AppointmentBooked | AppointmentMoved | AppointmentCancelled | AppointmentMissed | AppointmentCompleted
A_SESSION = "session"


class NoClinic(Exception):
    """A fact about care came without the clinic that charges for it."""


async def on_patient_registered(uow: UnitOfWork, event: PatientRegistered) -> None:
    """Keep the identity card; complete estimates that waited for a name."""
    await commands.learn_identity(uow, event.patient_id, event.version, uow.open(event, "identity"))


async def on_patient_changed(uow: UnitOfWork, event: PatientChanged) -> None:
    """Keep the newer identity card."""
    await commands.learn_identity(uow, event.patient_id, event.version, uow.open(event, "identity"))


async def on_merge(uow: UnitOfWork, event: PatientMerged | PatientUnlinked) -> None:
    """Both records are one account to look at, or no longer; what was bought for one stays with it."""
    await aliases.keep_alias(uow, aliases.told_of(event))


async def on_course_planned(uow: UnitOfWork, event: CoursePlanned) -> None:
    """Estimate the whole course, look at what is paid before its sessions; an older version changes nothing."""
    course = _course(uow, event, event.planned_at)
    if await commands.learn_course(uow, course):
        due_on = estimate_due(event.planned_at, event.first_starts_at, event.zone)
        await commands.estimate_course(uow, course, due_on)
        await commands.look_at_payments(uow, course.patient_id, course.clinic_id)


async def on_course_changed(uow: UnitOfWork, event: CourseChanged) -> None:
    """Estimate the course anew, or note on the estimate that stands why nothing changes; look at what is paid."""
    course = _course(uow, event, event.changed_at)
    if await commands.learn_course(uow, course):
        plan: CoursePlan = uow.open(event, "plan")
        due_on = change_due(event.changed_at, plan.sessions, event.zone)
        await commands.estimate_course(uow, course, due_on, event.reason)
        await commands.look_at_payments(uow, course.patient_id, course.clinic_id)


async def on_appointment_booked(uow: UnitOfWork, event: AppointmentBooked) -> None:
    """Estimate a visit that is no session; sessions are estimated with their course."""
    await _estimate_visit(uow, event, "PLANNED")


async def on_appointment_moved(uow: UnitOfWork, event: AppointmentMoved) -> None:
    """Note the move on the visit's estimate, or estimate it anew if the price differs."""
    await _estimate_visit(uow, event, "MOVED")


async def on_appointment_cancelled(uow: UnitOfWork, event: AppointmentCancelled) -> None:
    """Take the clinic's fee when the patient cancelled late; ask a person when nobody said why (D.4)."""
    visit = _appointment(uow, event)
    if not await commands.learn_appointment(uow, visit):
        return
    await commands.note_on_estimate(uow, visit, "CANCELLED")
    whose = uow.open(event, "reason_class").code if event.reason_class else None
    fee = cancellation_fee(event.late, whose)
    if fee is not Fee.NONE:
        await commands.take_fee(uow, visit, Reason.LATE_CANCEL, ask=fee is Fee.ASK)


async def on_appointment_missed(uow: UnitOfWork, event: AppointmentMissed) -> None:
    """Propose the clinic's fee: whether the patient was ill, only a person can find out (D.4)."""
    visit = _appointment(uow, event)
    if await commands.learn_appointment(uow, visit):
        await commands.note_on_estimate(uow, visit, "MISSED")
        await commands.take_fee(uow, visit, Reason.NO_SHOW, ask=True)


async def on_appointment_completed(uow: UnitOfWork, event: AppointmentCompleted) -> None:
    """Invoice the visit."""
    visit = _appointment(uow, event)
    if await commands.learn_appointment(uow, visit):
        await commands.charge_visit(uow, visit)


async def on_session_completed(uow: UnitOfWork, event: SessionCompleted) -> None:
    """Invoice the session; use a package credit and authorised units where there are any."""
    delivered: DeliveredDose = uow.open(event, "delivered")
    session = Session(
        id=event.session_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow), patient_id=event.patient_id,
        course_id=event.course_id, session_number=event.session_number, state="COMPLETED",
        ended_at=event.discharged_at,
        delivered=uow.seal_column("session", "delivered", event.session_id, delivered),
    )  # fmt: skip
    if await commands.record_session(uow, session):
        await commands.charge_session(uow, session)


async def on_session_aborted(uow: UnitOfWork, event: SessionAborted) -> None:
    """Record it; whether it is charged, a person decides."""
    delivered: DeliveredDose = uow.open(event, "delivered")
    session = Session(
        id=event.session_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow), patient_id=event.patient_id,
        state="ABORTED", ended_at=event.aborted_at,
        delivered=uow.seal_column("session", "delivered", event.session_id, delivered),
    )  # fmt: skip
    if await commands.record_session(uow, session):
        await records.open_review(uow, session, Reason.SESSION_ABORTED)


async def _estimate_visit(uow: UnitOfWork, event: AppointmentBooked | AppointmentMoved, why: str) -> None:
    visit = _appointment(uow, event)
    if await commands.learn_appointment(uow, visit) and event.kind != A_SESSION:
        due_on = estimate_due(visit.said_at, event.starts_at, event.zone)
        await commands.estimate_visit(uow, visit, due_on, why)


def _course(uow: UnitOfWork, event: CoursePlanned | CourseChanged, planned_at: datetime) -> Course:
    plan: CoursePlan = uow.open(event, "plan")
    return Course(
        id=event.course_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow), patient_id=event.patient_id,
        version=event.version, session_count=event.session_count, zone=event.zone,
        first_starts_at=event.first_starts_at, planned_at=planned_at,
        plan=uow.seal_column("course", "plan", event.course_id, plan),
    )  # fmt: skip


def _appointment(uow: UnitOfWork, event: Told) -> Appointment:
    return Appointment(
        id=event.appointment_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow),
        patient_id=event.patient_id, version=event.version, state=event.state, kind=event.kind, zone=event.zone,
        starts_at=event.starts_at, said_at=uow.cause.time if uow.cause else uow.now,
    )  # fmt: skip


def _clinic(uow: UnitOfWork) -> UUID:
    if uow.cause is None or uow.cause.clinic_id is None:
        raise NoClinic("a fact about care names no clinic")
    return uow.cause.clinic_id


SUBSCRIPTIONS: dict[type[Event], Handler] = {
    PatientRegistered: on_patient_registered,
    PatientChanged: on_patient_changed,
    PatientMerged: on_merge,
    PatientUnlinked: on_merge,
    CoursePlanned: on_course_planned,
    CourseChanged: on_course_changed,
    AppointmentBooked: on_appointment_booked,
    AppointmentMoved: on_appointment_moved,
    AppointmentCancelled: on_appointment_cancelled,
    AppointmentMissed: on_appointment_missed,
    AppointmentCompleted: on_appointment_completed,
    SessionCompleted: on_session_completed,
    SessionAborted: on_session_aborted,
}
