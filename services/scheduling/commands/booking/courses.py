"""Planning and booking a course, all or nothing."""

from services.scheduling import records, views
from services.scheduling.commands.booking.losing import lose_offers
from services.scheduling.commands.booking.readying import expect_sweeps
from services.scheduling.commands.booking.saying import say
from services.scheduling.commands.booking.wishing import kept_wishes
from services.scheduling.domain.appointment import SESSION
from services.scheduling.domain.cadence import Impossible
from services.scheduling.models import Appointment, Course
from services.scheduling.planning.courses import Draft, Seat, draft_course
from services.scheduling.planning.cover import told_of
from services.scheduling.planning.ground import hold_location
from services.scheduling.planning.series import planned
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import CourseView
from services.scheduling.schemas.requests import CourseRequest
from shared.aliases import require_unmerged
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import CoursePlan
from shared.events.scheduling import AppointmentBooked, CoursePlanned
from shared.http import require_role
from shared.ids import new_id
from shared.problems import EVENTS_WAITING, FieldError, problem_kind
from shared.sealing import Sealed

BOOKING_BLOCKED = problem_kind(
    "BOOKING_BLOCKED", 409, "The patient may not be booked for treatment now", "Settle what errors name, then book."
)
COURSE_IMPOSSIBLE = problem_kind(
    "COURSE_IMPOSSIBLE", 409, "No dates keep every rule of the protocol",
    "Choose another start, pattern or time, or let a clinician decide.",
)  # fmt: skip
SLOT_TAKEN = problem_kind(
    "SLOT_TAKEN", 409, "No chair is free for some sessions; nothing was booked", "Ask for a new proposal."
)
NOT_COVERED = problem_kind(
    "NOT_COVERED", 409, "The roster does not cover some sessions; nothing was booked",
    "Choose another time, or roster who is missing in errors.",
)  # fmt: skip


async def plan_course(uow: UnitOfWork, request: CourseRequest) -> CourseView:
    """Book every session of a course, or none (domain D.1 to D.5).

    Patient and location are locked first, so that of two bookings that want one chair the second sees the first.
    Raises NOT_FOUND, EVENTS_WAITING, BOOKING_BLOCKED (naming each blocker), COURSE_IMPOSSIBLE (each broken rule),
    SLOT_TAKEN (each session without a chair), NOT_COVERED (who is missing when), INVALID_REQUEST, NO_CLINIC_FILE.
    """
    require_role(uow, request.clinic_id, "frontdesk", "nurse", "clinician")
    await records.known_patient(uow, request.patient_id, lock=True)
    await require_unmerged(uow, request.patient_id)
    await hold_location(uow, request.clinic_id, request.location)
    draft = await draft_course(uow, request)
    _refuse(draft)
    return await _book(uow, request, draft)


def _refuse(draft: Draft) -> None:
    codes = [blocker.code for blocker in draft.blockers]
    if "EVENTS_WAITING" in codes:
        raise EVENTS_WAITING()
    if draft.blockers:
        errors = [FieldError("/patient_id", b.code, {"owner": b.owner, "detail": b.wording}) for b in draft.blockers]
        raise BOOKING_BLOCKED(errors=errors, params={"blockers": codes})
    if isinstance(draft.dates, Impossible):
        broken = draft.dates.violations
        raise COURSE_IMPOSSIBLE(
            errors=[FieldError("/start_on", v.code, {"session": v.number, **v.params}) for v in broken],
            params={"rules": sorted({v.code for v in broken})},
        )
    if draft.unseated:
        errors = [FieldError("/time", draft.needs.unseated, {"session": number}) for number in draft.unseated]
        raise SLOT_TAKEN(errors=errors, params={"sessions": draft.unseated})
    if draft.uncovered:
        zone = draft.clinic.file.zone
        lacks = [FieldError("/time", s.code, {"session": n, **told_of(s, zone)}) for n, s in draft.uncovered]
        raise NOT_COVERED(errors=lacks, params={"sessions": sorted({number for number, _ in draft.uncovered})})


async def _book(uow: UnitOfWork, request: CourseRequest, draft: Draft) -> CourseView:
    course = _course(uow, request, draft)
    appointments = [_appointment(uow, course, draft, seat) for seat in draft.seats]
    plan = CoursePlan(
        protocol=draft.protocol.id, modality=draft.protocol.modality,
        sessions=tuple(map(planned, appointments)),
    )  # fmt: skip
    course.plan = uow.seal_column("course", "plan", course.id, plan)
    uow.session.add(course)
    await uow.session.flush()
    uow.session.add_all(appointments)
    await uow.session.flush()
    _say_planned(uow, course, plan)
    for appointment in appointments:
        say(uow, AppointmentBooked, appointment)
    await expect_sweeps(uow, appointments)
    await lose_offers(uow, appointments)
    await uow.audit(
        "create", "course", course.id, patient_id=course.patient_id, clinic_id=course.clinic_id, version=course.version
    )
    return views.course(uow, course, appointments)


def _course(uow: UnitOfWork, request: CourseRequest, draft: Draft) -> Course:
    return Course(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=request.clinic_id, patient_id=request.patient_id,
        location=draft.location.id, zone=draft.clinic.file.zone, session_count=len(draft.seats),
        min_gap_hours=draft.protocol.course.min_gap_hours, file_hash=draft.clinic.hash, planned_at=uow.now, plan="",
        wishes=kept_wishes(draft.clinic.file, request.wishes),
    )  # fmt: skip


def _appointment(uow: UnitOfWork, course: Course, draft: Draft, seat: Seat) -> Appointment:
    chair = promised(seat.chair, "chair of a seated session")
    return Appointment(
        id=new_id(), organisation_id=course.organisation_id, clinic_id=course.clinic_id, patient_id=course.patient_id,
        kind=SESSION, course_id=course.id, session_number=seat.number, location=course.location,
        chair=chair.id, chair_id=draft.clinic.file.chair_id(course.location, chair.id), zone=course.zone,
        starts_at=seat.block.starts_at, ends_at=seat.block.ends_at, booked_at=uow.now,
    )  # fmt: skip


def _say_planned(uow: UnitOfWork, course: Course, plan: CoursePlan) -> None:
    planned = CoursePlanned(
        course_id=course.id, patient_id=course.patient_id, version=course.version, session_count=course.session_count,
        zone=course.zone, first_starts_at=plan.sessions[0].starts_at, planned_at=course.planned_at,
        plan=Sealed.of(plan),
    )  # fmt: skip
    uow.emit(planned, key=course.patient_id, subject=course.id, clinic_id=course.clinic_id)
