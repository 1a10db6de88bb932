"""What a re-plan asks of patients, as a number (domain D.5, `policy`): the lightest plan changes least."""

from dataclasses import dataclass
from datetime import date, datetime, time

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.domain.place import weekday
from shared.clinicfile.booking import ReplanPolicy
from shared.clinicfile.model import Weekday
from shared.clinicfile.policies import Slug


class _Times(BaseModel):
    """Weekdays, and the local times between which it is; what is left out is any. Ends are included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[Weekday, ...] = Field((), max_length=7, description="none named: any")
    from_time: time | None = Field(None, description="local, as 09:00")
    until_time: time | None = Field(None, description="local, included")

    @model_validator(mode="after")
    def _in_order(self) -> "_Times":
        times = [at for at in (self.from_time, self.until_time) if at is not None]
        if any(at.tzinfo is not None for at in times):
            raise PydanticCustomError("local_time_only", "Send the clinic's local time without an offset, as 09:00.")
        if times != sorted(times):
            raise PydanticCustomError("times_inverted", "until_time must not be before from_time.")
        return self

    def on(self, day: date) -> bool:
        return not self.days or weekday(day) in self.days

    def at(self, at: time) -> bool:
        after = self.from_time is None or self.from_time <= at
        return after and (self.until_time is None or at <= self.until_time)


class Driver(_Times):
    """When somebody can come to drive the patient home: the session ends on such a day, between these times."""


class CourseWishes(_Times):
    """When and where sessions of a course suit their patient: they start on such a day, between these times.

    `same_slot`: every session at the hour it is booked at. Wishes forbid nothing; what breaks one weighs more.
    """

    locations: tuple[Slug, ...] = Field((), max_length=20, description="of the clinic; none named: any")
    same_slot: bool = False
    driver: Driver | None = None


ANYTHING = CourseWishes()


@dataclass(frozen=True, slots=True)
class Slot:
    """Where and when an appointment is, by the clinic's wall clock."""

    location: str
    day: date
    at: time
    until: time


def weight(policy: ReplanPolicy, wishes: CourseWishes, was: Slot, now: Slot, *, at_the_end: bool = False) -> int:
    """What a change weighs but for the chair. `at_the_end`: the session is cancelled and another one added there."""
    found = policy.one_more_at_the_end if at_the_end else policy.another_day * abs((now.day - was.day).days)
    found += policy.another_hour * -(-_minutes_between(was.at, now.at) // 60)
    found += policy.another_location * (now.location != was.location)
    found += policy.wish_broken * len(_broken(wishes, was, now) - _broken(wishes, was, was))
    return found + policy.no_driver * (_drives(wishes, was) and not _drives(wishes, now))


def _minutes_between(one: time, other: time) -> int:
    gap = datetime.combine(date.min, one) - datetime.combine(date.min, other)
    return abs(int(gap.total_seconds())) // 60


def _broken(wishes: CourseWishes, was: Slot, now: Slot) -> set[str]:
    kept = {
        "days": wishes.on(now.day), "times": wishes.at(now.at),
        "locations": not wishes.locations or now.location in wishes.locations,
        "same_slot": not wishes.same_slot or now.at == was.at,
    }  # fmt: skip
    return {wish for wish, is_kept in kept.items() if not is_kept}


def _drives(wishes: CourseWishes, slot: Slot) -> bool:
    return wishes.driver is None or (wishes.driver.on(slot.day) and wishes.driver.at(slot.until))
