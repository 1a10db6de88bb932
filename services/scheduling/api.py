"""Scheduling's routes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.scheduling import commands, queries
from services.scheduling.chairside import PROTOCOL_GONE
from services.scheduling.commands.appointments import APPOINTMENT_OVER, NOT_CANCELLABLE
from services.scheduling.commands.arrival import IDENTITY_MISMATCH, IDENTITY_UNKNOWN, NOT_TODAY
from services.scheduling.commands.courses import BOOKING_BLOCKED, COURSE_IMPOSSIBLE, SLOT_TAKEN
from services.scheduling.commands.discharge import DISCHARGE_REFUSED
from services.scheduling.commands.dosing import NOT_READY
from services.scheduling.schemas.answers import (
    AppointmentView,
    ClosureView,
    CourseView,
    ObservationView,
    ProposalView,
    ReadinessView,
    RecordedView,
    SessionView,
)
from services.scheduling.schemas.requests import (
    AbortRequest,
    CancelRequest,
    CheckInRequest,
    ClosureRequest,
    CourseRequest,
    DischargeRequest,
    EscortRequest,
    InfusionEndRequest,
    LocalDay,
    ObservationRequest,
    StartRequest,
)
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID
from shared.problems import CONFLICT, EVENTS_WAITING, STALE_VERSION, VERSION_REQUIRED

router = APIRouter()
CHANGE = (VERSION_REQUIRED, STALE_VERSION, CONFLICT)
STAFF = ("frontdesk", "nurse", "clinician")
Staff = Annotated[Reading, Depends(reading(*STAFF))]
StaffOrPatient = Annotated[Reading, Depends(reading(*STAFF, patient=True))]
StaffActs = Annotated[Acting, Depends(acting(*STAFF))]
StaffOrPatientActs = Annotated[Acting, Depends(acting(*STAFF, patient=True))]
CareActs = Annotated[Acting, Depends(acting("nurse", "clinician"))]


@router.post(
    "/v1/courses/proposals", operation_id="proposeCourse", response_model=ProposalView, tags=["courses"],
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def propose_course(body: CourseRequest, read: Staff) -> Response:
    """What booking this course would give now: every date with its reason, and what stands in the way."""
    return await read.run(lambda uow: queries.propose_course(uow, body))


@router.post(
    "/v1/courses", operation_id="planCourse", status_code=201, response_model=CourseView, tags=["courses"],
    responses=problems(BOOKING_BLOCKED, COURSE_IMPOSSIBLE, SLOT_TAKEN, EVENTS_WAITING, NO_CLINIC_FILE),
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


@router.get(
    "/v1/patients/{patient_id}/appointments", operation_id="listPatientAppointments",
    response_model=Page[AppointmentView], tags=["appointments"], responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_patient_appointments(patient_id: UUID, paging: Pages, read: StaffOrPatient) -> Response:
    """A patient's appointments in order of time."""
    return await read.run(lambda uow: queries.list_patient_appointments(uow, patient_id, paging))


