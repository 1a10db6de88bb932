"""Requests and answers about counts of controlled substances, discrepancies and losses. Milligrams."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.domain.counting import Business, DiscrepancyState, Purpose, Settlement
from services.scheduling.domain.stock import Form, VialState
from services.scheduling.schemas.requests import Request
from services.scheduling.schemas.stock import WITNESS, Mg, Number, When, Witnessed
from shared.http.examples import example, some_id
from shared.oncall.view import PageView

Reason = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$", description="a code, such as SPILLED")]


class CountedVial(Request):
    """mg that were found in a container; 0 for one that is not there."""

    vial_id: UUID
    mg: Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=12, decimal_places=3)]


class CountRequest(Witnessed):
    """Everything that is there under a registration, counted without looking at the balances; expired stock too.

    An INVENTORY says whether business opened or closed, and has two signers.
    """

    model_config = example(
        {
            "registration_id": str(some_id("registration")), "purpose": "INVENTORY", "business": "CLOSE",
            "lines": [{"vial_id": str(some_id("vial")), "mg": "390"}], "witness": WITNESS,
        }
    )  # fmt: skip

    registration_id: UUID
    purpose: Purpose = Purpose.COUNT
    business: Business | None = None
    lines: Annotated[tuple[CountedVial, ...], Field(max_length=2000)]
    occurred_at: When = None

    @model_validator(mode="after")
    def _whole(self) -> "CountRequest":
        if len({line.vial_id for line in self.lines}) < len(self.lines):
            raise PydanticCustomError("counted_twice", "Give each container once.")
        if self.purpose is Purpose.INVENTORY and (self.business is None or self.witness is None):
            raise PydanticCustomError("inventory_incomplete", "An inventory needs business and witness.")
        return self


class SettleRequest(Witnessed):
    """How a discrepancy ends. ADJUSTED corrects the balance by the difference, LOSS takes it out and must be told."""

    model_config = example({"outcome": "ADJUSTED", "reason": "OVERFILL", "witness": WITNESS})

    outcome: Settlement
    reason: Reason


class LossRequest(Witnessed):
    """mg of a container that were stolen or cannot be found. The clock of the report starts at `occurred_at`."""

    model_config = example({"mg": "100", "reason": "THEFT", "witness": WITNESS})

    mg: Mg
    reason: Reason
    occurred_at: Annotated[AwareDatetime | None, Field(description="when it was discovered; now when left out")] = None


class ReportStep(StrEnum):
    """NOTICE: in writing, to the DEA field office. FORM_106: online."""

    NOTICE = "NOTICE"
    FORM_106 = "FORM_106"


class ReportRequest(Request):
    """A loss was told, under a reference."""

    model_config = example({"step": "NOTICE", "reference": "FO-2026-1189"})

    step: ReportStep
    reference: Number


class SheetLine(BaseModel):
    """A container to count; what it should hold is not said."""

    vial_id: UUID
    substance: str
    lot: str
    number: int
    form: Form
    container_mg: str
    expires_on: date
    state: VialState


class CountSheetView(BaseModel):
    """What is to be counted under a registration, expired stock included; made blind."""

    registration_id: UUID
    lines: list[SheetLine]


class CountedLine(BaseModel):
    """A container as it was found, and what the ledger said."""

    vial_id: UUID
    substance: str
    schedule: str
    form: Form
    lot: str
    number: int
    container_mg: str
    expired: bool
    counted_mg: str
    expected_mg: str
    difference_mg: str


class SubstanceTotal(BaseModel):
    """What was found of a substance: containers that were not empty, and mg."""

    substance: str
    schedule: str
    containers: int
    mg: str


class StockCountView(BaseModel):
    """A count; of an inventory it is the report (H.4): when, at opening or close, what, and both signers."""

    count_id: UUID
    registration_id: UUID
    number: str = Field(description="of the registration")
    holder: str
    address: str
    location: str
    purpose: Purpose
    business: Business | None
    counted_at: datetime
    recorded_at: datetime
    signers: list[str]
    lines: list[CountedLine]
    totals: list[SubstanceTotal]
    next_inventory_on: date | None = Field(description="of an inventory: at least every two years")
    discrepancies: list[UUID]


class DiscrepancyView(BaseModel):
    """A difference between stock and ledger. `overdue` names what should have happened by now."""

    discrepancy_id: UUID
    registration_id: UUID
    vial_id: UUID
    count_id: UUID | None
    version: int
    state: DiscrepancyState
    expected_mg: str
    counted_mg: str
    difference_mg: str
    discovered_at: datetime
    discovered_by: str
    due_at: datetime = Field(description="to settle it: the end of the local day of discovery")
    reason: str | None
    movement_id: UUID | None
    settled_at: datetime | None
    settled_by: str | None
    witness: str | None
    notice_due_at: datetime | None = Field(description="of a loss: DEA field office, the next business day")
    notice_at: datetime | None
    form_due_at: datetime | None = Field(description="of a loss: Form 106, 45 days")
    form_at: datetime | None
    overdue: list[str]


class PagedDiscrepancyView(DiscrepancyView):
    """A difference with every attempt to page somebody about it, oldest first."""

    pages: list[PageView]
