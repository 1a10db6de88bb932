"""A course that changes: may a session stand at another time, and does what is left keep its gaps (domain D.4, D.5)?

Unlike a plan, which has one local time, a series that was changed has a time per session.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from services.scheduling.domain.appointment import DOSED, LIVE, State
from services.scheduling.domain.course import Violation
from shared.calendar import local_date, span_days, within_wall_days
from shared.clinicfile.model import CourseTemplate

Gap = tuple[datetime, datetime]


class CourseState(StrEnum):
    """NEEDS_CLINICIAN: what is left breaks a gap, and a clinician decides how to go on."""

    ACTIVE = "ACTIVE"
    NEEDS_CLINICIAN = "NEEDS_CLINICIAN"
    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Standing:
    """A session of the course that took place or will: number, start, state."""

    number: int
    starts_at: datetime
    state: State


@dataclass(frozen=True, slots=True)
class Series:
    """The sessions that stand, in order of their numbers, and the rules they are under."""

    template: CourseTemplate
    zone: str
    standing: Sequence[Standing]

    def violations(self, number: int, starts_at: datetime) -> list[Violation]:
        """Every rule of the course that session `number` would break at `starts_at`, beside the others."""
        others = [s for s in self.standing if s.number != number]
        before = max((s.starts_at for s in others if s.number < number), default=None)
        after = min((s.starts_at for s in others if s.number > number), default=None)
        starts = sorted([*(s.starts_at for s in others), starts_at])
        return [
            *self._beside(before, starts_at), *self._beside(starts_at, after),
            *self._week(starts_at, [s.starts_at for s in others]), *self._window(starts),
        ]  # fmt: skip

    def _beside(self, earlier: datetime | None, later: datetime | None) -> Iterator[Violation]:
        if earlier is None or later is None:
            return
        if later <= earlier:
            yield Violation("OUT_OF_ORDER")
        elif later - earlier < timedelta(hours=self.template.min_gap_hours):
            yield Violation("MIN_GAP", params={"min_gap_hours": self.template.min_gap_hours})
        elif not within_wall_days(earlier, later, self.template.max_gap_days, self.zone):
            yield Violation("MAX_GAP", params={"max_gap_days": self.template.max_gap_days})

    def _week(self, starts_at: datetime, others: Sequence[datetime]) -> Iterator[Violation]:
        """A local Monday-to-Sunday week holds at most as many sessions as the protocol's densest pattern."""
        most = max(map(len, self.template.patterns))
        if sum(self._week_of(other) == self._week_of(starts_at) for other in others) >= most:
            yield Violation("WEEK_FULL", params={"per_week": most})

    def _week_of(self, starts_at: datetime) -> tuple[int, int]:
        return local_date(starts_at, self.zone).isocalendar()[:2]

    def _window(self, starts: Sequence[datetime]) -> Iterator[Violation]:
        """The whole course keeps the window; one that lost sessions may be shorter, never longer."""
        shortest, longest = self.template.window_days
        span = span_days(local_date(starts[0], self.zone), local_date(starts[-1], self.zone))
        complete = len(starts) >= self.template.sessions
        if span > longest or (complete and span < shortest):
            yield Violation("WINDOW", params={"days": span, "shortest": shortest, "longest": longest})

    @property
    def long_gaps(self) -> frozenset[Gap]:
        """Gaps longer than the protocol allows without a clinician."""
        starts = sorted(s.starts_at for s in self.standing)
        return frozenset(gap for gap in pairwise(starts) if self._too_long(*gap))

    def state(self, accepted: frozenset[Gap] = frozenset(), *, settled: bool = False) -> CourseState:
        """The state after a session was moved, cancelled, missed or ended. `accepted` gaps were known before.

        `settled`: a session was just carried out to its end, or a clinician looked at the course; a course whose last
        sessions were merely cancelled is not complete by itself.
        """
        if any(s.state in LIVE for s in self.standing):
            return CourseState.NEEDS_CLINICIAN if self.long_gaps - accepted else CourseState.ACTIVE
        if not self.standing:
            return CourseState.CANCELLED
        done = any(s.state is State.COMPLETED for s in self.standing)
        return CourseState.COMPLETE if settled and done else CourseState.NEEDS_CLINICIAN

    def _too_long(self, earlier: datetime, later: datetime) -> bool:
        return not within_wall_days(earlier, later, self.template.max_gap_days, self.zone)


def stands(state: State) -> bool:
    """Whether a session took place, or will."""
    return state in LIVE or state in DOSED
