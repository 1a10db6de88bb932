"""Routes of controlled substances: registrations, deliveries, containers, PINs of witnesses."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, CareActs
from services.scheduling.commands.stock.receiving import LOT_DIFFERS, REGISTRATION_OVER
from services.scheduling.commands.stock.witnessing import WITNESS_REFUSED
from services.scheduling.domain.witness import WITNESS_ROLES
from services.scheduling.schemas.stock import (
    PinRequest,
    RecallRequest,
    ReceiveRequest,
    RegistrationRequest,
    RenewRequest,
    RevokePinRequest,
)
from services.scheduling.schemas.stockanswers import LotView, RegistrationView, StaffPinView, VialLedgerView
from services.scheduling.stock.records import READERS
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.guards import STEP_UP_NEEDED
from shared.http.paging import CURSOR_INVALID
from shared.problems import CONFLICT

router = APIRouter(tags=["controlled substances"])
DirectorActs = Annotated[Acting, Depends(acting("director", "admin"))]
WitnessActs = Annotated[Acting, Depends(acting(*WITNESS_ROLES))]
StockReader = Annotated[Reading, Depends(reading(*READERS))]


@router.post("/v1/staff-pins", operation_id="setPin", response_model=StaffPinView, responses=problems(STEP_UP_NEEDED))
async def set_pin(body: PinRequest, act: WitnessActs) -> Response:
    """Set the own PIN, after a fresh login; by it one witnesses what others do (domain H.4)."""
    return await act.run(lambda uow: commands.set_pin(uow, body))


@router.post("/v1/staff-pins/revoke", operation_id="revokePin", response_model=StaffPinView, responses=problems())
async def revoke_pin(body: RevokePinRequest, act: DirectorActs) -> Response:
    """Somebody witnesses no more until they set a PIN anew."""
    return await act.run(lambda uow: commands.revoke_pin(uow, body))


@router.post(
    "/v1/drug-registrations", operation_id="registerDrugs", status_code=201, response_model=RegistrationView,
    responses=problems(CONFLICT, NO_CLINIC_FILE),
)  # fmt: skip
async def register(body: RegistrationRequest, act: DirectorActs) -> Response:
    """Enter a registration under which a location keeps controlled substances."""
    return await act.run(lambda uow: commands.register_drugs(uow, body), status=201)


@router.get(
    "/v1/drug-registrations", operation_id="listDrugRegistrations", response_model=Page[RegistrationView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_registrations(clinic_id: UUID, paging: Pages, read: StockReader) -> Response:
    """A clinic's registrations."""
    return await read.run(lambda uow: queries.list_registrations(uow, clinic_id, paging))


@router.post(
    "/v1/drug-registrations/{registration_id}/renew", operation_id="renewDrugRegistration",
    response_model=RegistrationView, responses=problems(*CHANGE),
)  # fmt: skip
async def renew(registration_id: UUID, body: RenewRequest, act: DirectorActs) -> Response:
    """A registration holds until another day."""
    version = act.expected_version
    return await act.run(lambda uow: commands.renew_registration(uow, registration_id, body, version))


@router.get(
    "/v1/drug-registrations/{registration_id}/stock", operation_id="listStock", response_model=Page[LotView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_stock(registration_id: UUID, paging: Pages, read: StockReader) -> Response:
    """What is in stock under a registration: every container that is not empty, with its balance in mg."""
    return await read.run(lambda uow: queries.list_stock(uow, registration_id, paging))


@router.post(
    "/v1/drug-deliveries", operation_id="receiveDrugs", status_code=201, response_model=LotView,
    responses=problems(REGISTRATION_OVER, LOT_DIFFERS, WITNESS_REFUSED, NO_CLINIC_FILE),
)  # fmt: skip
async def receive(body: ReceiveRequest, act: CareActs) -> Response:
    """Containers of a lot arrived, with invoice or form and a second person (domain H.4)."""
    return await act.run(lambda uow: commands.receive(uow, body), status=201)


@router.post("/v1/drug-lots/{lot_id}/recall", operation_id="recallLot", response_model=LotView, responses=problems())
async def recall(
    lot_id: UUID, body: RecallRequest, act: Annotated[Acting, Depends(acting("nurse", "clinician", "director"))]
) -> Response:
    """A lot was recalled: nothing of it is drawn any more, at any clinic."""
    return await act.run(lambda uow: commands.recall_lot(uow, lot_id, body))


@router.get("/v1/vials/{vial_id}", operation_id="getVial", response_model=VialLedgerView, responses=problems())
async def get_vial(vial_id: UUID, read: StockReader) -> Response:
    """A container with every movement; its balance is their sum."""
    return await read.run(lambda uow: queries.get_vial(uow, vial_id))
