"""Documents of a patient: estimates, invoices, the account; and what waits for a biller."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.billing import commands, queries
from services.billing.api.access import Biller, BillerReads, Reader
from services.billing.commands.payments import ABOVE_BALANCE, NOT_WAIVABLE
from services.billing.commands.pricing import PRICE_UNKNOWN
from services.billing.commands.reviews import AUTHORISATION_MISSING, NOTHING_TO_CHARGE, REVIEW_SETTLED
from services.billing.schemas import (
    AccountView,
    EstimateView,
    InvoiceView,
    PaymentRequest,
    PaymentView,
    ReviewView,
    SettleRequest,
    WaiveRequest,
)
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID
from shared.problems import STALE_VERSION, VERSION_REQUIRED

router = APIRouter()


@router.get(
    "/v1/patients/{patient_id}/account", operation_id="getAccount", response_model=AccountView, responses=problems()
)
async def get_account(patient_id: UUID, read: Reader) -> Response:
    """The money of a patient: balances, the estimates that stand, newest invoices, packages, payments. Cents."""
    return await read.run(lambda uow: queries.account(uow, patient_id))


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
    """One estimate: lines, parts and total in cents, what changed and why, the day it was due, for whom."""
    return await read.run(lambda uow: queries.estimate(uow, estimate_id))


@router.get("/v1/invoices/{invoice_id}", operation_id="getInvoice", response_model=InvoiceView, responses=problems())
async def get_invoice(invoice_id: UUID, read: Reader) -> Response:
    """One invoice: lines and total in cents, what is due, and by how much it exceeds the estimate."""
    return await read.run(lambda uow: queries.invoice(uow, invoice_id))


@router.post(
    "/v1/invoices/{invoice_id}/payments", operation_id="payInvoice", status_code=201, response_model=PaymentView,
    responses=problems(ABOVE_BALANCE),
)  # fmt: skip
async def pay_invoice(invoice_id: UUID, body: PaymentRequest, act: Biller) -> Response:
    """Record money that came in for an invoice; more than is due is refused with the balance. Cents."""
    return await act.run(lambda uow: commands.pay_invoice(uow, invoice_id, body), status=201)


@router.post(
    "/v1/invoices/{invoice_id}/waiver", operation_id="waiveFee", response_model=InvoiceView,
    responses=problems(VERSION_REQUIRED, STALE_VERSION, NOT_WAIVABLE),
)  # fmt: skip
async def waive_fee(invoice_id: UUID, body: WaiveRequest, act: Biller) -> Response:
    """Do not take what is still due of a late-cancel or no-show fee, with a reason code (D.4)."""
    version = act.expected_version
    return await act.run(lambda uow: commands.waive_fee(uow, invoice_id, body, version))


@router.get(
    "/v1/reviews", operation_id="listReviews", response_model=Page[ReviewView], responses=problems(CURSOR_INVALID)
)
async def list_reviews(pages: Pages, read: BillerReads) -> Response:
    """Courses, sessions and appointments that wait for a biller's decision, oldest first."""
    return await read.run(lambda uow: queries.open_reviews(uow, pages))


@router.post(
    "/v1/reviews/{review_id}/decision", operation_id="settleReview", response_model=ReviewView,
    responses=problems(
        VERSION_REQUIRED, STALE_VERSION, REVIEW_SETTLED, NOTHING_TO_CHARGE, PRICE_UNKNOWN, AUTHORISATION_MISSING,
        NO_CLINIC_FILE,
    ),
)  # fmt: skip
async def settle_review(review_id: UUID, body: SettleRequest, act: Biller) -> Response:
    """Decide an open review: CHARGE makes what is missing now, LEAVE lets things stand (a fee: with a reason)."""
    version = act.expected_version
    return await act.run(lambda uow: commands.settle_review(uow, review_id, body, version))
