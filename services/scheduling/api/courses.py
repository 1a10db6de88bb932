"""Routes of courses."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, ClinicianActs, Staff, StaffActs, StaffOrPatient, StaffOrPatientActs
from services.scheduling.commands.booking.adding import COURSE_FULL
from services.scheduling.commands.booking.courses import BOOKING_BLOCKED, COURSE_IMPOSSIBLE, NOT_COVERED, SLOT_TAKEN
from services.scheduling.commands.booking.moving import MOVE_REFUSED
from services.scheduling.schemas.answers import CourseView, ProposalView
from services.scheduling.schemas.requests import AddRequest, CourseRequest, WishesRequest
from shared.aliases import PATIENT_MERGED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID
from shared.problems import EVENTS_WAITING

router = APIRouter()


@router.post(
    "/v1/courses/proposals", operation_id="proposeCourse", response_model=ProposalView, tags=["courses"],
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def propose_course(body: CourseRequest, read: Staff) -> Response:
    """What booking this course would give now: every date with its reason, and what stands in the way."""
    return await read.run(lambda uow: queries.propose_course(uow, body))


@router.post(
    "/v1/courses", operation_id="planCourse", status_code=201, response_model=CourseView, tags=["courses"],
    responses=problems(
        BOOKING_BLOCKED, COURSE_IMPOSSIBLE, SLOT_TAKEN, NOT_COVERED, EVENTS_WAITING, PATIENT_MERGED, NO_CLINIC_FILE
    ),
)  # fmt: skip
async def plan_course(body: CourseRequest, act: StaffActs) -> Response:
    """Book every session of a course, or none (domain D.1 to D.5)."""
    return await act.run(lambda uow: commands.plan_course(uow, body), status=201)


@router.get(
    "/v1/courses/{course_id}", operation_id="getCourse", response_model=CourseView, tags=["courses"],
    responses=problems(),
)  # fmt: skip
async def get_course(course_id: UUID, read: StaffOrPatient) -> Response:
    """A course with its appointments as they are now."""
    return await read.run(lambda uow: queries.get_course(uow, course_id))


@router.get(
    "/v1/patients/{patient_id}/courses", operation_id="listCourses", response_model=Page[CourseView],
    tags=["courses"], responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_courses(patient_id: UUID, paging: Pages, read: StaffOrPatient) -> Response:
    """A patient's courses, the newest first."""
    return await read.run(lambda uow: queries.list_courses(uow, patient_id, paging))


@router.post(
    "/v1/courses/{course_id}/review", operation_id="reviewCourse", response_model=CourseView, tags=["courses"],
    responses=problems(*CHANGE),
)  # fmt: skip
async def review_course(course_id: UUID, act: ClinicianActs) -> Response:
    """A clinician decides that a course goes on as it stands; one without a session left is then complete (D.4)."""
    version = act.expected_version
    return await act.run(lambda uow: commands.review_course(uow, course_id, version))


@router.post(
    "/v1/courses/{course_id}/wishes", operation_id="changeCourseWishes", response_model=CourseView, tags=["courses"],
    responses=problems(NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def change_course_wishes(course_id: UUID, body: WishesRequest, act: StaffOrPatientActs) -> Response:
    """What suits the patient from now on, when sessions are re-planned; nothing that is booked moves."""
    version = act.expected_version
    return await act.run(lambda uow: commands.change_wishes(uow, course_id, body, version))


@router.post(
    "/v1/courses/{course_id}/sessions", operation_id="addSession", status_code=201, response_model=CourseView,
    tags=["courses"],
    responses=problems(COURSE_FULL, BOOKING_BLOCKED, MOVE_REFUSED, EVENTS_WAITING, NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def add_session(course_id: UUID, body: AddRequest, act: StaffActs) -> Response:
    """Book one more session after the last, in place of one that was cancelled or missed."""
    version = act.expected_version
    return await act.run(lambda uow: commands.add_session(uow, course_id, body, version), status=201)
