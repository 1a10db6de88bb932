"""Where and when a location can take a session: weekdays, opening hours, closures, the length of a block."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.calendar import NoSuchLocalTime, at_local, local_date, local_time
from shared.clinicfile.model import WEEKDAYS, Opening, Weekday
from shared.clinicfile.policies import SessionPolicy


@dataclass(frozen=True, slots=True)
class Closure:
    """Local days, both included, on which a location is closed. `reason` is a code such as HOLIDAY."""

    first: date
    last: date
    reason: str

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Block:
    """The time that a session holds its chair, as UTC instants, from check-in to the end of turnover."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Block") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Place:
    """A location as the planner sees it. `length` is the whole block on the grid."""

    zone: str
    hours: Mapping[Weekday, Opening]
    closures: tuple[Closure, ...]
    length: timedelta

    def block(self, day: date, at: time) -> Block:
        """The block that starts at a local time. Raises NoSuchLocalTime."""
        start = at_local(day, at, self.zone)
        return Block(start, start + self.length)

    def local(self, instant: datetime) -> tuple[date, time]:
        """The local date and wall time of an instant."""
        return local_date(instant, self.zone), local_time(instant, self.zone)

    def shut(self, day: date, at: time) -> str | None:
        """Why a session cannot take place then, as a code; None when it can."""
        covering = next((closure for closure in self.closures if closure.covers(day)), None)
        if covering is not None:
            return f"CLOSED_{covering.reason}"
        return self.outside_hours(day, at)

    def outside_hours(self, day: date, at: time) -> str | None:
        """The same without closures: whether weekday and opening hours hold the whole block."""
        opening = self.hours.get(weekday(day))
        if opening is None:
            return "CLOSED_WEEKDAY"
        try:
            ends_at = self.block(day, at).ends_at
        except NoSuchLocalTime:
            return "CLOCK_SKIPS_TIME"
        same_day = local_date(ends_at, self.zone) == day
        within = at >= opening.opens and same_day and local_time(ends_at, self.zone) <= opening.closes
        return None if within else "OUTSIDE_HOURS"

    def opens_at(self, day: date, opening: Opening) -> datetime | None:
        """The instant of opening; None when the clock changes between then and a block after closing."""
        try:
            first = at_local(day, opening.opens, self.zone)
        except NoSuchLocalTime:
            return None
        open_for = datetime.combine(day, opening.closes) - datetime.combine(day, opening.opens)
        last, zone = first + open_for + self.length, ZoneInfo(self.zone)
        return first if first.astimezone(zone).utcoffset() == last.astimezone(zone).utcoffset() else None


def weekday(day: date) -> Weekday:
    return WEEKDAYS[day.weekday()]  # type: ignore[return-value]  # a tuple of str that holds the literals


def block_length(policy: SessionPolicy, minutes: int, *, watched: bool = False) -> timedelta:
    """Check-in, baseline, infusion, recovery and turnover, rounded up to the grid (domain D.2). Minutes in.

    `watched`: the minutes are those of the whole observation, as with a nasal spray, and no recovery comes on top.
    """
    recovery = 0 if watched else policy.recovery_minutes
    exact = policy.checkin_minutes + policy.baseline_minutes + minutes + recovery + policy.turnover_minutes
    return timedelta(minutes=-(-exact // policy.grid_minutes) * policy.grid_minutes)
