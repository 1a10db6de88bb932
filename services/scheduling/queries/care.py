"""What scheduling tells: proposals, courses, appointments, readiness, sessions. Answers about a patient are audited."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.scheduling import records, views
from services.scheduling.chairside import at_appointment, at_session, before_dose
from services.scheduling.dayof.blockers import blocker_view
from services.scheduling.floor import views as floorviews
from services.scheduling.floor.chart import observed
from services.scheduling.floor.records import moves_of
from services.scheduling.models import Appointment, Closure, Course, Observation
from services.scheduling.planning.courses import draft_course
from services.scheduling.schemas.answers import (
    AppointmentView,
    ClosureView,
    CourseView,
    ProposalView,
    ReadinessView,
    RecordedView,
    SessionView,
)
from services.scheduling.schemas.requests import CourseRequest
from shared.aliases import of_person
from shared.calendar import at_local
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_patient, require_role
from shared.problems import NOT_FOUND

STAFF = ("frontdesk", "nurse", "clinician")


async def propose_course(uow: UnitOfWork, request: CourseRequest) -> ProposalView:
    """What booking this course would give now, with the reason of every date. Holds and writes nothing but the audit.

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST.
    """
    require_role(uow, request.clinic_id, *STAFF)
    await records.known_patient(uow, request.patient_id)
    draft = await draft_course(uow, request)
    await uow.audit("read", "proposal", request.patient_id, patient_id=request.patient_id, clinic_id=request.clinic_id)
    return views.proposal(draft)


async def get_course(uow: UnitOfWork, course_id: UUID) -> CourseView:
    """A course with its appointments as they are now. Raises NOT_FOUND, FORBIDDEN."""
    mine = select(Course).where(Course.id == course_id, Course.organisation_id == uow.organisation_id)
    course = (await uow.session.exec(mine)).first()
    if course is None:
        raise NOT_FOUND()
    _require_reader(uow, course)
    await records.audit(uow, "read", "course", course)
    return views.course(uow, course, await _sessions(uow, course))


async def list_courses(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[CourseView]:
    """A patient's courses, the newest first, of the clinics that the caller works at. Raises NOT_FOUND."""
    await _require_known(uow, patient_id)
    after = paging.after(uow, "courses", patient_id)
    rows = select(Course).where(of_person(Course.patient_id, patient_id), Course.organisation_id == uow.organisation_id)
    if after is not None:
        rows = rows.where(col(Course.id) < UUID(after[0]))
    if uow.caller.kind != "patient":
        rows = rows.where(col(Course.clinic_id).in_(_clinics(uow)))
    found = (await uow.session.exec(rows.order_by(col(Course.id).desc()).limit(paging.fetch))).all()
    shown = [views.course(uow, course, await _sessions(uow, course)) for course in found]
    await uow.audit("read", "course", "list", patient_id=patient_id)
    return page(uow, shown, paging, lambda view: (view.course_id,), "courses", patient_id)


async def get_appointment(uow: UnitOfWork, appointment_id: UUID) -> AppointmentView:
    """An appointment. Raises NOT_FOUND, FORBIDDEN."""
    appointment = await records.find_for(uow, appointment_id, *STAFF, patient=True, lock=False)
    await records.audit(uow, "read", "appointment", appointment)
    return views.appointment(appointment)


