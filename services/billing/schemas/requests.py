"""What a caller may ask of billing."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.reasons import Waiver
from shared.http.examples import example
from shared.money import Money

Method = Literal["CARD", "CASH", "CHECK", "BANK_TRANSFER"]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]
"""A local date that a payer can mean."""


def _shown(body: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid") | example(body)


class Amount(Money):
    """More than nothing, at most ten million of the currency."""

    amount_cents: Annotated[int, Field(gt=0, le=1_000_000_000)]


class SettleRequest(BaseModel):
    """A person's decision: `CHARGE` makes what is missing now; `LEAVE` lets things stand as they are.

    Leaving a fee (LATE_CANCEL, NO_SHOW) waives it and needs a `reason`; nothing else takes one.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"decision": "CHARGE"}, {"decision": "LEAVE", "reason": "ILLNESS"}]},
    )

    decision: Literal["CHARGE", "LEAVE"]
    reason: Waiver | None = None


class PaymentRequest(BaseModel):
    """Money that came in for an invoice."""

    model_config = _shown({"amount": {"amount_cents": 45000, "currency": "USD"}, "method": "CARD"})

    amount: Amount
    method: Method


class RefundRequest(BaseModel):
    """Money that goes back of a payment."""

    model_config = _shown({"amount": {"amount_cents": 45000, "currency": "USD"}, "method": "CARD"})

    amount: Amount
    method: Method


class RepayRequest(BaseModel):
    """How a package's refund goes back; the amount follows from what was used."""

    model_config = _shown({"method": "CARD"})

    method: Method


class WaiveRequest(BaseModel):
    """Why a fee is not taken."""

    model_config = _shown({"reason": "ILLNESS"})

    reason: Waiver


class PackageSale(BaseModel):
    """A package of the clinic's file, paid now."""

    model_config = _shown(
        {"clinic_id": "5a1f6f0e-6b1c-5d3e-9a55-0c3b7a1f2e11", "package": "six", "method": "CARD"}
    )  # fmt: skip

    clinic_id: UUID
    package: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="its id in the clinic file")]
    method: Method


class Terms(BaseModel):
    """What an authorisation is for and by whom, as it is kept sealed."""

    payer: Annotated[str, Field(min_length=1, max_length=100)]
    protocol: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]


class AuthorisationRequest(Terms):
    """What a payer authorised. A unit is a mg of the drug (F.1); both dates are local and inside."""

    model_config = _shown(
        {
            "clinic_id": "5a1f6f0e-6b1c-5d3e-9a55-0c3b7a1f2e11", "payer": "Meadow Mutual", "protocol": "SPR_TRD_IND",
            "units": 672, "valid_from": "2026-12-01", "valid_to": "2027-05-31",
        }
    )  # fmt: skip

    clinic_id: UUID
    units: Annotated[int, Field(gt=0, le=1_000_000)]
    valid_from: Day
    valid_to: Day

    @model_validator(mode="after")
    def _ordered(self) -> "AuthorisationRequest":
        if self.valid_to < self.valid_from:
            raise PydanticCustomError("dates_inverted", "valid_to must not be before valid_from.")
        return self
