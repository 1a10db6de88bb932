"""Waiting for an earlier slot. Local days and times are the clinic's."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.schemas.requests import LocalDay, LocalTime, Request
from shared.http import Instant
from shared.http.examples import APPOINTMENT, example


class WaitRequest(Request):
    """A booked appointment that its patient would have earlier; which days and starts would suit."""

    model_config = example({"appointment_id": str(APPOINTMENT), "first_day": "2026-12-01", "from_time": "10:00"})

    appointment_id: UUID
    first_day: LocalDay | None = None
    last_day: LocalDay | None = None
    from_time: LocalTime | None = Field(None, description="no start before")
    until_time: LocalTime | None = Field(None, description="no start after")
    priority: Annotated[int, Field(ge=0, le=2, description="set by staff: 2 before 1 before 0 (domain D.4)")] = 0

    @model_validator(mode="after")
    def _ordered(self) -> "WaitRequest":
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise PydanticCustomError("days_inverted", "last_day must not be before first_day.")
        if self.from_time is not None and self.until_time is not None and self.until_time < self.from_time:
            raise PydanticCustomError("times_inverted", "until_time must not be before from_time.")
        return self


class WaitState(StrEnum):
    """WAITING until an earlier slot was claimed (SERVED), or nobody waits any more (LEFT)."""

    WAITING = "WAITING"
    SERVED = "SERVED"
    LEFT = "LEFT"


class WaitView(BaseModel):
    """Somebody who waits for an earlier slot than `starts`."""

    entry_id: UUID
    version: int
    state: WaitState
    patient_id: UUID
    clinic_id: UUID
    appointment_id: UUID
    location: str
    starts: Instant
    priority: int
    first_day: date | None
    last_day: date | None
    from_time: time | None
    until_time: time | None
    asked_at: datetime
