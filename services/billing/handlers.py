"""What billing does about what others say."""

from uuid import UUID

from services.billing import commands, records
from services.billing.domain import Reason
from services.billing.models import Course, Session
from shared.db.unit_of_work import UnitOfWork
from shared.events import Event
from shared.events.intake import PatientRegistered
from shared.events.parts import CoursePlan, DeliveredDose
from shared.events.scheduling import CoursePlanned, SessionAborted, SessionCompleted
from shared.service import Handler


class NoClinic(Exception):
    """A fact about care came without the clinic that charges for it."""


async def on_patient_registered(uow: UnitOfWork, event: PatientRegistered) -> None:
    """Keep the identity card; complete estimates that waited for a name."""
    await commands.learn_identity(uow, event.patient_id, event.version, uow.open(event, "identity"))


async def on_course_planned(uow: UnitOfWork, event: CoursePlanned) -> None:
    """Estimate the whole course; an older version than the known one changes nothing."""
    plan: CoursePlan = uow.open(event, "plan")
    course = Course(
        id=event.course_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow), patient_id=event.patient_id,
        version=event.version, session_count=event.session_count, zone=event.zone,
        first_starts_at=event.first_starts_at, planned_at=event.planned_at,
        plan=uow.seal_column("course", "plan", event.course_id, plan),
    )  # fmt: skip
    if await commands.learn_course(uow, course):
        await commands.issue_estimate(uow, course)


async def on_session_completed(uow: UnitOfWork, event: SessionCompleted) -> None:
    """Invoice the session."""
    delivered: DeliveredDose = uow.open(event, "delivered")
    session = Session(
        id=event.session_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow), patient_id=event.patient_id,
        course_id=event.course_id, session_number=event.session_number, state="COMPLETED",
        ended_at=event.discharged_at,
        delivered=uow.seal_column("session", "delivered", event.session_id, delivered),
    )  # fmt: skip
    if await commands.record_session(uow, session):
        await commands.issue_invoice(uow, session)


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


def _clinic(uow: UnitOfWork) -> UUID:
    if uow.cause is None or uow.cause.clinic_id is None:
        raise NoClinic("a fact about care names no clinic")
    return uow.cause.clinic_id


SUBSCRIPTIONS: dict[type[Event], Handler] = {
    PatientRegistered: on_patient_registered,
    CoursePlanned: on_course_planned,
    SessionCompleted: on_session_completed,
    SessionAborted: on_session_aborted,
}
