"""Billing's routes: documents of a patient, and what waits for a biller."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.billing import commands, queries
from services.billing.commands import NOTHING_TO_CHARGE, PRICE_UNKNOWN, REVIEW_SETTLED
from services.billing.queries import READERS
from services.billing.schemas import EstimateView, InvoiceView, ReviewView, SettleRequest
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID
from shared.problems import STALE_VERSION, VERSION_REQUIRED

router = APIRouter(tags=["billing"])
Reader = Annotated[Reading, Depends(reading(*READERS, patient=True))]
Biller = Annotated[Reading, Depends(reading("biller"))]


@router.get(
    "/v1/patients/{patient_id}/estimates", operation_id="listEstimates", response_model=Page[EstimateView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_estimates(patient_id: UUID, pages: Pages, read: Reader) -> Response:
    """Good faith estimates of a patient, oldest first (45 CFR 149.610). Staff see those of their clinics. Cents."""
    return await read.run(lambda uow: queries.estimates_of(uow, patient_id, pages))


@router.get(
    "/v1/patients/{patient_id}/invoices", operation_id="listInvoices", response_model=Page[InvoiceView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_invoices(patient_id: UUID, pages: Pages, read: Reader) -> Response:
    """Invoices of a patient, oldest first, each with what exceeds its estimate. Staff see their clinics'. Cents."""
    return await read.run(lambda uow: queries.invoices_of(uow, patient_id, pages))


@router.get(
    "/v1/estimates/{estimate_id}", operation_id="getEstimate", response_model=EstimateView, responses=problems()
)
async def get_estimate(estimate_id: UUID, read: Reader) -> Response:
    """One estimate: lines and total in cents, the day it was due, for whom."""
    return await read.run(lambda uow: queries.estimate(uow, estimate_id))


@router.get("/v1/invoices/{invoice_id}", operation_id="getInvoice", response_model=InvoiceView, responses=problems())
async def get_invoice(invoice_id: UUID, read: Reader) -> Response:
    """One invoice: lines and total in cents, and by how much it exceeds the estimate."""
    return await read.run(lambda uow: queries.invoice(uow, invoice_id))


@router.get(
    "/v1/reviews", operation_id="listReviews", response_model=Page[ReviewView], responses=problems(CURSOR_INVALID)
)
async def list_reviews(pages: Pages, read: Biller) -> Response:
    """Courses and sessions that wait for a biller's decision, oldest first."""
    return await read.run(lambda uow: queries.open_reviews(uow, pages))


@router.post(
    "/v1/reviews/{review_id}/decision", operation_id="settleReview", response_model=ReviewView,
    responses=problems(VERSION_REQUIRED, STALE_VERSION, REVIEW_SETTLED, NOTHING_TO_CHARGE, PRICE_UNKNOWN),
)  # fmt: skip
async def settle_review(
    review_id: UUID, body: SettleRequest, act: Annotated[Acting, Depends(acting("biller"))]
) -> Response:
    """Decide an open review: CHARGE issues the missing estimate or invoice now, LEAVE lets things stand."""
    version = act.expected_version
    return await act.run(lambda uow: commands.settle_review(uow, review_id, body, version))
