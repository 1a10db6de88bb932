"""Routes of what is drawn, administered, wasted and corrected."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CareActs
from services.scheduling.api.stock import StockReader
from services.scheduling.chairside import NOT_A_SESSION, PROTOCOL_GONE
from services.scheduling.commands.stock.receiving import REGISTRATION_OVER
from services.scheduling.commands.stock.witnessing import WITNESS_REFUSED
from services.scheduling.schemas.stock import AdministerRequest, DrawRequest, ReverseRequest, WasteRequest
from services.scheduling.schemas.stockanswers import DrawView, MovementView
from services.scheduling.stock.records import STOCK_REFUSED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID

router = APIRouter(tags=["controlled substances"])


@router.post(
    "/v1/vials/{vial_id}/draw", operation_id="drawDose", status_code=201, response_model=DrawView,
    responses=problems(
        STOCK_REFUSED, WITNESS_REFUSED, REGISTRATION_OVER, NOT_A_SESSION, PROTOCOL_GONE, NO_CLINIC_FILE
    ),
)  # fmt: skip
async def draw(vial_id: UUID, body: DrawRequest, act: CareActs) -> Response:
    """Draw mg from a container for a session; expired and recalled stock is refused (domain H.4)."""
    return await act.run(lambda uow: commands.draw_dose(uow, vial_id, body), status=201)


@router.post(
    "/v1/vials/{vial_id}/waste", operation_id="wasteRest", status_code=201, response_model=MovementView,
    responses=problems(STOCK_REFUSED, WITNESS_REFUSED, NO_CLINIC_FILE),
)  # fmt: skip
async def waste_rest(vial_id: UUID, body: WasteRequest, act: CareActs) -> Response:
    """mg left in a container were destroyed before another person."""
    return await act.run(lambda uow: commands.waste_rest(uow, vial_id, body), status=201)


@router.get("/v1/draws/{draw_id}", operation_id="getDraw", response_model=DrawView, responses=problems())
async def get_draw(draw_id: UUID, read: StockReader) -> Response:
    """A draw: what of it was administered and wasted."""
    return await read.run(lambda uow: queries.get_draw(uow, draw_id))


@router.get(
    "/v1/sessions/{session_id}/draws", operation_id="listDraws", response_model=Page[DrawView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_draws(session_id: UUID, paging: Pages, read: StockReader) -> Response:
    """What was drawn for a session."""
    return await read.run(lambda uow: queries.list_draws(uow, session_id, paging))


@router.post(
    "/v1/draws/{draw_id}/administer", operation_id="administerDraw", response_model=DrawView,
    responses=problems(STOCK_REFUSED),
)  # fmt: skip
async def administer(draw_id: UUID, body: AdministerRequest, act: CareActs) -> Response:
    """Of a draw, mg that the patient got."""
    return await act.run(lambda uow: commands.administer_draw(uow, draw_id, body))


@router.post(
    "/v1/draws/{draw_id}/waste", operation_id="wasteDraw", response_model=DrawView,
    responses=problems(STOCK_REFUSED, WITNESS_REFUSED, NO_CLINIC_FILE),
)  # fmt: skip
async def waste(draw_id: UUID, body: WasteRequest, act: CareActs) -> Response:
    """Of a draw, mg that were destroyed before another person: drawn = administered + wasted."""
    return await act.run(lambda uow: commands.waste_draw(uow, draw_id, body))


@router.post(
    "/v1/movements/{movement_id}/reverse", operation_id="reverseMovement", status_code=201,
    response_model=MovementView, responses=problems(STOCK_REFUSED, WITNESS_REFUSED, NO_CLINIC_FILE),
)  # fmt: skip
async def reverse(movement_id: UUID, body: ReverseRequest, act: CareActs) -> Response:
    """Undo a movement that was recorded wrongly, by its reverse; nothing of the ledger is edited."""
    return await act.run(lambda uow: commands.reverse(uow, movement_id, body), status=201)
