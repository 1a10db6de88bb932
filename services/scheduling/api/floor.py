"""Routes of floor events."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, CareActs, Staff, StaffActs
from services.scheduling.chairside import PROTOCOL_GONE
from services.scheduling.commands.chair.dosing import NOT_READY
from services.scheduling.commands.chair.flooring import CHAIRS_UNSETTLED
from services.scheduling.commands.chair.seating import CHAIR_TAKEN, CHAIR_UNSUITABLE
from services.scheduling.commands.knowledge import ATTESTATION_NEEDED
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.floor import (
    ChairRequest,
    FloorEventRequest,
    FloorEventView,
    SettleChairRequest,
    TellPlacesRequest,
)
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID
from shared.problems import CONFLICT, EVENTS_WAITING

router = APIRouter(tags=["floor events"])


@router.post(
    "/v1/floor-events", operation_id="beginFloorEvent", status_code=201, response_model=FloorEventView,
    responses=problems(NO_CLINIC_FILE, CONFLICT),
)  # fmt: skip
async def begin(body: FloorEventRequest, act: StaffActs) -> Response:
    """A fire alarm or the like: every infusion at the location stands or is ended, nothing is due; who is here."""
    return await act.run(lambda uow: commands.begin_floor_event(uow, body), status=201)


@router.get(
    "/v1/floor-events", operation_id="listFloorEvents", response_model=Page[FloorEventView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_floor_events(clinic_id: UUID, paging: Pages, read: Staff) -> Response:
    """A clinic's floor events, the newest first."""
    return await read.run(lambda uow: queries.list_floor_events(uow, clinic_id, paging))


@router.get(
    "/v1/floor-events/{floor_event_id}", operation_id="getFloorEvent", response_model=FloorEventView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def get_floor_event(floor_event_id: UUID, read: Staff) -> Response:
    """A floor event with its roll-call: patient, chair, escort, phase, and how each chair was settled."""
    return await read.run(lambda uow: queries.get_floor_event(uow, floor_event_id))


@router.post(
    "/v1/floor-events/{floor_event_id}/places", operation_id="tellPlaces", response_model=FloorEventView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def tell_places(floor_event_id: UUID, body: TellPlacesRequest, act: StaffActs) -> Response:
    """What was found at chairs without a session, and of whoever was expected: empty, out, missing, a dose stopped."""
    return await act.run(lambda uow: commands.tell_places(uow, floor_event_id, body))


@router.post(
    "/v1/floor-events/{floor_event_id}/end", operation_id="endFloorEvent", response_model=FloorEventView,
    responses=problems(CHAIRS_UNSETTLED, NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def end(floor_event_id: UUID, act: CareActs) -> Response:
    """The floor is open again, when every chair is settled."""
    version = act.expected_version
    return await act.run(lambda uow: commands.end_floor_event(uow, floor_event_id, version))


@router.post(
    "/v1/sessions/{session_id}/settle", operation_id="settleChair", response_model=SessionView,
    responses=problems(NOT_READY, EVENTS_WAITING, ATTESTATION_NEEDED, PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def settle(session_id: UUID, body: SettleChairRequest, act: CareActs) -> Response:
    """How a chair goes on after a floor event: resumed, recovering, or stopped with what was given until then."""
    version = act.expected_version
    return await act.run(lambda uow: commands.settle_chair(uow, session_id, body, version))


@router.post(
    "/v1/sessions/{session_id}/chair", operation_id="changeChair", response_model=SessionView,
    tags=["sessions"], responses=problems(CHAIR_TAKEN, CHAIR_UNSUITABLE, PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def change_chair(session_id: UUID, body: ChairRequest, act: CareActs) -> Response:
    """The patient sits in another chair of the location, which is free until the end of the block."""
    version = act.expected_version
    return await act.run(lambda uow: commands.change_chair(uow, session_id, body, version))
