"""What staff record on the day before a dose (domain A.4, A.5). Of each question the answer given last counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Meal(StrEnum):
    """LIGHT: a light meal, or milk. HEAVY: a heavy or fatty one."""

    LIGHT = "LIGHT"
    HEAVY = "HEAVY"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Solids(Part):
    """When the patient last ate, and what kind of meal it was."""

    at: AwareDatetime
    meal: Meal | None = Field(None, description="without it an infusion is refused: the limit depends on it")


class Pregnancy(Part):
    """What is known about a pregnancy today (SCR-020, SCR-021)."""

    possible: bool | None = Field(None, description="the patient could be pregnant")
    late_menses: bool | None = None
    tested_on: date | None = Field(None, description="local date of the newest test")
    pregnant: bool | None = Field(None, description="what that test, or the patient, says")


class SuicideScreen(Part):
    """A suicide screen, and whether it gave reason for concern."""

    at: AwareDatetime
    concern: bool


class DayAnswers(Part):
    """Answers before a dose. What is left out is not answered here."""

    solids: Solids | None = None
    clear_liquids_at: AwareDatetime | None = Field(None, description="when the patient last drank clear liquids")
    intoxicated: bool | None = Field(None, description="signs of intoxication are seen")
    medications_reviewed: bool | None = Field(None, description="changes of medication since last time were reviewed")
    allergies_reviewed: bool | None = None
    pregnancy: Pregnancy | None = None
    weighed_on: date | None = Field(None, description="local date of the weight that the dose goes by")
    assessed_at: AwareDatetime | None = Field(
        None, description="when the PHQ-9 and the instrument of what is treated were filled in"
    )
    suicide_screen: SuicideScreen | None = None
    monitoring_ready: bool | None = Field(None, description="monitoring staff and equipment are ready at the chair")
    pulse_oximeter: bool | None = Field(None, description="a pulse oximeter is at the chair (nasal spray)")
    prescriber_on_site: bool | None = Field(None, description="asked where the clinic keeps no roster here")
    own: dict[str, bool] = Field(
        default_factory=dict, max_length=20, description="what the clinic asks beside, by its code (`day_of.also`)"
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """Answers, when they were given and when they were written down."""

    answers: DayAnswers
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """A prescriber answered for a criterion at a moment. It covers what was known then, nothing told later."""

    criterion: str
    at: datetime
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """What is known on the day. `told_at` is when each question was last answered, by its name.

    `version` counts what was recorded.
    """

    answers: DayAnswers = field(default_factory=DayAnswers)
    told_at: Mapping[str, datetime] = field(default_factory=dict)
    overrides: Sequence[Override] = ()
    escort_adult: bool | None = None
    version: int = 0


ESCORT = "escort"


def gathered(recorded: Iterable[Recorded]) -> tuple[DayAnswers, dict[str, datetime]]:
    """The newest answer to each question, and when it was recorded. What happened later counts, however late an older
    answer is written down."""
    given: dict[str, Any] = {}
    own: dict[str, bool] = {}
    told_at: dict[str, datetime] = {}
    for one in sorted(recorded, key=lambda r: (r.occurred_at, r.recorded_at)):
        for name in DayAnswers.model_fields:
            value = getattr(one.answers, name)
            if name == "own":
                own |= value
                told_at |= {f"own/{code}": one.recorded_at for code in value}
            elif value is not None:
                given[name], told_at[name] = value, one.recorded_at
    return DayAnswers(**given, own=own), told_at
