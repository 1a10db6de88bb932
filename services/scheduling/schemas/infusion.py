"""Requests and answers about a running infusion: pauses, resumptions, rates; and rules that were broken in fact."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.scheduling.domain.deviation import DeviationCode
from services.scheduling.domain.infusion import ChangeReason, Step
from services.scheduling.schemas.attestation import Attestation
from services.scheduling.schemas.requests import Request, Source
from shared.http.examples import example

Rate = Annotated[Decimal, Field(gt=0, le=2000, max_digits=7, decimal_places=2, description="mL/h")]


class InfusionChangeRequest(Request):
    """An infusion is paused. `happened`: it was done already; then it is recorded whatever rules say, and what broke
    one is a deviation. What is from paper, or minutes old (the clinic's policy), has always happened already.
    """

    model_config = example({"reason": "PRESSURE"})

    reason: ChangeReason
    occurred_at: AwareDatetime | None = Field(None, description="now when left out")
    source: Source = Source.STAFF
    happened: bool = False


class ResumeRequest(InfusionChangeRequest):
    """A paused infusion goes on."""

    model_config = example({"reason": "SETTLED"})

    attestation: Attestation | None = Field(None, description="as for the start, when intake was not heard lately")


class RateRequest(InfusionChangeRequest):
    """An infusion runs at another rate, at most the ordered one."""

    model_config = example({"reason": "DISSOCIATION", "rate_ml_per_hour": "40"})

    rate_ml_per_hour: Rate


ToldCode = Literal[
    DeviationCode.PRESCRIBER_ABSENT, DeviationCode.NURSE_RATIO_EXCEEDED, DeviationCode.LEFT_WITHOUT_ESCORT,
    DeviationCode.OTHER_RULE,
]  # fmt: skip


class DeviationRequest(Request):
    """Staff tell that a rule was broken. Kept sealed."""

    model_config = example({"code": "PRESCRIBER_ABSENT", "note": "Called to the emergency room from 10:05 to 10:20."})

    code: ToldCode
    note: Annotated[str, Field(min_length=3, max_length=500)]
    occurred_at: AwareDatetime | None = Field(None, description="now when left out")


class ChangeView(BaseModel):
    """One change of an infusion: when it happened, when and by whom it was recorded, why. mL/h."""

    step: Step
    reason: ChangeReason
    rate_ml_per_hour: Decimal | None
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: str
    source: str


class InfusionView(BaseModel):
    """How far an infusion has come by now, or by its end: mg and whole minutes by the rate and time that it ran."""

    given_mg: Decimal
    minutes: int
    rate_ml_per_hour: Decimal
    paused_since: datetime | None
    changes: list[ChangeView]


class DeviationView(BaseModel):
    """A rule that was broken in fact; somebody looks at it (worklist of intake)."""

    deviation_id: UUID
    code: DeviationCode
    finding: str
    occurred_at: datetime
    recorded_at: datetime
