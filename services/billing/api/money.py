"""What is sold beforehand, what came in and went back, and what a payer authorised."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.billing import commands, queries
from services.billing.api.access import Biller, Desk, Reader
from services.billing.commands.packages import NOTHING_TO_REFUND, PACKAGE_NOT_SOLD
from services.billing.commands.payments import ABOVE_PAYMENT, REFUND_THE_PACKAGE
from services.billing.schemas import (
    AuthorisationRequest,
    AuthorisationView,
    PackageSale,
    PackageView,
    PaymentView,
    RefundRequest,
    RefundView,
    RepayRequest,
)
from shared.aliases import PATIENT_MERGED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID
from shared.problems import STALE_VERSION, VERSION_REQUIRED

router = APIRouter()


@router.post(
    "/v1/patients/{patient_id}/packages", operation_id="sellPackage", status_code=201, response_model=PackageView,
    responses=problems(NO_CLINIC_FILE, PACKAGE_NOT_SOLD, PATIENT_MERGED),
)  # fmt: skip
async def sell_package(patient_id: UUID, body: PackageSale, act: Desk) -> Response:
    """Sell a package of the clinic's file and record its payment; each later session uses a credit (F.7)."""
    return await act.run(lambda uow: commands.sell_package(uow, patient_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/packages", operation_id="listPackages", response_model=Page[PackageView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_packages(patient_id: UUID, pages: Pages, read: Reader) -> Response:
    """Packages of a patient, oldest first: credits used and left, what they are worth, when they expire. Cents."""
    return await read.run(lambda uow: queries.packages_of(uow, patient_id, pages))


@router.get("/v1/packages/{package_id}", operation_id="getPackage", response_model=PackageView, responses=problems())
async def get_package(package_id: UUID, read: Reader) -> Response:
    """One package; its ETag is what a refund must send."""
    return await read.run(lambda uow: queries.package(uow, package_id))


@router.post(
    "/v1/packages/{package_id}/refund", operation_id="refundPackage", status_code=201, response_model=RefundView,
    responses=problems(VERSION_REQUIRED, STALE_VERSION, NOTHING_TO_REFUND),
)  # fmt: skip
async def refund_package(package_id: UUID, body: RepayRequest, act: Biller) -> Response:
    """Give back what is unused, pro rata or the price less what was used at list price, as it was sold (F.7)."""
    version = act.expected_version
    return await act.run(lambda uow: commands.refund_package(uow, package_id, body, version), status=201)


@router.get(
    "/v1/patients/{patient_id}/payments", operation_id="listPayments", response_model=Page[PaymentView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_payments(patient_id: UUID, pages: Pages, read: Reader) -> Response:
    """Payments of a patient, oldest first, for invoices and packages. Cents."""
    return await read.run(lambda uow: queries.payments_of(uow, patient_id, pages))


@router.post(
    "/v1/payments/{payment_id}/refunds", operation_id="refundPayment", status_code=201, response_model=RefundView,
    responses=problems(REFUND_THE_PACKAGE, ABOVE_PAYMENT),
)  # fmt: skip
async def refund_payment(payment_id: UUID, body: RefundRequest, act: Biller) -> Response:
    """Give back some or all of a payment for an invoice, which is then due again by so much. Cents."""
    return await act.run(lambda uow: commands.refund_payment(uow, payment_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/refunds", operation_id="listRefunds", response_model=Page[RefundView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_refunds(patient_id: UUID, pages: Pages, read: Reader) -> Response:
    """What went back to a patient, oldest first. Cents."""
    return await read.run(lambda uow: queries.refunds_of(uow, patient_id, pages))


@router.post(
    "/v1/patients/{patient_id}/authorisations", operation_id="recordAuthorisation", status_code=201,
    response_model=AuthorisationView, responses=problems(NO_CLINIC_FILE, PATIENT_MERGED),
)  # fmt: skip
async def record_authorisation(patient_id: UUID, body: AuthorisationRequest, act: Desk) -> Response:
    """Record a payer's authorisation: units (mg of the drug) of a protocol between two local dates (F.3)."""
    return await act.run(lambda uow: commands.record_authorisation(uow, patient_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/authorisations", operation_id="listAuthorisations",
    response_model=Page[AuthorisationView], responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_authorisations(patient_id: UUID, pages: Pages, read: Reader) -> Response:
    """Authorisations of a patient, oldest first: units granted, used and left, dates, state."""
    return await read.run(lambda uow: queries.authorisations_of(uow, patient_id, pages))