async def list_patient_appointments(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[AppointmentView]:
    """A patient's appointments in order of time. Raises NOT_FOUND."""
    await _require_known(uow, patient_id)
    rows = select(Appointment).where(of_person(Appointment.patient_id, patient_id))
    if uow.caller.kind != "patient":
        rows = rows.where(col(Appointment.clinic_id).in_(_clinics(uow)))
    await uow.audit("read", "appointment", "list", patient_id=patient_id)
    return await _appointments(uow, rows, paging, "appointments", patient_id)


async def list_day(
    uow: UnitOfWork, clinic_id: UUID, day: date, location: str | None, paging: Paging
) -> Page[AppointmentView]:  # fmt: skip
    """A clinic's appointments that start on a local day, in order of time. Raises FORBIDDEN, NO_CLINIC_FILE."""
    require_role(uow, clinic_id, *STAFF)
    zone = (await active_clinic(uow, clinic_id)).file.zone
    first, last = (at_local(d, time(), zone) for d in (day, day + timedelta(days=1)))
    rows = select(Appointment).where(
        Appointment.clinic_id == clinic_id, col(Appointment.starts_at) >= first, col(Appointment.starts_at) < last
    )
    if location is not None:
        rows = rows.where(Appointment.location == location)
    await uow.audit("read", "appointment", "day", clinic_id=clinic_id)
    return await _appointments(uow, rows, paging, "day", clinic_id, day, location)


async def list_closures(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[ClosureView]:
    """A clinic's closures in the order in which they were made. Raises FORBIDDEN, NO_CLINIC_FILE."""
    require_role(uow, clinic_id, *STAFF, "admin")
    zone = (await active_clinic(uow, clinic_id)).file.zone
    after = paging.after(uow, "closures", clinic_id)
    rows = select(Closure).where(Closure.clinic_id == clinic_id, Closure.organisation_id == uow.organisation_id)
    if after is not None:
        rows = rows.where(col(Closure.id) > UUID(after[0]))
    found = await uow.session.exec(rows.order_by(col(Closure.id)).limit(paging.fetch))
    shown = [views.closure(row, await records.booked_between(uow, row, zone)) for row in found]
    return page(uow, shown, paging, lambda view: (view.closure_id,), "closures", clinic_id)


async def get_readiness(uow: UnitOfWork, appointment_id: UUID) -> ReadinessView:
    """Whether the session is ready, and everything that is open (domain A.5). Raises NOT_FOUND, FORBIDDEN."""
    appointment = await records.find_for(uow, appointment_id, *STAFF, lock=False)
    session = await records.session_of(uow, appointment_id)
    chair = await before_dose(uow, await at_appointment(uow, appointment, session))
    care = await records.care_of(uow, appointment.patient_id, appointment.clinic_id)
    blockers = chair.blockers(care, uow.now)
    await records.audit(uow, "read", "appointment", appointment)
    return ReadinessView(
        appointment_id=appointment.id, session_id=session.id if session else None, ready=not blockers,
        attestation_needed=care.stale, gate=chair.gate,
        blockers=[blocker_view(one, appointment.starts_at) for one in blockers],
    )  # fmt: skip


async def get_session(uow: UnitOfWork, session_id: UUID) -> SessionView:
    """A session with its alerts and what is due next. Raises NOT_FOUND, FORBIDDEN."""
    session, chair = await at_session(uow, session_id, *STAFF, lock=False)
    await records.audit(uow, "read", "session", session)
    return await floorviews.session(uow, session, chair)


async def list_observations(uow: UnitOfWork, session_id: UUID, paging: Paging) -> Page[RecordedView]:
    """What was observed in a session, in the order in which it was recorded. Raises NOT_FOUND, FORBIDDEN."""
    session, _ = await at_session(uow, session_id, *STAFF, lock=False)
    after = paging.after(uow, "observations", session_id)
    rows = select(Observation).where(Observation.session_id == session_id)
    if after is not None:
        rows = rows.where(col(Observation.id) > UUID(after[0]))
    found = await uow.session.exec(rows.order_by(col(Observation.id)).limit(paging.fetch))
    await records.audit(uow, "read", "session", session)
    moves = await moves_of(uow, session_id)
    shown = [observed(uow, row, moves) for row in found]
    return page(uow, shown, paging, lambda view: (view.observation_id,), "observations", session_id)


async def _sessions(uow: UnitOfWork, course: Course) -> list[Appointment]:
    rows = select(Appointment).where(Appointment.course_id == course.id).order_by(col(Appointment.session_number))
    return list(await uow.session.exec(rows))


async def _appointments(
    uow: UnitOfWork, rows: SelectOfScalar[Appointment], paging: Paging, *scope: object
) -> Page[AppointmentView]:
    after = paging.after(uow, *scope)
    mine = rows.where(Appointment.organisation_id == uow.organisation_id)
    if after is not None:
        at, known = datetime.fromisoformat(after[0]), UUID(after[1])
        later = (col(Appointment.starts_at) > at) | ((col(Appointment.starts_at) == at) & (col(Appointment.id) > known))
        mine = mine.where(later)
    in_order = mine.order_by(col(Appointment.starts_at), col(Appointment.id)).limit(paging.fetch)
    shown = [views.appointment(row) for row in await uow.session.exec(in_order)]
    return page(uow, shown, paging, lambda view: (view.starts.utc, view.appointment_id), *scope)


async def _require_known(uow: UnitOfWork, patient_id: UUID) -> None:
    require_patient(uow, patient_id)
    await records.known_patient(uow, patient_id)


def _require_reader(uow: UnitOfWork, course: Course) -> None:
    require_patient(uow, course.patient_id)
    if uow.caller.kind != "patient":
        require_role(uow, course.clinic_id, *STAFF)


def _clinics(uow: UnitOfWork) -> list[UUID]:
    return [clinic for clinic in uow.caller.clinics() if uow.caller.may(clinic, *STAFF)]
