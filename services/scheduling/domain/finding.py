"""Every time of some days at which an appointment breaks no rule, found for all times of a day at once.

What the course and the patient's other sessions forbid is left out first; seats, the patient's own time, the roster and
who interprets are bits on minutes. `Room.violations` says of one time which rules it breaks; a property test compares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.scheduling.domain.corridor import admitted
from services.scheduling.domain.course import Limits
from services.scheduling.domain.cover import Site
from services.scheduling.domain.covering import Wanted, uncovered
from services.scheduling.domain.interpreting import Hearing, unheard
from services.scheduling.domain.minutes import Windows, reaching, run, whole_minutes
from services.scheduling.domain.place import Block
from services.scheduling.domain.series import Series
from services.scheduling.domain.visits import open_starts
from shared.events.parts import Modality


@dataclass(frozen=True, slots=True)
class Staffing:
    """The site that has to cover a session, how long after its start the dose starts, and what is given."""

    site: Site
    until_dose: timedelta
    modality: Modality


@dataclass(frozen=True, slots=True)
class Search:
    """What decides where one appointment may go. `seats`: when each of those that it may have is taken."""

    limits: Limits
    grid: timedelta
    seats: Sequence[Sequence[Block]]
    series: Series | None = None
    number: int = 0
    staffing: Staffing | None = None
    hearing: Hearing | None = None

    def blocks(self, days: Sequence[date]) -> list[Block]:
        """The blocks of those days, which ascend, at which nothing is broken, in order of time.

        Raises BetweenMinutes when a start, a session or somebody's duty is not on whole minutes.
        """
        wanted = [starts for starts in self._possible(days) if starts]
        if not wanted:
            return []
        origin, length = wanted[0][0], whole_minutes(self.limits.place.length)
        around = self.staffing.site.policy.start_minutes if self.staffing else 0
        minutes = [[whole_minutes(start - origin) for start in starts] for starts in wanted]
        windows = Windows(origin, [(these[0] - around, these[-1] + length + around) for these in minutes])
        forbidden = self._forbidden(windows, length)
        return [
            Block(start, start + self.limits.place.length)
            for n, (since, _) in enumerate(windows.spans)
            for start, minute in zip(wanted[n], minutes[n], strict=True)
            if not forbidden[n] >> minute - since & 1
        ]

    def _possible(self, days: Sequence[date]) -> list[list[datetime]]:
        """Per day what is open and ahead, under the order, and far enough from every other session of the patient."""
        limits = self.limits
        in_course = admitted(self.series, self.number) if self.series else None
        found = []
        for day in days:
            starts = [start for start in open_starts(limits.place, day, self.grid) if start > limits.now]
            if limits.order_expires_at is not None:
                starts = [start for start in starts if start < limits.order_expires_at]
            starts = self._apart(starts)
            found.append(in_course(day, starts) if in_course else starts)
        return found

    def _apart(self, starts: list[datetime]) -> list[datetime]:
        if not starts:
            return starts
        first, last, limits = starts[0], starts[-1], self.limits
        near = [
            o for o in limits.elsewhere if first - o.starts_at <= o.min_gap and o.starts_at - last <= limits.min_gap
        ]
        return [s for s in starts if not any(limits.too_near(s, other) for other in near)] if near else starts

    def _forbidden(self, windows: Windows, length: int) -> list[int]:
        """For each window the minutes at which no block may start."""
        found = [reaching(minutes, length) for minutes in windows.taken(self.limits.busy)]
        seats = [windows.taken(blocks) for blocks in self.seats]
        for n, (since, until) in enumerate(windows.spans):
            unseated = run(0, until - since)
            for seat in seats:
                unseated &= reaching(seat[n], length)
                if not unseated:
                    break
            found[n] |= unseated
        if self.hearing is not None:
            found = [a | b for a, b in zip(found, unheard(self.hearing, length, windows), strict=True)]
        if self.staffing is None:
            return found
        wanted = Wanted(length, whole_minutes(self.staffing.until_dose), self.staffing.modality)
        return [a | b for a, b in zip(found, uncovered(self.staffing.site, wanted, windows), strict=True)]
