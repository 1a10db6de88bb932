"""Proposals after a session, and what a clinician decides about them."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.schemas.fields import Code, Request
from shared.http import Instant
from shared.http.examples import example


class AcceptRequest(Request):
    """The proposal is what the clinician wants. A dilution is named as in an order, where the stock needs one."""

    model_config = example({"diluted_to_mg_per_ml": None})

    diluted_to_mg_per_ml: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)] | None = None


class RejectRequest(Request):
    """The clinician wants something else, and why."""

    model_config = example({"reason_code": "PATIENT_PREFERS_SAME_DOSE"})

    reason_code: Code


class ProposalView(BaseModel):
    """What the history after a session speaks for; it binds nobody. RAISE, CONTINUE, or HOLD: no dose.

    mg/kg in the unit of the protocol, mg at today's weight, days to the next maintenance session (null in a course).
    """

    id: UUID
    patient_id: UUID
    clinic_id: UUID
    session_id: UUID
    version: int
    state: Literal["OPEN", "ACCEPTED", "REJECTED", "OVERTAKEN"]
    proposed_at: Instant
    decided_at: Instant | None
    decided_by: str | None
    order_id: UUID | None = Field(description="the order that was signed for it")
    kind: Literal["RAISE", "CONTINUE", "HOLD"]
    protocol: str
    previous_mg_per_kg: Decimal
    mg_per_kg: Decimal | None
    dose_mg: int | None
    interval_days: int | None
    reasons: tuple[str, ...] = Field(examples=[["GATE_WITHOUT_BENEFIT", "WEIGHT_TOO_OLD"]])
