"""Requests and answers about what leaves the house for those who work there."""

from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.schemas.requests import Request
from shared.clinicfile.policies import Slug
from shared.http import Instant
from shared.http.examples import CLINIC, example, some_id


class FeedState(StrEnum):
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


class FeedRequest(Request):
    """A calendar of a staff member (shifts and absences), or of a location (appointments)."""

    model_config = example({"clinic_id": str(CLINIC), "staff_id": str(some_id("staff member"))})

    clinic_id: UUID
    staff_id: UUID | None = None
    location: Slug | None = None

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if (self.staff_id is None) == (self.location is None):
            raise PydanticCustomError("one_of_two", "Give either staff_id or location.")
        return self


class FeedView(BaseModel):
    """A calendar behind a secret link. Who holds the link reads it until it is revoked."""

    feed_id: UUID
    clinic_id: UUID
    version: int
    state: FeedState
    staff_id: UUID | None
    location: str | None
    opened_at: datetime
    opened_by: str
    revoked_at: datetime | None


class OpenedFeedView(FeedView):
    """The same when it is made, with its link, which nobody is shown again."""

    path: str = Field(description="the secret link, from the root of the host on which this API is reached")


class DayPackState(StrEnum):
    KEPT = "KEPT"
    REMOVED = "REMOVED"


class DayPackRequest(Request):
    """A pack of a location from today on, besides those that are made by themselves."""

    model_config = example({"clinic_id": str(CLINIC), "location": "main"})

    clinic_id: UUID
    location: Slug


class DayPackView(BaseModel):
    """Some local days of a location as a sealed file for a paper emergency. `asked`: not made at one of the times."""

    pack_id: UUID
    clinic_id: UUID
    location: str
    version: int
    state: DayPackState
    first_day: date
    days: int
    appointments: int
    made: Instant
    asked: bool
    made_by: str
    removed_at: datetime | None
