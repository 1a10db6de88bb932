"""Routes of the session at the chair."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, CareActs, NurseActs, Staff, StaffActs
from services.scheduling.chairside import NOT_A_SESSION, PROTOCOL_GONE
from services.scheduling.commands.chair.arrival import IDENTITY_MISMATCH, IDENTITY_UNKNOWN, NAME_ALERT, NOT_TODAY
from services.scheduling.commands.chair.charting import RECORD_LOCKED
from services.scheduling.commands.chair.discharge import DISCHARGE_REFUSED
from services.scheduling.commands.chair.dosing import FLOOR_EVENT_OPEN, NOT_READY, STARTS_WITH_A_DEVICE
from services.scheduling.commands.knowledge import ATTESTATION_NEEDED
from services.scheduling.schemas.answers import ObservationView, ReadinessView, RecordedView, SessionView
from services.scheduling.schemas.leaving import AbortRequest, DischargeRequest
from services.scheduling.schemas.requests import CheckInRequest, InfusionEndRequest, ObservationRequest, StartRequest
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID
from shared.problems import EVENTS_WAITING

router = APIRouter()


@router.get(
    "/v1/appointments/{appointment_id}/readiness", operation_id="getReadiness", response_model=ReadinessView,
    tags=["sessions"], responses=problems(NOT_A_SESSION, PROTOCOL_GONE, NO_CLINIC_FILE),
)  # fmt: skip
async def get_readiness(appointment_id: UUID, read: Staff) -> Response:
    """Whether the session is ready and its dose may start: every blocker with who can mend it (domain A.5)."""
    return await read.run(lambda uow: queries.get_readiness(uow, appointment_id))


@router.post(
    "/v1/appointments/{appointment_id}/check-in", operation_id="checkIn", status_code=201, response_model=SessionView,
    tags=["sessions"], responses=problems(
        NOT_A_SESSION, IDENTITY_UNKNOWN, IDENTITY_MISMATCH, NAME_ALERT, NOT_TODAY, NO_CLINIC_FILE, *CHANGE
    ),
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
    response_model=ObservationView, tags=["sessions"], responses=problems(PROTOCOL_GONE, RECORD_LOCKED),
)  # fmt: skip
async def record_observation(session_id: UUID, body: ObservationRequest, act: CareActs) -> Response:
    """Append one look at the patient. The answer has the alerts it raised and what is due next (domain C.3, C.4)."""
    return await act.run(lambda uow: commands.record_observation(uow, session_id, body), status=201)


@router.post(
    "/v1/sessions/{session_id}/start", operation_id="startSession", response_model=SessionView, tags=["sessions"],
    responses=problems(
        NOT_TODAY, NOT_READY, STARTS_WITH_A_DEVICE, FLOOR_EVENT_OPEN, EVENTS_WAITING, ATTESTATION_NEEDED, PROTOCOL_GONE,
        *CHANGE,
    ),
)  # fmt: skip
async def start_session(session_id: UUID, body: StartRequest, act: NurseActs) -> Response:
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
