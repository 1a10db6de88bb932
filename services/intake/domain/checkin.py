"""The check-in after a session (domain B.8): mood, side effects, unsafe thoughts."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from services.intake.domain.due import Occasion
from services.intake.domain.observed import Observed
from services.intake.domain.safety import UNSAFE_THOUGHTS, Concern, Risk
from shared.events.parts import ScoreDetail

NO_BAND = "NONE"


class SideEffect(StrEnum):
    """What may be felt after a session."""

    NAUSEA = "NAUSEA"
    VOMITING = "VOMITING"
    HEADACHE = "HEADACHE"
    DIZZINESS = "DIZZINESS"
    SLEEPINESS = "SLEEPINESS"
    DISSOCIATION = "DISSOCIATION"
    ANXIETY = "ANXIETY"
    BLURRED_VISION = "BLURRED_VISION"
    BLADDER_PAIN = "BLADDER_PAIN"
    SLEEPLESSNESS = "SLEEPLESSNESS"
    OTHER = "OTHER"


class CheckInAnswers(Observed):
    """The answers as they are kept, sealed. Mood is 0 (worst) to 10 (best)."""

    mood: Annotated[int, Field(ge=0, le=10)]
    side_effects: tuple[SideEffect, ...] = ()
    unsafe_thoughts: Literal["yes", "no", "unknown"]
    note: str | None = None


def concerns_of_check_in(answers: CheckInAnswers) -> tuple[Concern, ...]:
    """What its answer about unsafe thoughts means."""
    return concerns_of_thoughts(answers.unsafe_thoughts)


def concerns_of_thoughts(unsafe: str) -> tuple[Concern, ...]:
    """A yes is MODERATE like a point of item 9 (A.6); not saying is no "no", so that somebody asks: LOW."""
    risk = {"yes": Risk.MODERATE, "unknown": Risk.LOW}.get(unsafe)
    return (Concern(risk=risk, source=UNSAFE_THOUGHTS),) if risk else ()


def score_of_check_in(occasion: Occasion, answers: CheckInAnswers) -> ScoreDetail:
    """What other services hear: the mood as total, which has no bands, and what was answered with a yes."""
    unsafe = (UNSAFE_THOUGHTS,) if answers.unsafe_thoughts == "yes" else ()
    effects = tuple(sorted({effect.value for effect in answers.side_effects}))
    return ScoreDetail(instrument=occasion, total=answers.mood, band=NO_BAND, positive_items=(*unsafe, *effects))
