"""Routes of counts of controlled substances, of discrepancies and losses."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, CareActs
from services.scheduling.api.stock import StockReader
from services.scheduling.commands.stock.witnessing import WITNESS_REFUSED
from services.scheduling.schemas.counts import (
    CountRequest,
    CountSheetView,
    DiscrepancyView,
    LossRequest,
    PagedDiscrepancyView,
    ReportRequest,
    SettleRequest,
    StockCountView,
)
from services.scheduling.stock.records import STOCK_REFUSED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, acting, problems
from shared.http.paging import CURSOR_INVALID
from shared.problems import CONFLICT

router = APIRouter(tags=["controlled substances"])


@router.get(
    "/v1/drug-registrations/{registration_id}/count-sheet", operation_id="getCountSheet",
    response_model=CountSheetView, responses=problems(),
)  # fmt: skip
async def get_count_sheet(registration_id: UUID, read: StockReader) -> Response:
    """What is to be counted under a registration; for a blind count it does not say what should be there."""
    return await read.run(lambda uow: queries.get_count_sheet(uow, registration_id))


@router.post(
    "/v1/stock-counts", operation_id="countStock", status_code=201, response_model=StockCountView,
    responses=problems(WITNESS_REFUSED, NO_CLINIC_FILE),
)  # fmt: skip
async def count_stock(body: CountRequest, act: CareActs) -> Response:
    """Record a blind count, or an inventory; what differs opens a discrepancy, balances stay (domain H.4)."""
    return await act.run(lambda uow: commands.count_stock(uow, body), status=201)


@router.get(
    "/v1/stock-counts/{count_id}", operation_id="getStockCount", response_model=StockCountView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def get_count(count_id: UUID, read: StockReader) -> Response:
    """A count with its differences; of an inventory it is the report with both signers."""
    return await read.run(lambda uow: queries.get_count(uow, count_id))


@router.get(
    "/v1/stock-discrepancies", operation_id="listDiscrepancies", response_model=Page[DiscrepancyView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_discrepancies(clinic_id: UUID, paging: Pages, read: StockReader) -> Response:
    """What waits to be settled, and losses that are still to be told, with their deadlines."""
    return await read.run(lambda uow: queries.list_discrepancies(uow, clinic_id, paging))


@router.get(
    "/v1/stock-discrepancies/{discrepancy_id}", operation_id="getDiscrepancy", response_model=PagedDiscrepancyView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def get_discrepancy(discrepancy_id: UUID, read: StockReader) -> Response:
    """A difference: how it ended or what it waits for, and who was paged about it."""
    return await read.run(lambda uow: queries.get_discrepancy(uow, discrepancy_id))


@router.post(
    "/v1/stock-discrepancies/{discrepancy_id}/settle", operation_id="settleDiscrepancy",
    response_model=DiscrepancyView, responses=problems(STOCK_REFUSED, WITNESS_REFUSED, NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def settle(discrepancy_id: UUID, body: SettleRequest, act: CareActs) -> Response:
    """End a discrepancy before another person: adjust the balance, report a loss, or find it right by a later count."""
    version = act.expected_version
    return await act.run(lambda uow: commands.settle_discrepancy(uow, discrepancy_id, body, version))


@router.post(
    "/v1/stock-discrepancies/{discrepancy_id}/report", operation_id="reportLossStep", response_model=DiscrepancyView,
    responses=problems(NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def report_step(
    discrepancy_id: UUID, body: ReportRequest,
    act: Annotated[Acting, Depends(acting("clinician", "director", "admin"))],
) -> Response:  # fmt: skip
    """A loss was told: notice to the DEA field office within a business day, Form 106 within 45 days of discovery."""
    version = act.expected_version
    return await act.run(lambda uow: commands.report_step(uow, discrepancy_id, body, version))


@router.post(
    "/v1/vials/{vial_id}/loss", operation_id="reportLoss", status_code=201, response_model=DiscrepancyView,
    responses=problems(STOCK_REFUSED, WITNESS_REFUSED, CONFLICT, NO_CLINIC_FILE),
)  # fmt: skip
async def report_loss(vial_id: UUID, body: LossRequest, act: CareActs) -> Response:
    """mg of a container were stolen or cannot be found; the clock of the report starts."""
    return await act.run(lambda uow: commands.report_loss(uow, vial_id, body), status=201)
