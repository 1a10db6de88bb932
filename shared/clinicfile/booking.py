"""How long slots are kept for somebody, as numbers of the clinic file."""

from datetime import time
from typing import Annotated

from pydantic import Field, model_validator

from shared.clinicfile.policies import FilePart


class WaitlistPolicy(FilePart):
    """How an earlier slot that became free is offered to those who wait for one (domain D.4). Hours, minutes."""

    notice_hours: Annotated[
        int, Field(ge=0, le=168, description="so long before its start it is still offered: time to fast (A.4)")
    ] = 8
    offers_at_once: Annotated[int, Field(ge=1, le=50, description="to so many; the first yes wins")] = 5
    day_from: time = time(8)
    day_until: time = time(20)
    day_minutes: Annotated[int, Field(ge=5, le=1440, description="time to answer by day")] = 60
    night_hours: Annotated[int, Field(ge=1, le=48, description="time to answer overnight")] = 12

    @model_validator(mode="after")
    def _ordered(self) -> "WaitlistPolicy":
        if self.day_until <= self.day_from:
            raise ValueError("day_until must be after day_from")
        return self


class ReplanPolicy(FilePart):
    """What a change of an appointment weighs when others cannot take place and are re-planned: the lightest plan wins.

    Whole numbers, summed up over everybody affected. `improve_seconds`: so long another process may look for a lighter
    plan than one session after the other gives; 0: none looks.
    """

    another_chair: Annotated[int, Field(ge=0, le=10_000)] = 1
    another_hour: Annotated[int, Field(ge=0, le=10_000, description="for each hour, begun ones whole")] = 4
    another_day: Annotated[int, Field(ge=0, le=10_000, description="for each day")] = 40
    another_location: Annotated[int, Field(ge=0, le=10_000, description="of the same clinic")] = 60
    wish_broken: Annotated[int, Field(ge=0, le=10_000, description="for each wish that a session had and loses")] = 50
    no_driver: Annotated[int, Field(ge=0, le=10_000, description="when nobody can drive the patient home")] = 300
    one_more_at_the_end: Annotated[
        int, Field(ge=0, le=10_000, description="instead of a session, whatever its day")
    ] = 400
    not_placed: Annotated[int, Field(ge=0, le=100_000, description="for each session without another slot")] = 2000
    improve_seconds: Annotated[int, Field(ge=0, le=8)] = 4


class BookingPolicy(FilePart):
    """How long a slot waits for an answer. Minutes, hours, days."""

    hold_minutes: Annotated[int, Field(ge=1, le=120, description="a slot that somebody is about to book")] = 10
    offer_hours: Annotated[int, Field(ge=1, le=168, description="another slot that the clinic offers")] = 24
    offer_notice_hours: Annotated[
        int, Field(ge=0, le=168, description="so long before its start a slot is still offered")
    ] = 4
    visit_reach_days: Annotated[
        int, Field(ge=1, le=14, description="a visit is offered another day at most so far away")
    ] = 7
    repeated_misses: Annotated[
        int, Field(ge=2, le=20, description="so often missed or cancelled late, slots are released (D.4)")
    ] = 2
    repeated_days: Annotated[int, Field(ge=1, le=366, description="within so many days")] = 30
    waitlist: WaitlistPolicy = Field(default_factory=WaitlistPolicy)
    replan: ReplanPolicy = Field(default_factory=ReplanPolicy)
