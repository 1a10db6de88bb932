"""What a change of one session means for its course (domain D.3, D.4)."""

from typing import Literal
from uuid import UUID

from services.scheduling import records, views
from services.scheduling.commands.booking.readying import expect_review, expect_sweeps
from services.scheduling.commands.booking.releasing import missed_again
from services.scheduling.domain.appointment import State
from services.scheduling.domain.interval import next_due_on
from services.scheduling.domain.series import CourseState, Gap
from services.scheduling.models import Appointment, Course
from services.scheduling.planning.series import CourseNow, course_now
from services.scheduling.schemas.answers import CourseView
from shared.calendar import local_date
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import CourseChanged, MaintenanceDue
from shared.http import require_role, require_version
from shared.problems import NOT_FOUND
from shared.sealing import Sealed

Change = Literal["MOVED", "CANCELLED", "MISSED", "ADDED"]
_UNDECIDED = (CourseState.ACTIVE.value, CourseState.CANCELLED.value)


async def accepted_gaps(uow: UnitOfWork, appointment: Appointment) -> frozenset[Gap]:
    """Read before a change: gaps that nobody waits for a clinician to decide about."""
    if appointment.course_id is None:
        return frozenset()
    course = await course_now(uow, appointment.course_id)
    return course.series.long_gaps if course.row.state == CourseState.ACTIVE.value else frozenset()


async def change_course(
    uow: UnitOfWork, appointment: Appointment, why: Change, accepted: frozenset[Gap]
) -> None:  # fmt: skip
    """Say the whole course after one of its sessions changed. A gap that became too long waits for a clinician, and so
    does a patient who was missed, or cancelled late, too often (D.4)."""
    if appointment.course_id is None:
        return
    course = await course_now(uow, appointment.course_id, lock=True)
    row, plan = course.row, course.plan()
    row.state, row.version = course.series.state(accepted).value, row.version + 1
    if row.state in _UNDECIDED and await missed_again(uow, row):
        row.state = CourseState.NEEDS_CLINICIAN.value
    row.plan, row.session_count = uow.seal_column("course", "plan", row.id, plan), len(plan.sessions)
    first = plan.sessions[0].starts_at if plan.sessions else appointment.starts_at
    changed = CourseChanged(
        course_id=row.id, patient_id=row.patient_id, version=row.version, session_count=row.session_count,
        zone=row.zone, first_starts_at=first, changed_at=uow.now, reason=why,
        needs_clinician=row.state == CourseState.NEEDS_CLINICIAN.value, plan=Sealed.of(plan),
    )  # fmt: skip
    uow.emit(changed, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await records.audit(uow, "update", "course", row)
    await expect_sweeps(uow, course.appointments)
    await expect_review(uow, row.patient_id)


async def settle_course(uow: UnitOfWork, appointment: Appointment, *, carried_out: bool) -> None:
    """A session ended at the chair: after the last one that stands the course is complete (D.3)."""
    if appointment.course_id is None:
        return
    course = await course_now(uow, appointment.course_id, lock=True)
    if any(State(a.state).is_live for a in course.standing):
        return
    await _become(uow, course, course.series.state(settled=carried_out))
    await records.audit(uow, "update", "course", course.row)


async def review_course(uow: UnitOfWork, course_id: UUID, expected_version: int) -> CourseView:
    """A clinician decides that the course goes on as it stands, or is complete when no session is left (D.4).

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION.
    """
    row = await uow.session.get(Course, course_id)
    if row is None or row.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    require_role(uow, row.clinic_id, "clinician")
    course = await course_now(uow, course_id, lock=True)
    require_version(course.row.version, expected_version)
    course.row.reviewed_at = uow.now
    await _become(uow, course, course.series.state(course.series.long_gaps, settled=True))
    await records.audit(uow, "update", "course", course.row)
    await expect_review(uow, course.row.patient_id)
    return views.course(uow, course.row, course.appointments)


async def _become(uow: UnitOfWork, course: CourseNow, state: CourseState) -> None:
    """Take a state; a course that becomes complete says once when the next session is due."""
    row, was = course.row, CourseState(course.row.state)
    row.state, row.version = state.value, row.version + 1
    if state is not CourseState.COMPLETE or was is CourseState.COMPLETE:
        return
    last = max(a.starts_at for a in course.standing if a.state == State.COMPLETED.value)
    due_on = next_due_on(
        local_date(last, row.zone), await _ordered_days(uow, course), course.protocol.maintenance_after_days
    )
    if due_on is not None:
        due = MaintenanceDue(course_id=row.id, patient_id=row.patient_id, due_on=due_on, said_at=uow.now)
        uow.emit(due, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)


async def _ordered_days(uow: UnitOfWork, course: CourseNow) -> int | None:
    """The interval of the order that is known by now; a later one shows when the next session is planned."""
    order = (await records.care_of(uow, course.row.patient_id, course.row.clinic_id)).order_for(course.protocol)
    return order.content.interval_days if order else None
