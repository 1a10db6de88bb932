"""What a slot is wanted for: a booked appointment that may move, one more session of a course, a visit. Reads only."""

from datetime import datetime, timedelta
from uuid import UUID

from services.scheduling import records
from services.scheduling.domain.appointment import SESSION
from services.scheduling.domain.care import Blocker, treatment_blockers
from services.scheduling.domain.spray import spray_blockers
from services.scheduling.domain.visits import moving_blockers, self_service_blockers
from services.scheduling.models import Appointment, Course
from services.scheduling.planning.ground import desk_id, invalid, location_of
from services.scheduling.planning.series import CourseNow, course_now, number_of
from services.scheduling.planning.visits import STAFF_BOOK_THIS
from services.scheduling.schemas.slots import SlotFor, VisitFor
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_patient, require_role
from shared.ids import derived_id
from shared.problems import NOT_FOUND

STAFF = ("frontdesk", "nurse", "clinician")


async def wanted(uow: UnitOfWork, slot: SlotFor, *, lock: bool = False) -> Appointment:
    """The appointment that a slot is for: a booked one, its row locked if wanted, or what would be booked, unsaved.

    The id of one that is not booked yet is the same each time: the course, or the patient with the kind of visit.
    Raises NOT_FOUND, FORBIDDEN, STAFF_BOOK_THIS, NO_CLINIC_FILE, INVALID_REQUEST.
    """
    if slot.appointment_id is not None:
        return await records.find_for(uow, slot.appointment_id, *STAFF, patient=True, lock=lock)
    if slot.course_id is not None:
        return one_more(await course_of(uow, slot.course_id, lock=lock), slot.course_id, uow.now)
    return await _visit(uow, slot.visit_or_fail)


async def course_of(uow: UnitOfWork, course_id: UUID, *, lock: bool = False) -> CourseNow:
    """A course of the organisation, for staff of its clinic. Raises NOT_FOUND, FORBIDDEN."""
    row = await uow.session.get(Course, course_id)
    if row is None or row.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    require_role(uow, row.clinic_id, *STAFF)
    return await course_now(uow, course_id, lock=lock)


def one_more(course: CourseNow, appointment_id: UUID, now: datetime) -> Appointment:
    """One more session after the last one, not booked yet; it stands where the last one stood."""
    last = course.appointments[-1]
    return Appointment(
        **last.model_dump(include={"organisation_id", "clinic_id", "patient_id", "course_id", "location", "chair_id"}),
        id=appointment_id, kind=SESSION, session_number=number_of(last) + 1, zone=course.row.zone, booked_at=now,
        starts_at=last.starts_at, ends_at=last.ends_at,
    )  # fmt: skip


async def blockers_against(uow: UnitOfWork, slot: SlotFor, appointment: Appointment) -> list[Blocker]:
    """What whoever asks may not book for whatever the time: one more session of a course, or what a patient does alone
    (A.1)."""
    if slot.course_id is not None:
        return await booking_blockers(uow, await course_of(uow, slot.course_id))
    if uow.caller.kind != "patient":
        return []
    care = await records.care_of(uow, appointment.patient_id, appointment.clinic_id)
    return moving_blockers(care) if slot.visit is None else self_service_blockers(care)


async def booking_blockers(uow: UnitOfWork, course: CourseNow) -> list[Blocker]:
    """What forbids booking one more session of a course now: concern, waiting facts, order, screening, spray."""
    care = await records.care_of(uow, course.row.patient_id, course.row.clinic_id)
    file = (await active_clinic(uow, course.row.clinic_id)).file
    return [
        *treatment_blockers(care, course.protocol, uow.now, file.screening.screening_valid_days),
        *spray_blockers(care, course.protocol, file, uow.now),
    ]


async def _visit(uow: UnitOfWork, visit: VisitFor) -> Appointment:
    require_patient(uow, visit.patient_id)
    if uow.caller.kind != "patient":
        require_role(uow, visit.clinic_id, *STAFF)
    await records.known_patient(uow, visit.patient_id)
    file = (await active_clinic(uow, visit.clinic_id)).file
    location, kind = location_of(file, visit.location), file.kind(visit.kind) if visit.kind != SESSION else None
    if kind is None:
        raise invalid("/visit/kind", "UNKNOWN_KIND", known=[known.id for known in file.kinds])
    if uow.caller.kind == "patient" and not kind.patient_may_book:
        raise STAFF_BOOK_THIS()
    return Appointment(
        id=derived_id(visit.patient_id, f"visit/{kind.id}"), organisation_id=uow.organisation_id,
        clinic_id=visit.clinic_id, patient_id=visit.patient_id, kind=kind.id, location=location.id,
        chair_id=desk_id(visit.clinic_id, location.id), zone=file.zone, booked_at=uow.now, starts_at=uow.now,
        ends_at=uow.now + timedelta(minutes=kind.minutes),
    )  # fmt: skip
