"""Finding, holding and confirming slots. Local days and times are the clinic's."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.schemas.answers import BlockerView, SlotView
from services.scheduling.schemas.requests import LocalDay, LocalTime, Request
from shared.clinicfile.policies import Slug
from shared.http import Instant
from shared.http.examples import APPOINTMENT, CLINIC, PATIENT, example

_VISIT = {"patient_id": str(PATIENT), "clinic_id": str(CLINIC), "location": "main", "kind": "consultation"}


class VisitFor(Request):
    """A visit of one of the clinic file's kinds, that is not booked yet."""

    model_config = example(_VISIT)

    patient_id: UUID
    clinic_id: UUID
    location: Slug
    kind: Slug


class SlotFor(Request):
    """What a slot is for, exactly one of three."""

    appointment_id: UUID | None = Field(None, description="a booked appointment that would move")
    course_id: UUID | None = Field(None, description="one more session of this course, after its last one")
    visit: VisitFor | None = Field(None, description="a visit that is no session")
    location: Slug | None = Field(None, description="where an appointment would move to; as it is when left out")

    @model_validator(mode="after")
    def _one(self) -> "SlotFor":
        if [self.appointment_id, self.course_id, self.visit].count(None) != 2:
            raise PydanticCustomError("slot_for_one", "Say one of appointment_id, course_id and visit.")
        if self.location is not None and self.appointment_id is None:
            raise PydanticCustomError("location_of_a_move_only", "Only an appointment moves to another location.")
        return self

    @property
    def visit_or_fail(self) -> VisitFor:
        """The visit of a slot that is for neither of the others."""
        if self.visit is None:
            raise LookupError("a slot is for an appointment, a course or a visit")
        return self.visit


class FindRequest(SlotFor):
    """Local days among which to look; a time that is wished for is explained as well."""

    model_config = example({"appointment_id": str(APPOINTMENT), "first_day": "2026-12-03", "time": "10:15"})

    first_day: LocalDay
    days: Annotated[int, Field(ge=1, le=31)] = 7
    time: LocalTime | None = Field(None, description="explain this time on the first day")


class HoldRequest(SlotFor):
    """Keep a local day and time for a short while."""

    model_config = example({"visit": _VISIT, "day": "2026-12-03", "time": "10:30"})

    day: LocalDay
    time: LocalTime


class WhyNotView(BaseModel):
    """A rule that stands against a time: a code with its numbers, and words for the screen."""

    code: str
    wording: str
    params: dict[str, Any]


class FoundView(BaseModel):
    """Slots in which every rule is kept, in order of time; nothing is held. `why_not` is about the time wished for.

    While there are `blockers` nothing can be booked at any time, and no slot is given.
    """

    patient_id: UUID
    clinic_id: UUID
    location: str
    kind: str
    slots: list[SlotView]
    why_not: list[WhyNotView]
    blockers: list[BlockerView]


class HoldState(StrEnum):
    """A slot is HELD until it is confirmed, released or its time is over."""

    HELD = "HELD"
    BOOKED = "BOOKED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


class HoldView(BaseModel):
    """A slot that nobody else can take until `held_until`."""

    hold_id: UUID
    version: int
    state: HoldState
    patient_id: UUID
    clinic_id: UUID
    kind: str
    appointment_id: UUID | None
    course_id: UUID | None
    location: str
    chair: str | None
    starts: Instant
    ends: Instant
    held_until: Instant
