"""A course as it stands: its row, its plan, its appointments and the rules that it was planned under."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.appointment import State
from services.scheduling.domain.series import Series, Standing, stands
from services.scheduling.domain.weighing import ANYTHING, CourseWishes
from services.scheduling.models import Appointment, Course
from services.scheduling.promised import promised
from shared.clinicfile.model import Protocol
from shared.clinicfile.store import clinic_under
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import CoursePlan, CourseSession


@dataclass(frozen=True, slots=True)
class CourseNow:
    """A course with its sessions in order of their numbers, whatever became of them."""

    row: Course
    protocol: Protocol
    appointments: Sequence[Appointment]

    @property
    def standing(self) -> list[Appointment]:
        """The sessions that took place or will."""
        return [a for a in self.appointments if stands(State(a.state))]

    @property
    def series(self) -> Series:
        found = [Standing(number_of(a), a.starts_at, State(a.state)) for a in self.standing]
        return Series(self.protocol.course, self.row.zone, found)

    @property
    def wishes(self) -> CourseWishes:
        """When and where sessions suit the patient."""
        return CourseWishes.model_validate(self.row.wishes) if self.row.wishes is not None else ANYTHING

    def plan(self) -> CoursePlan:
        """What the course is now; a session that will not take place is not in it."""
        return CoursePlan(
            protocol=self.protocol.id, modality=self.protocol.modality, sessions=tuple(map(planned, self.standing))
        )


async def course_now(uow: UnitOfWork, course_id: UUID, *, lock: bool = False) -> CourseNow:
    """The course as this transaction sees it, its row locked if wanted (after appointment and session)."""
    await uow.session.flush()
    found = select(Course).where(Course.id == course_id, Course.organisation_id == uow.organisation_id)
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    course = (await uow.session.exec(found)).one()
    rows = select(Appointment).where(Appointment.course_id == course.id).order_by(col(Appointment.session_number))
    appointments = (await uow.session.exec(rows.execution_options(populate_existing=True))).all()
    plan = uow.open_column("course", "plan", course.id, course.plan, CoursePlan)
    file = (await clinic_under(uow, course.clinic_id, course.file_hash)).file
    return CourseNow(course, promised(file.protocol(plan.protocol), "the protocol of a course"), appointments)


def planned(appointment: Appointment) -> CourseSession:
    """A session of a course as events tell it."""
    return CourseSession(
        appointment_id=appointment.id, number=number_of(appointment), starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
    )  # fmt: skip


def number_of(appointment: Appointment) -> int:
    """The number of a session inside its course, from 1."""
    return promised(appointment.session_number, "appointment.session_number")
