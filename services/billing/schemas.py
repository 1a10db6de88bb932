"""Requests and answers of billing. Money is integer cents with its currency; instants are UTC."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.billing.domain import Reason, Recipient
from services.billing.models import Review
from shared.events.parts import ChargeLine
from shared.money import Money


class EstimateView(BaseModel):
    """A good faith estimate of a course. `recipient` is null until the identity card is known."""

    estimate_id: UUID
    patient_id: UUID
    clinic_id: UUID
    course_id: UUID
    version: int = Field(description="version of the course that it estimates")
    recipient: Recipient | None
    lines: tuple[ChargeLine, ...]
    total: Money
    due_on: date | None = Field(description="last day to give it (45 CFR 149.610); null when there is no such duty")
    issued_at: datetime
    clinic_file_hash: str


class InvoiceView(BaseModel):
    """An invoice of one session. What exceeds the estimate is said in `above_estimate`."""

    invoice_id: UUID
    patient_id: UUID
    clinic_id: UUID
    session_id: UUID
    course_id: UUID | None
    session_number: int | None
    lines: tuple[ChargeLine, ...]
    total: Money
    estimate_id: UUID | None = Field(description="the estimate it was compared with; null when there is none")
    above_estimate: Money | None = Field(description="0 within the estimate; null when there is no estimate")
    issued_at: datetime
    clinic_file_hash: str


class ReviewView(BaseModel):
    """A course or session that waits for a person."""

    review_id: UUID
    patient_id: UUID
    clinic_id: UUID
    subject: Literal["COURSE", "SESSION"]
    subject_id: UUID
    reason: Reason
    due_on: date | None = Field(description="last day to give the estimate that is missing")
    state: Literal["OPEN", "SETTLED"]
    version: int
    opened_at: datetime

    @classmethod
    def of(cls, row: Review) -> "ReviewView":
        return cls.model_validate({**row.model_dump(), "review_id": row.id})


class SettleRequest(BaseModel):
    """A person's decision: `CHARGE` issues the estimate or invoice now; `LEAVE` lets things stand as they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"decision": "CHARGE"}]})

    decision: Literal["CHARGE", "LEAVE"]
