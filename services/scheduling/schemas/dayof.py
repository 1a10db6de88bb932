"""The check on the day of a session: answered, overridden and shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.domain.dayanswers import DayAnswers
from services.scheduling.schemas.requests import Request, Source
from shared.http.examples import example


class DayCheckRequest(DayAnswers):
    """Answers before a dose (domain A.4, A.5). What is left out stays as it was answered before."""

    model_config = example(
        {
            "solids": {"at": "2026-11-29T19:30:00-07:00", "meal": "HEAVY"},
            "clear_liquids_at": "2026-11-30T06:15:00-07:00", "intoxicated": False, "medications_reviewed": True,
            "allergies_reviewed": True, "pregnancy": {"possible": False}, "weighed_on": "2026-11-23",
            "assessed_at": "2026-11-29T10:00:00-07:00",
            "suicide_screen": {"at": "2026-11-30T08:50:00-07:00", "concern": False}, "monitoring_ready": True,
            "prescriber_on_site": True,
        }
    )  # fmt: skip

    occurred_at: AwareDatetime | None = Field(None, description="when this was asked; now when left out")
    source: Source = Source.STAFF

    @model_validator(mode="after")
    def _says_something(self) -> "DayCheckRequest":
        if self.answers() == DayAnswers():
            raise PydanticCustomError("nothing_answered", "Answer at least one question.")
        return self

    def answers(self) -> DayAnswers:
        """The answers alone."""
        return DayAnswers.model_validate(self.model_dump(include=set(DayAnswers.model_fields)))


class DayOverrideRequest(Request):
    """A prescriber answers for one criterion that is unmet or unknown. Kept sealed."""

    model_config = example({"criterion": "NPO_VIOLATION", "reason": "Half a slice of toast five hours ago."})

    criterion: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$", description="its code")]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class DayOverrideDetail(BaseModel):
    """Which criterion, and why. Kept sealed."""

    criterion: str
    reason: str


class CriterionState(StrEnum):
    """OVERRIDDEN: a prescriber answered for it, and nothing about it was told since."""

    MET = "MET"
    UNMET = "UNMET"
    UNKNOWN = "UNKNOWN"
    OVERRIDDEN = "OVERRIDDEN"


class CriterionView(BaseModel):
    """A criterion of the check. `question` names the answer that decides it; `wording` says what to ask or to do."""

    code: str
    question: str
    state: CriterionState
    owner: str
    wording: str
    may_be_overridden: bool


class DayOverrideView(BaseModel):
    """What a prescriber answered for; of `criteria` and readiness it covers what was known then."""

    criterion: str
    reason: str
    by: str = Field(description="subject of the prescriber")
    at: datetime


class DayCheckView(BaseModel):
    """The check as it stands: of each question the answer given last. `version` counts what was recorded."""

    session_id: UUID
    version: int
    passed: bool = Field(description="every criterion is met or overridden; readiness names what else is missing")
    answers: DayAnswers
    criteria: list[CriterionView]
    overrides: list[DayOverrideView]
