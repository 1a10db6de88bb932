"""Routes about treatment consents and dose orders."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.intake import commands, queries
from services.intake.commands.orders.doses import DOSE_REFUSED
from services.intake.commands.orders.signing import ORDER_NOT_ALLOWED
from services.intake.commands.screening.reviews import SECOND_CLINICIAN_NEEDED
from services.intake.schemas.care import ConsentDocuments, ConsentRequest, ConsentView, OrderRequest, OrderView
from shared.aliases import PATIENT_MERGED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.guards import STEP_UP_NEEDED
from shared.http.paging import CURSOR_INVALID
from shared.problems import CONFLICT, STALE_VERSION, VERSION_REQUIRED

router = APIRouter()


@router.post(
    "/v1/patients/{patient_id}/consents",
    operation_id="signConsent",
    status_code=201,
    response_model=ConsentView,
    responses=problems(CONFLICT, NO_CLINIC_FILE),
)
async def sign_consent(
    patient_id: UUID,
    body: ConsentRequest,
    act: Acting = Depends(acting("frontdesk", "nurse", "clinician", patient=True)),
) -> Response:
    """A signature under a treatment document, by the patient or by staff from paper."""
    return await act.run(lambda uow: commands.sign_consent(uow, patient_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/consent-documents",
    operation_id="listConsentDocuments",
    response_model=ConsentDocuments,
    responses=problems(NO_CLINIC_FILE),
)
async def list_consent_documents(
    patient_id: UUID,
    read: Reading = Depends(reading("frontdesk", "nurse", "clinician", patient=True)),
    clinic_id: Annotated[UUID | None, Query(description="where care happens, when it is not the own clinic")] = None,
) -> Response:
    """The clinic's consent documents: what each is needed for, and how it stands with the patient (H.6)."""
    return await read.run(lambda uow: queries.list_consent_documents(uow, patient_id, clinic_id))


@router.get("/v1/consents/{consent_id}", operation_id="getConsent", response_model=ConsentView, responses=problems())
async def get_consent(
    consent_id: UUID, read: Reading = Depends(reading("nurse", "clinician", patient=True))
) -> Response:
    """One treatment consent; its ETag is needed to revoke it."""
    return await read.run(lambda uow: queries.get_consent(uow, consent_id))


@router.post(
    "/v1/consents/{consent_id}/revoke",
    operation_id="revokeConsent",
    response_model=ConsentView,
    responses=problems(CONFLICT, STALE_VERSION, VERSION_REQUIRED),
)
async def revoke_consent(
    consent_id: UUID, act: Acting = Depends(acting("frontdesk", "nurse", "clinician", patient=True))
) -> Response:
    """End a consent from now on, with every other that was given to its document before. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.revoke_consent(uow, consent_id, expected))


@router.post(
    "/v1/patients/{patient_id}/orders",
    operation_id="signOrder",
    status_code=201,
    response_model=OrderView,
    responses=problems(NO_CLINIC_FILE, ORDER_NOT_ALLOWED, DOSE_REFUSED, CONFLICT, PATIENT_MERGED, STEP_UP_NEEDED),
)
async def sign_order(patient_id: UUID, body: OrderRequest, act: Acting = Depends(acting("clinician"))) -> Response:
    """Sign a dose order: mg/kg, minutes, stock in mg/mL. The answer shows every step of the arithmetic."""
    return await act.run(lambda uow: commands.sign_order(uow, patient_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/orders", operation_id="listOrders", response_model=Page[OrderView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_orders(
    patient_id: UUID, pages: Pages, read: Reading = Depends(reading("nurse", "clinician"))
) -> Response:
    """Every order of a patient, the newest first, whatever became of it."""
    return await read.run(lambda uow: queries.list_orders(uow, patient_id, pages))


@router.post(
    "/v1/orders/{order_id}/countersign",
    operation_id="countersignOrder",
    response_model=OrderView,
    responses=problems(
        CONFLICT, STALE_VERSION, VERSION_REQUIRED, ORDER_NOT_ALLOWED, SECOND_CLINICIAN_NEEDED, STEP_UP_NEEDED
    ),
)
async def countersign_order(order_id: UUID, act: Acting = Depends(acting("clinician"))) -> Response:
    """A second clinician signs an order above the first-dose cap. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.countersign_order(uow, order_id, expected))


@router.get("/v1/orders/{order_id}", operation_id="getOrder", response_model=OrderView, responses=problems())
async def get_order(order_id: UUID, read: Reading = Depends(reading("nurse", "clinician"))) -> Response:
    """One dose order; its ETag is needed to revoke it."""
    return await read.run(lambda uow: queries.get_order(uow, order_id))


@router.post(
    "/v1/orders/{order_id}/revoke",
    operation_id="revokeOrder",
    response_model=OrderView,
    responses=problems(CONFLICT, STALE_VERSION, VERSION_REQUIRED),
)
async def revoke_order(order_id: UUID, act: Acting = Depends(acting("clinician"))) -> Response:
    """An order may not be used from now on. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.revoke_order(uow, order_id, expected))
