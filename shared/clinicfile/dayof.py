"""What is asked on the day before a dose (domain A.4, A.5): fasting, and what one clinic asks beside the domain."""

from typing import Annotated

from pydantic import Field, model_validator

from shared.clinicfile.policies import FilePart
from shared.events.parts import Modality

Minutes = Annotated[int, Field(ge=0, le=24 * 60)]
_SPRAYS = frozenset({Modality.SPRAVATO_TRD, Modality.SPRAVATO_MDSI})


class FastingLimits(FilePart):
    """Minutes without food and drink before a dose (domain A.4); the limit itself passes."""

    light_minutes: Minutes = Field(360, description="since a light meal, or milk")
    heavy_minutes: Minutes = Field(480, description="since a heavy or fatty meal")
    clear_minutes: Minutes = Field(120, description="since clear liquids")

    @model_validator(mode="after")
    def _ordered(self) -> "FastingLimits":
        if self.heavy_minutes < self.light_minutes:
            raise ValueError("heavy_minutes must not be below light_minutes")
        return self


class OwnCriterion(FilePart):
    """Something that this clinic asks before each dose beside domain A.5; only yes lets the dose start."""

    code: Annotated[str, Field(pattern=r"^OWN_[A-Z0-9_]{1,36}$")]
    question: Annotated[str, Field(min_length=3, max_length=200, description="to be answered yes by the nurse")]
    may_be_overridden: bool = Field(True, description="by a prescriber, with a reason")


class DayOfPolicy(FilePart):
    """The check before each dose. Everything that domain A.5 names is always asked; a clinic may only add to it."""

    fasting: dict[Modality, FastingLimits] = Field(
        default_factory=dict, description="by modality; the limits of domain A.4 where one is left out"
    )
    pregnancy_test_days: int = Field(
        7, ge=0, description="how long before the course's first day a negative test may be (SCR-021); left out:"
        " pregnancy_test_days of the rules; no other number is taken",
    )  # fmt: skip
    sweep_hours: Annotated[tuple[Annotated[int, Field(ge=1, le=336)], ...], Field(min_length=1, max_length=10)] = Field(
        (72, 24, 2), description="so long before each session somebody is told what blocks it"
    )
    also: Annotated[tuple[OwnCriterion, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "DayOfPolicy":
        codes = [criterion.code for criterion in self.also]
        if len({*codes}) < len(codes):
            raise ValueError("each code of also may be used once")
        return self

    def limits(self, modality: Modality) -> FastingLimits:
        """How long a patient fasts before a dose of this kind. For a nasal spray any food counts alike (A.8)."""
        return self.fasting.get(modality, _SPRAY_LIMITS if modality in _SPRAYS else FastingLimits())


_SPRAY_LIMITS = FastingLimits(light_minutes=120, heavy_minutes=120, clear_minutes=30)
