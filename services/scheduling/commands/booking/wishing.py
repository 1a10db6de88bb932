"""What suits the patient of a course, for when its sessions are re-planned (domain D.5)."""

from typing import Any
from uuid import UUID

from services.scheduling import records, views
from services.scheduling.domain.weighing import ANYTHING, CourseWishes
from services.scheduling.models import Course
from services.scheduling.planning.ground import invalid
from services.scheduling.planning.series import course_now
from services.scheduling.schemas.answers import CourseView
from services.scheduling.schemas.requests import WishesRequest
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_patient, require_role, require_version
from shared.problems import NOT_FOUND


async def change_wishes(
    uow: UnitOfWork, course_id: UUID, request: WishesRequest, expected_version: int
) -> CourseView:  # fmt: skip
    """All that suits the patient from now on; nothing that is booked moves, and no other service is told.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NO_CLINIC_FILE, INVALID_REQUEST (a location that the clinic lacks).
    """
    row = await uow.session.get(Course, course_id)
    if row is None or row.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    require_patient(uow, row.patient_id)
    if uow.caller.kind != "patient":
        require_role(uow, row.clinic_id, "frontdesk", "nurse", "clinician")
    course = await course_now(uow, course_id, lock=True)
    require_version(course.row.version, expected_version)
    file = (await active_clinic(uow, row.clinic_id)).file
    course.row.wishes, course.row.version = kept_wishes(file, request.wishes), course.row.version + 1
    await records.audit(uow, "update", "course", course.row)
    return views.course(uow, course.row, course.appointments)


def kept_wishes(file: ClinicFile, wishes: CourseWishes | None) -> dict[str, Any] | None:
    """Wishes as a course keeps them; None for none. Raises INVALID_REQUEST for a location that the clinic lacks."""
    if wishes is None or wishes == ANYTHING:
        return None
    known = [place.id for place in file.locations]
    if not set(wishes.locations) <= set(known):
        raise invalid("/wishes/locations", "UNKNOWN_LOCATION", known=known)
    return wishes.model_dump(mode="json")
