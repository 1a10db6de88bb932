"""Answers for inspection: all records of a lot, the reconciliation of a day. Milligrams."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.scheduling.schemas.counts import DiscrepancyView
from services.scheduling.schemas.stockanswers import LotView, MovementView


class DeliveryView(BaseModel):
    """Containers that arrived together."""

    delivery_id: UUID
    registration_id: UUID
    supplier: str
    document: str
    containers: int
    received_at: datetime


class DispensedView(BaseModel):
    """What a patient got of a lot (the dispense record of H.4): who, where they live, how much, when, by whom."""

    draw_id: UUID
    session_id: UUID
    patient_id: UUID
    patient_name: str | None = Field(description="null while the identity card is unknown")
    patient_address: str | None
    drawn_at: datetime
    drawn_by: str
    administered_mg: str
    wasted_mg: str
    unsettled_mg: str


class LotCountView(BaseModel):
    """A container of the lot in a count."""

    count_id: UUID
    vial_id: UUID
    counted_at: datetime
    counted_mg: str
    expected_mg: str


class LotRecordsView(BaseModel):
    """All records of a lot at the clinics of the caller."""

    lot: LotView
    deliveries: list[DeliveryView]
    movements: list[MovementView]
    dispensed: list[DispensedView]
    counts: list[LotCountView]
    discrepancies: list[DiscrepancyView]


class DifferenceView(BaseModel):
    """Something that is not as it should be, and what it is about (ids, mg, dates)."""

    code: str
    about: dict[str, str]


class ReconciliationView(BaseModel):
    """The end of a local day under a registration; `balanced` when there is no difference."""

    registration_id: UUID
    day: date
    as_of: datetime
    balanced: bool
    differences: list[DifferenceView]
