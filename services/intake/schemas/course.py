"""What is asked around sessions and how it goes: due items, check-ins, reflections, outcomes."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.checkin import SideEffect
from services.intake.domain.observations import Source
from services.intake.domain.outcomes import MeanChange, OutcomeChange
from services.intake.domain.safety import Crisis
from services.intake.schemas.fields import Note, Request
from shared.events.parts import Modality
from shared.http import Instant
from shared.http.examples import example

CheckInOccasion = Literal["CHECK_IN_24H", "CHECK_IN_72H"]


class DueView(BaseModel):
    """A PHQ-9 or a check-in to be answered around a session. OVERDUE from `late_from` on."""

    id: UUID
    occasion: str
    instrument: Literal["PHQ9", "CHECK_IN"]
    appointment_id: UUID
    session_id: UUID | None
    state: Literal["DUE", "OVERDUE"]
    opens_at: Instant
    late_from: Instant


class AssessmentDueView(BaseModel):
    """Something to be answered: an instrument before a session, a check-in or an instrument after one. OVERDUE from
    `late_from` on. `by_staff`: patients do not fill it in by themselves.
    """

    id: UUID
    occasion: str
    instrument: str = Field(description="CHECK_IN, PHQ9 or a code of `GET /v1/instruments`")
    by_staff: bool
    appointment_id: UUID
    session_id: UUID | None
    state: Literal["DUE", "OVERDUE"]
    opens_at: Instant
    late_from: Instant


class IntakeAssessmentView(BaseModel):
    """An instrument that is asked before the first session. DUE, and OVERDUE from `late_from` on; ANSWERED; MISSED when
    the first session came before it. `by_staff`: patients do not fill it in by themselves.
    """

    id: UUID
    clinic_id: UUID | None
    instrument: str = Field(description="PHQ9 or a code of `GET /v1/instruments`")
    by_staff: bool
    state: Literal["DUE", "OVERDUE", "ANSWERED", "MISSED"]
    opens_at: Instant
    late_from: Instant
    settled_at: Instant | None


class CheckInRequest(Request):
    """How it is a day or three after a session. `unknown` is for what somebody would rather not say."""

    model_config = example(
        {
            "occasion": "CHECK_IN_24H",
            "session_id": "018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e11",
            "mood": 6,
            "side_effects": ["HEADACHE"],
            "unsafe_thoughts": "no",
        }
    )

    occasion: CheckInOccasion
    session_id: UUID
    mood: Annotated[int, Field(ge=0, le=10, description="0 worst, 10 best")]
    side_effects: tuple[SideEffect, ...] = Field((), max_length=len(SideEffect))
    unsafe_thoughts: Literal["yes", "no", "unknown"]
    note: Note | None = None


class CheckInView(BaseModel):
    """A check-in as it was recorded. `crisis` is help to show whatever else there is to say."""

    id: UUID
    occasion: str
    session_id: UUID
    recorded_at: Instant
    source: Source
    by: str
    mood: int
    side_effects: tuple[SideEffect, ...]
    unsafe_thoughts: str
    note: str | None
    crisis: Crisis | None = None


class ReflectionRequest(Request):
    """What came up in a session, in one's own words."""

    model_config = example({"text": "A long walk by the sea, and no hurry."})

    text: Note


class ReflectionView(BaseModel):
    """A reflection as it was written. `crisis` is help to show whatever else there is to say."""

    id: UUID
    session_id: UUID
    written_at: Instant
    source: Source
    by: str
    text: str
    crisis: Crisis | None = None


class OutcomeEntry(BaseModel):
    """One point of a patient's course: a filled instrument, a treatment, or a check-in; the other fields are null.

    `change` compares a total with the baseline: the last one before the first treatment, else the first one. It is null
    up to the baseline, and for a baseline of 0 points. The pain inventory has no total: `means` and `mean_change`.
    """

    id: UUID
    kind: Literal["SCORE", "TREATMENT", "CHECK_IN"]
    at: Instant
    instrument: str | None = None
    total: int | None = Field(None, description="points")
    band: str | None = None
    difficulty: int | None = Field(None, description="0 not difficult at all ... 3 extremely difficult; unscored")
    baseline: bool = False
    change: OutcomeChange | None = None
    means: dict[str, Decimal | None] = Field({}, description="SEVERITY and INTERFERENCE, 0 to 10; null: unknown")
    mean_change: MeanChange | None = Field(None, description="of INTERFERENCE")
    modality: Modality | None = None
    protocol: str | None = None
    dose_mg: int | None = Field(None, description="mg that were given")
    minutes: int | None = Field(None, description="of the infusion; of a spray until the end of observation")
    mood: int | None = Field(None, description="0 worst, 10 best")
    side_effects: tuple[SideEffect, ...] = ()
    supersedes: UUID | None = Field(None, description="the wrong one, of an instrument that staff corrected")
