"""Routes of chairs out of order, re-planning, offers and the call list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, STAFF, Staff, StaffOrBooker, StaffOrBookerActs
from services.scheduling.commands.booking.claiming import CLAIM_NOT_READY
from services.scheduling.commands.booking.moving import MOVE_REFUSED
from services.scheduling.commands.booking.offers import OFFER_OVER
from services.scheduling.commands.booking.replanning import PREVIEW_CHANGED
from services.scheduling.commands.knowledge import KNOWLEDGE_STALE
from services.scheduling.schemas.offers import (
    AcceptRequest,
    OfferRequest,
    OfferView,
    OutageRequest,
    OutageView,
    ReplanRequest,
    ReplanView,
)
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID

router = APIRouter(tags=["offers"])
Planner = Annotated[Acting, Depends(acting(*STAFF, "admin"))]
PlannerReads = Annotated[Reading, Depends(reading(*STAFF, "admin"))]


@router.post(
    "/v1/chair-outages", operation_id="reportOutage", status_code=201, response_model=OutageView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def report_outage(body: OutageRequest, act: Planner) -> Response:
    """A chair is out of order; what is booked on it stays and is counted, until somebody re-plans it."""
    return await act.run(lambda uow: commands.report_outage(uow, body), status=201)


@router.post(
    "/v1/chair-outages/{outage_id}/cancel", operation_id="cancelOutage", response_model=OutageView,
    responses=problems(NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def cancel_outage(outage_id: UUID, act: Planner) -> Response:
    """The chair can be used again."""
    version = act.expected_version
    return await act.run(lambda uow: commands.cancel_outage(uow, outage_id, version))


@router.get(
    "/v1/chair-outages", operation_id="listOutages", response_model=Page[OutageView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_outages(clinic_id: UUID, paging: Pages, read: PlannerReads) -> Response:
    """Chairs of a clinic that are or will be out of order, cancelled ones too."""
    return await read.run(lambda uow: queries.list_outages(uow, clinic_id, paging))


@router.post(
    "/v1/replans/preview", operation_id="previewReplan", response_model=ReplanView, responses=problems(NO_CLINIC_FILE)
)
async def preview_replan(body: ReplanRequest, read: PlannerReads) -> Response:
    """Everybody whom a closure, an absence or a chair out of order affects, and what each would be offered instead,
    with as little change as possible (domain D.5). Nothing is held or said."""
    return await read.run(lambda uow: queries.preview_replan(uow, body))


@router.post(
    "/v1/replans", operation_id="offerReplan", status_code=201, response_model=ReplanView,
    responses=problems(PREVIEW_CHANGED, NO_CLINIC_FILE),
)  # fmt: skip
async def offer_replan(body: OfferRequest, act: Planner) -> Response:
    """Offer exactly what a preview showed: its slots are held, and patients accept or decline them."""
    return await act.run(lambda uow: commands.offer_replan(uow, body), status=201)


@router.get(
    "/v1/call-list", operation_id="listCalls", response_model=Page[OfferView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_calls(clinic_id: UUID, paging: Pages, read: Staff) -> Response:
    """Whom to call about an offer, by the start of what cannot take place: unanswered, declined, expired, unplaced."""
    return await read.run(lambda uow: queries.list_calls(uow, clinic_id, paging))


@router.get(
    "/v1/patients/{patient_id}/offers", operation_id="listPatientOffers", response_model=Page[OfferView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_patient_offers(patient_id: UUID, paging: Pages, read: StaffOrBooker) -> Response:
    """What a patient was offered, the newest first."""
    return await read.run(lambda uow: queries.list_patient_offers(uow, patient_id, paging))


@router.get("/v1/offers/{offer_id}", operation_id="getOffer", response_model=OfferView, responses=problems())
async def get_offer(offer_id: UUID, read: StaffOrBooker) -> Response:
    """An offer."""
    return await read.run(lambda uow: queries.get_offer(uow, offer_id))


@router.post(
    "/v1/offers/{offer_id}/accept", operation_id="acceptOffer", response_model=OfferView,
    responses=problems(OFFER_OVER, CLAIM_NOT_READY, MOVE_REFUSED, KNOWLEDGE_STALE, NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def accept_offer(offer_id: UUID, body: AcceptRequest, act: StaffOrBookerActs) -> Response:
    """The patient agrees, by itself or through staff on the phone; of a slot from the waitlist the first claim wins."""
    version = act.expected_version
    return await act.run(lambda uow: commands.accept_offer(uow, offer_id, body, version))


@router.post(
    "/v1/offers/{offer_id}/decline", operation_id="declineOffer", response_model=OfferView,
    responses=problems(OFFER_OVER, *CHANGE),
)  # fmt: skip
async def decline_offer(offer_id: UUID, act: StaffOrBookerActs) -> Response:
    """The patient does not want it; somebody calls."""
    version = act.expected_version
    return await act.run(lambda uow: commands.decline_offer(uow, offer_id, version))
