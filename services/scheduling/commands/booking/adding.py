"""Adding a session to a course that lost one."""

from uuid import UUID

from services.scheduling import records, views
from services.scheduling.commands.booking.changes import change_course
from services.scheduling.commands.booking.courses import BOOKING_BLOCKED
from services.scheduling.commands.booking.losing import lose_offers
from services.scheduling.commands.booking.moving import MOVE_REFUSED
from services.scheduling.commands.booking.saying import say
from services.scheduling.domain.series import CourseState
from services.scheduling.models import Appointment, Course
from services.scheduling.planning.ground import hold_location, require_on_grid
from services.scheduling.planning.moving import room_to_move
from services.scheduling.planning.series import CourseNow, course_now
from services.scheduling.planning.wanted import booking_blockers, one_more
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import CourseView
from services.scheduling.schemas.requests import AddRequest
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import AppointmentBooked
from shared.http import require_role, require_version
from shared.ids import new_id
from shared.problems import EVENTS_WAITING, NOT_FOUND, FieldError, problem_kind

COURSE_FULL = problem_kind(
    "COURSE_FULL", 409, "The course is over, or has every session of its protocol", "Plan a new course."
)


async def add_session(uow: UnitOfWork, course_id: UUID, request: AddRequest, expected_version: int) -> CourseView:
    """Book one more session after the last one, in place of one that was cancelled or missed; every rule is kept.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, COURSE_FULL, EVENTS_WAITING, BOOKING_BLOCKED, MOVE_REFUSED (naming each
    broken rule), INVALID_REQUEST, NO_CLINIC_FILE.
    """
    row = await uow.session.get(Course, course_id)
    if row is None or row.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    require_role(uow, row.clinic_id, "frontdesk", "nurse", "clinician")
    await records.known_patient(uow, row.patient_id, lock=True)
    await hold_location(uow, row.clinic_id, row.location)
    course = await course_now(uow, course_id, lock=True)
    require_version(course.row.version, expected_version)
    await require_wanted(uow, course)
    appointment = await _seated(uow, course, request)
    accepted = course.series.long_gaps if course.row.state == CourseState.ACTIVE.value else frozenset()
    uow.session.add(appointment)
    say(uow, AppointmentBooked, appointment)
    await records.audit(uow, "create", "appointment", appointment)
    await lose_offers(uow, [appointment])
    await change_course(uow, appointment, "ADDED", accepted)
    now = await course_now(uow, course_id)
    return views.course(uow, now.row, now.appointments)


async def require_wanted(uow: UnitOfWork, course: CourseNow) -> None:
    """The course lacks a session, and its patient may be booked.

    Raises COURSE_FULL, EVENTS_WAITING, BOOKING_BLOCKED.
    """
    over = course.row.state in (CourseState.COMPLETE.value, CourseState.CANCELLED.value)
    if over or len(course.standing) >= course.protocol.course.sessions:
        raise COURSE_FULL()
    found = await booking_blockers(uow, course)
    if any(blocker.code == "EVENTS_WAITING" for blocker in found):
        raise EVENTS_WAITING()
    if found:
        errors = [FieldError("", b.code, {"owner": b.owner, "detail": b.wording}) for b in found]
        raise BOOKING_BLOCKED(errors=errors, params={"blockers": [b.code for b in found]})


async def _seated(uow: UnitOfWork, course: CourseNow, request: AddRequest) -> Appointment:
    """The new session, when no rule stands against it."""
    require_on_grid((await active_clinic(uow, course.row.clinic_id)).file, request.time)
    appointment = one_more(course, new_id(), uow.now)
    room = await room_to_move(uow, appointment, None, (request.day, request.day))
    found = room.violations(request.day, request.time)
    if found:
        errors = [FieldError("/time", v.code, v.params) for v in found]
        raise MOVE_REFUSED(errors=errors, params={"rules": sorted({v.code for v in found})})
    block = room.limits.place.block(request.day, request.time)
    seat = promised(room.seat(block), "seat of a session that breaks no rule")
    appointment.chair, appointment.chair_id = seat.name, seat.id
    appointment.starts_at, appointment.ends_at = block.starts_at, block.ends_at
    return appointment
