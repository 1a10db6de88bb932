"""Routes for an inspection: all records of a lot, the reconciliation of a day."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.scheduling import queries
from services.scheduling.api.stock import StockReader
from services.scheduling.schemas.drugrecords import LotRecordsView, ReconciliationView
from services.scheduling.schemas.requests import LocalDay
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import problems

router = APIRouter(tags=["controlled substances"])


@router.get(
    "/v1/drug-lots/{lot_id}/records", operation_id="getLotRecords", response_model=LotRecordsView,
    responses=problems(),
)  # fmt: skip
async def get_lot_records(lot_id: UUID, read: StockReader) -> Response:
    """Everything about a lot in one answer: deliveries, movements, patients, counts, discrepancies (domain H.4)."""
    return await read.run(lambda uow: queries.get_lot_records(uow, lot_id))


@router.get(
    "/v1/drug-registrations/{registration_id}/reconciliation", operation_id="reconcileDrugs",
    response_model=ReconciliationView, responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def reconcile(
    registration_id: UUID, read: StockReader,
    day: Annotated[LocalDay | None, Query(description="local date of the clinic; today when left out")] = None,
) -> Response:  # fmt: skip
    """The end of a day: every difference between ledger, counts and what sessions say was given, by its name."""
    return await read.run(lambda uow: queries.reconcile(uow, registration_id, day))
