"""Routes of what leaves a cabinet: transfers between registrations, returns, reverse distribution."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CareActs
from services.scheduling.api.stock import StockReader
from services.scheduling.commands.stock.receiving import REGISTRATION_OVER
from services.scheduling.commands.stock.witnessing import WITNESS_REFUSED
from services.scheduling.schemas.stockanswers import MovementView
from services.scheduling.schemas.transfers import ArrivalRequest, SendOutRequest, TransferRequest, TransferView
from services.scheduling.stock.records import STOCK_REFUSED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID

router = APIRouter(tags=["controlled substances"])


@router.post(
    "/v1/drug-registrations/{registration_id}/transfers", operation_id="transferOut", status_code=201,
    response_model=TransferView, responses=problems(STOCK_REFUSED, WITNESS_REFUSED, REGISTRATION_OVER, NO_CLINIC_FILE),
)  # fmt: skip
async def transfer_out(registration_id: UUID, body: TransferRequest, act: CareActs) -> Response:
    """Sealed containers leave for another registration; nasal spray may not (domain H.5)."""
    return await act.run(lambda uow: commands.transfer_out(uow, registration_id, body), status=201)


@router.get(
    "/v1/drug-registrations/{registration_id}/transfers", operation_id="listTransfers",
    response_model=Page[TransferView], responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_transfers(registration_id: UUID, paging: Pages, read: StockReader) -> Response:
    """Transfers from and to a registration."""
    return await read.run(lambda uow: queries.list_transfers(uow, registration_id, paging))


@router.get(
    "/v1/stock-transfers/{transfer_id}", operation_id="getTransfer", response_model=TransferView,
    responses=problems(),
)  # fmt: skip
async def get_transfer(transfer_id: UUID, read: StockReader) -> Response:
    """A transfer and which of its containers are still under way."""
    return await read.run(lambda uow: queries.get_transfer(uow, transfer_id))


@router.post(
    "/v1/stock-transfers/{transfer_id}/arrivals", operation_id="transferIn", response_model=TransferView,
    responses=problems(STOCK_REFUSED, WITNESS_REFUSED, NO_CLINIC_FILE),
)  # fmt: skip
async def transfer_in(transfer_id: UUID, body: ArrivalRequest, act: CareActs) -> Response:
    """Containers arrived, at the destination or back where they came from; the other side of the transfer."""
    return await act.run(lambda uow: commands.transfer_in(uow, transfer_id, body))


@router.post(
    "/v1/vials/{vial_id}/send-out", operation_id="sendOut", status_code=201, response_model=MovementView,
    responses=problems(STOCK_REFUSED, WITNESS_REFUSED, NO_CLINIC_FILE),
)  # fmt: skip
async def send_out(vial_id: UUID, body: SendOutRequest, act: CareActs) -> Response:
    """All that is left goes to the supplier or a reverse distributor, or is destroyed before two witnesses."""
    return await act.run(lambda uow: commands.send_out(uow, vial_id, body), status=201)
