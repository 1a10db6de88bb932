"""Routes of the record of a session."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, CareActs, Staff
from services.scheduling.chairside import PROTOCOL_GONE
from services.scheduling.commands.chair.charting import RECORD_LOCKED
from services.scheduling.commands.chair.medicating import MEDICINE_REFUSED
from services.scheduling.commands.chair.signing import SESSION_NOT_OVER
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.infusion import DeviationRequest
from services.scheduling.schemas.medicines import MedicineRequest
from services.scheduling.schemas.record import AddendumRequest, MoveEntryRequest, SessionRecordView
from shared.http import problems
from shared.problems import CONFLICT

router = APIRouter(tags=["sessions"])


@router.get(
    "/v1/sessions/{session_id}/record", operation_id="getSessionRecord", response_model=SessionRecordView,
    responses=problems(),
)  # fmt: skip
async def get_record(session_id: UUID, read: Staff) -> Response:
    """Everything observed and done in a session, also what was moved elsewhere, and its signature."""
    return await read.run(lambda uow: queries.get_session_record(uow, session_id))


@router.post(
    "/v1/sessions/{session_id}/sign", operation_id="signSession", response_model=SessionRecordView,
    responses=problems(SESSION_NOT_OVER, RECORD_LOCKED, PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def sign(session_id: UUID, act: CareActs) -> Response:
    """Sign the record of a session that is over. If-Match is the session's; from then on addenda alone amend it."""
    version = act.expected_version
    return await act.run(lambda uow: commands.sign_session(uow, session_id, version))


@router.post(
    "/v1/sessions/{session_id}/addenda", operation_id="addAddendum", status_code=201,
    response_model=SessionRecordView, responses=problems(SESSION_NOT_OVER, PROTOCOL_GONE),
)  # fmt: skip
async def add_addendum(session_id: UUID, body: AddendumRequest, act: CareActs) -> Response:
    """Add to the record of a session that is over."""
    return await act.run(lambda uow: commands.add_addendum(uow, session_id, body), status=201)


@router.post(
    "/v1/sessions/{session_id}/entries/{entry_id}/move", operation_id="moveEntry", response_model=SessionRecordView,
    responses=problems(CONFLICT, PROTOCOL_GONE),
)  # fmt: skip
async def move_entry(session_id: UUID, entry_id: UUID, body: MoveEntryRequest, act: CareActs) -> Response:
    """An observation, or a change of an infusion, was another session's: alerts of both follow from what stands."""
    return await act.run(lambda uow: commands.move_entry(uow, session_id, entry_id, body))


@router.post(
    "/v1/sessions/{session_id}/deviations", operation_id="tellDeviation", status_code=201, response_model=SessionView,
    responses=problems(PROTOCOL_GONE),
)  # fmt: skip
async def tell_deviation(session_id: UUID, body: DeviationRequest, act: CareActs) -> Response:
    """Tell that a rule was broken in a session; somebody on care looks at it."""
    return await act.run(lambda uow: commands.tell_deviation(uow, session_id, body), status=201)


@router.post(
    "/v1/sessions/{session_id}/medicines", operation_id="giveMedicine", status_code=201,
    response_model=SessionRecordView, responses=problems(MEDICINE_REFUSED, RECORD_LOCKED, CONFLICT, PROTOCOL_GONE),
)  # fmt: skip
async def give_medicine(session_id: UUID, body: MedicineRequest, act: CareActs) -> Response:
    """A medicine signed with the dose's order is given, within its limits; what was given already is recorded."""
    return await act.run(lambda uow: commands.give_medicine(uow, session_id, body), status=201)