@router.get(
    "/v1/appointments", operation_id="listDay", response_model=Page[AppointmentView], tags=["appointments"],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_day(
    clinic_id: UUID, paging: Pages, read: Staff,
    day: Annotated[LocalDay, Query(description="local date of the clinic")],
    location: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:  # fmt: skip
    """The day list: a clinic's appointments that start on a local day."""
    return await read.run(lambda uow: queries.list_day(uow, clinic_id, day, location, paging))


@router.get(
    "/v1/appointments/{appointment_id}", operation_id="getAppointment", response_model=AppointmentView,
    tags=["appointments"], responses=problems(),
)  # fmt: skip
async def get_appointment(appointment_id: UUID, read: StaffOrPatient) -> Response:
    """An appointment."""
    return await read.run(lambda uow: queries.get_appointment(uow, appointment_id))


@router.post(
    "/v1/appointments/{appointment_id}/cancel", operation_id="cancelAppointment", response_model=AppointmentView,
    tags=["appointments"], responses=problems(NOT_CANCELLABLE, *CHANGE),
)  # fmt: skip
async def cancel_appointment(appointment_id: UUID, body: CancelRequest, act: StaffOrPatientActs) -> Response:
    """Cancel an appointment; less than 24 h before its start is late (domain D.4)."""
    version = act.expected_version
    return await act.run(lambda uow: commands.cancel_appointment(uow, appointment_id, body, version))


@router.post(
    "/v1/appointments/{appointment_id}/escort", operation_id="recordEscort", response_model=AppointmentView,
    tags=["appointments"], responses=problems(APPOINTMENT_OVER, *CHANGE),
)  # fmt: skip
async def record_escort(appointment_id: UUID, body: EscortRequest, act: StaffOrPatientActs) -> Response:
    """Name the adult who takes the patient home."""
    version = act.expected_version
    return await act.run(lambda uow: commands.record_escort(uow, appointment_id, body, version))


@router.get(
    "/v1/appointments/{appointment_id}/readiness", operation_id="getReadiness", response_model=ReadinessView,
    tags=["sessions"], responses=problems(PROTOCOL_GONE, NO_CLINIC_FILE),
)  # fmt: skip
async def get_readiness(appointment_id: UUID, read: Staff) -> Response:
    """Whether the dose may start: every blocker with who can mend it (domain A.5)."""
    return await read.run(lambda uow: queries.get_readiness(uow, appointment_id))


@router.post(
    "/v1/appointments/{appointment_id}/check-in", operation_id="checkIn", status_code=201, response_model=SessionView,
    tags=["sessions"], responses=problems(IDENTITY_UNKNOWN, IDENTITY_MISMATCH, NOT_TODAY, NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def check_in(appointment_id: UUID, body: CheckInRequest, act: StaffActs) -> Response:
    """The patient is here, known by two identifiers. If-Match is the appointment's, the ETag the session's."""
    version = act.expected_version
    return await act.run(lambda uow: commands.check_in(uow, appointment_id, body, version), status=201)


@router.get(
    "/v1/sessions/{session_id}", operation_id="getSession", response_model=SessionView, tags=["sessions"],
    responses=problems(PROTOCOL_GONE),
)  # fmt: skip
async def get_session(session_id: UUID, read: Staff) -> Response:
    """A session with its alerts and what is due next."""
    return await read.run(lambda uow: queries.get_session(uow, session_id))


@router.get(
    "/v1/sessions/{session_id}/observations", operation_id="listObservations", response_model=Page[RecordedView],
    tags=["sessions"], responses=problems(CURSOR_INVALID, PROTOCOL_GONE),
)  # fmt: skip
async def list_observations(session_id: UUID, paging: Pages, read: Staff) -> Response:
    """What was observed in a session, in the order in which it was recorded."""
    return await read.run(lambda uow: queries.list_observations(uow, session_id, paging))


@router.post(
    "/v1/sessions/{session_id}/observations", operation_id="recordObservation", status_code=201,
    response_model=ObservationView, tags=["sessions"], responses=problems(PROTOCOL_GONE),
)  # fmt: skip
async def record_observation(session_id: UUID, body: ObservationRequest, act: CareActs) -> Response:
    """Append one look at the patient. The answer has the alerts it raised and what is due next (domain C.3, C.4)."""
    return await act.run(lambda uow: commands.record_observation(uow, session_id, body), status=201)


@router.post(
    "/v1/sessions/{session_id}/start", operation_id="startSession", response_model=SessionView, tags=["sessions"],
    responses=problems(NOT_READY, EVENTS_WAITING, PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def start_session(
    session_id: UUID, body: StartRequest, act: Annotated[Acting, Depends(acting("nurse"))]
) -> Response:
    """The dose starts, when nothing stands in the way (domain A.5)."""
    version = act.expected_version
    return await act.run(lambda uow: commands.start_session(uow, session_id, body, version))


@router.post(
    "/v1/sessions/{session_id}/infusion-end", operation_id="finishInfusion", response_model=SessionView,
    tags=["sessions"], responses=problems(PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def finish_infusion(session_id: UUID, body: InfusionEndRequest, act: CareActs) -> Response:
    """Record the end of the infusion and what was really given (mg, minutes)."""
    version = act.expected_version
    return await act.run(lambda uow: commands.finish_infusion(uow, session_id, body, version))


@router.post(
    "/v1/sessions/{session_id}/abort", operation_id="abortSession", response_model=SessionView, tags=["sessions"],
    responses=problems(PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def abort_session(session_id: UUID, body: AbortRequest, act: CareActs) -> Response:
    """The session ends early, with what had run until then."""
    version = act.expected_version
    return await act.run(lambda uow: commands.abort_session(uow, session_id, body, version))


@router.post(
    "/v1/sessions/{session_id}/discharge", operation_id="discharge", response_model=SessionView, tags=["sessions"],
    responses=problems(DISCHARGE_REFUSED, PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def discharge(session_id: UUID, body: DischargeRequest, act: CareActs) -> Response:
    """Let the patient go home, when every criterion is met (domain C.5); else every unmet one is named."""
    version = act.expected_version
    return await act.run(lambda uow: commands.discharge(uow, session_id, body, version))


@router.post(
    "/v1/closures", operation_id="closeDays", status_code=201, response_model=ClosureView, tags=["closures"],
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def close(body: ClosureRequest, act: Annotated[Acting, Depends(acting("admin"))]) -> Response:
    """Close a clinic or a location for local days; what is booked already stays and is counted."""
    return await act.run(lambda uow: commands.close(uow, body), status=201)


@router.get(
    "/v1/closures", operation_id="listClosures", response_model=Page[ClosureView], tags=["closures"],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_closures(
    clinic_id: UUID, paging: Pages, read: Annotated[Reading, Depends(reading(*STAFF, "admin"))]
) -> Response:  # fmt: skip
    """A clinic's closures."""
    return await read.run(lambda uow: queries.list_closures(uow, clinic_id, paging))
