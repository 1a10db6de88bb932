"""The rules that a series of sessions must keep (domain D.1, D.5), and what it means to break one.

Gaps are start to start. A minimum in hours is elapsed time; a maximum in days is judged by the wall clock. The window
counts local days, both ends included. Sessions of one Monday-to-Sunday week are at most the pattern's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from services.scheduling.domain.place import Block, Place, weekday
from shared.calendar import span_days, within_wall_days
from shared.clinicfile.model import CourseTemplate, Weekday


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: the first local day wanted, weekdays, and the local time at which every session starts."""

    start_on: date
    pattern: frozenset[Weekday]
    at: time

    def wants(self, day: date) -> bool:
        return weekday(day) in self.pattern

    @property
    def daily(self) -> bool:
        """Consecutive weekdays, as pain courses have them: a closed day is passed over, never moved (D.5)."""
        return self.pattern >= {"mon", "tue", "wed", "thu", "fri"}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another live session of the patient, at any clinic, and the smallest gap of its own course."""

    starts_at: datetime
    min_gap: timedelta


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule. `number` is the session in question, counted from 1; None concerns the whole course."""

    code: str
    number: int | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """Everything that decides whether a day is good, alone and after the one before.

    `busy` are the blocks in which the patient is booked already, for whatever kind.
    """

    template: CourseTemplate
    wish: Wish
    place: Place
    now: datetime
    order_expires_at: datetime | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    busy: tuple[Block, ...] = ()

    @property
    def min_gap(self) -> timedelta:
        return timedelta(hours=self.template.min_gap_hours)

    def block(self, day: date) -> Block:
        """The block of a session on that day."""
        return self.place.block(day, self.wish.at)

    def starts_at(self, day: date) -> datetime:
        return self.block(day).starts_at

    def alone(self, day: date) -> Iterable[Violation]:
        """Rules that a day breaks by itself."""
        start = self.starts_at(day)
        if start <= self.now:
            yield Violation("IN_THE_PAST")
        if self.order_expires_at is not None and start >= self.order_expires_at:
            yield Violation("ORDER_ENDS_BEFORE")
        if any(self.too_near(start, other) for other in self.elsewhere):
            yield Violation("NEAR_OTHER_SESSION")
        elif any(self.block(day).overlaps(other) for other in self.busy):
            yield Violation("PATIENT_BOOKED_THEN")

    def too_near(self, start: datetime, other: Elsewhere) -> bool:
        """Between two courses the gap of the earlier one applies (D.5)."""
        gap = other.min_gap if other.starts_at <= start else self.min_gap
        return abs(start - other.starts_at) < gap or start == other.starts_at

    def after(self, days: Sequence[date], day: date) -> Iterable[Violation]:
        """Rules that a day breaks because of the days placed before it, in order."""
        if days and (day <= days[-1] or self.starts_at(day) - self.starts_at(days[-1]) < self.min_gap):
            yield Violation("MIN_GAP", params={"min_gap_hours": self.template.min_gap_hours})
        if days and not self._within_max_gap(days[-1], day):
            yield Violation("MAX_GAP", params={"max_gap_days": self.template.max_gap_days})
        if sum(_week(other) == _week(day) for other in days) >= len(self.wish.pattern):
            yield Violation("WEEK_FULL", params={"per_week": len(self.wish.pattern)})

    def _within_max_gap(self, earlier: date, later: date) -> bool:
        starts = self.starts_at(earlier), self.starts_at(later)
        return within_wall_days(*starts, self.template.max_gap_days, self.place.zone)

    def whole(self, days: Sequence[date]) -> Iterable[Violation]:
        """Rules about the course as a whole."""
        shortest, longest = self.template.window_days
        span = span_days(days[0], days[-1])
        if not shortest <= span <= longest:
            yield Violation("WINDOW", params={"days": span, "shortest": shortest, "longest": longest})

    def violations(self, days: Sequence[date]) -> list[Violation]:
        """Every broken rule of a complete series."""
        found: list[Violation] = []
        for index, day in enumerate(days):
            broken = [*self.alone(day), *self.after(days[:index], day)]
            found += [Violation(v.code, index + 1, v.params) for v in broken]
        return [*found, *self.whole(days)]


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]
