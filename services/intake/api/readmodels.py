"""Routes of the read models: a patient's timeline, the staff worklist, the patient's home."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.intake import commands, queries
from services.intake.commands.screening.worklist import ITEM_NOT_BY_HAND, ITEM_TAKEN, MOVERS
from services.intake.queries import timeline, worklist
from services.intake.schemas.readmodels import (
    HandedOverView,
    HandOverAllRequest,
    HandOverRequest,
    HomeView,
    TimelineView,
    WorklistItemView,
    WorklistView,
)
from shared.http import Acting, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID
from shared.problems import CONFLICT, STALE_VERSION, VERSION_REQUIRED

router = APIRouter()
WORK = (CONFLICT, ITEM_TAKEN, STALE_VERSION, VERSION_REQUIRED)
Works = Annotated[Acting, Depends(acting(*worklist.READERS))]


@router.get(
    "/v1/patients/{patient_id}/timeline", operation_id="getTimeline", response_model=TimelineView,
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def get_timeline(
    patient_id: UUID, pages: Pages,
    read: Reading = Depends(reading(*timeline.READERS, patient=True, read_model=True)),
) -> Response:  # fmt: skip
    """Everything that happened to a patient, told by all services, the oldest first. A patient sees a part of it."""
    return await read.run(lambda uow: queries.get_timeline(uow, patient_id, pages))


@router.get(
    "/v1/worklist", operation_id="listWorklist", response_model=WorklistView, responses=problems(CURSOR_INVALID)
)
async def list_worklist(
    clinic_id: Annotated[UUID, Query()], pages: Pages,
    read: Reading = Depends(reading(*worklist.READERS, read_model=True)),
) -> Response:  # fmt: skip
    """What needs a person at a clinic and why, the most urgent first; each role sees its own work."""
    return await read.run(lambda uow: queries.list_worklist(uow, clinic_id, pages))


@router.post(
    "/v1/worklist/{item_id}/claim", operation_id="claimItem", response_model=WorklistItemView,
    responses=problems(*WORK),
)  # fmt: skip
async def claim_item(item_id: UUID, act: Works) -> Response:
    """Take an item, so that nobody else works on it. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.claim_item(uow, item_id, expected))


@router.post(
    "/v1/worklist/{item_id}/release", operation_id="releaseItem", response_model=WorklistItemView,
    responses=problems(*WORK),
)  # fmt: skip
async def release_item(item_id: UUID, act: Works) -> Response:
    """Give back an item. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.release_item(uow, item_id, expected))


@router.post(
    "/v1/worklist/{item_id}/hand-over", operation_id="handOverItem", response_model=WorklistItemView,
    responses=problems(CONFLICT, STALE_VERSION, VERSION_REQUIRED),
)  # fmt: skip
async def hand_over_item(item_id: UUID, body: HandOverRequest, act: Works) -> Response:
    """Give an item to somebody, or take it over from whoever has it. Needs If-Match; the reason is audited."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.hand_over_item(uow, item_id, body, expected))


@router.post(
    "/v1/worklist/hand-over", operation_id="handOverAll", response_model=HandedOverView, responses=problems(),
)  # fmt: skip
async def hand_over_all(body: HandOverAllRequest, act: Acting = Depends(acting(*MOVERS))) -> Response:
    """Give everything that an absent person has at a clinic to another one, or free it."""
    return await act.run(lambda uow: commands.hand_over_all(uow, body))


@router.post(
    "/v1/worklist/{item_id}/done", operation_id="finishItem", response_model=WorklistItemView,
    responses=problems(*WORK, ITEM_NOT_BY_HAND),
)  # fmt: skip
async def finish_item(item_id: UUID, act: Works) -> Response:
    """Declare a call made or a reply answered. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.finish_item(uow, item_id, expected))


@router.get("/v1/me/home", operation_id="getHome", response_model=HomeView, responses=problems())
async def get_home(read: Reading = Depends(reading(patient=True, proxy="forms", read_model=True))) -> Response:
    """What a patient sees first: visits, what is to be filled in, what it costs, and where to get help at once."""
    return await read.run(queries.get_home)
