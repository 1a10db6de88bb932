"""From a wish to dates (domain D.3, D.5).

The cadence is every pattern day from the first day wanted. Only closed days are moved, each by at most three days, with
the least total shift; a closed day that cannot be moved is passed over and the cadence runs on. As few days as possible
are passed over. If even that breaks a rule, there is no plan and a clinician decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.scheduling.domain.course import Limits, Violation

MAX_SHIFT_DAYS = 3
HORIZON_DAYS = 400
_NEAREST_FIRST = sorted((d for d in range(-MAX_SHIFT_DAYS, MAX_SHIFT_DAYS + 1) if d), key=lambda d: (abs(d), d))


@dataclass(frozen=True, slots=True)
class Placed:
    """A session's local day. `nominal` is the cadence's day; `closed` says why that day was not used."""

    day: date
    nominal: date
    closed: str | None = None

    @property
    def shift(self) -> int:
        """Days between the cadence's day and the day used."""
        return abs((self.day - self.nominal).days)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A closed day of the cadence that nothing replaces; the course ends later for it."""

    day: date
    closed: str


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a whole course."""

    placed: tuple[Placed, ...]
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(p.day for p in self.placed)

    @property
    def shift(self) -> int:
        return sum(p.shift for p in self.placed)


@dataclass(frozen=True, slots=True)
class Impossible:
    """No dates keep every rule; `violations` is what the cadence as it runs on would break."""

    violations: tuple[Violation, ...]


def plan_dates(limits: Limits) -> Dates | Impossible:
    """The dates with the fewest passed-over days and then the least total shift; equal ones: earlier moves first."""
    cadence = _until_enough_open(limits)
    if cadence is None:
        return Impossible((Violation("NO_OPEN_DAYS"),))
    for skips in range(sum(closed is not None for _, closed in cadence) + 1):
        found = _Search(limits, cadence).least(skips)
        if found is not None:
            return found
    run_on = [day for day, closed in cadence if closed is None]
    return Impossible(tuple(limits.violations(run_on)))


def _until_enough_open(limits: Limits) -> list[tuple[date, str | None]] | None:
    """The cadence up to the day on which enough of its days were open; each with why it is closed, or None."""
    cadence: list[tuple[date, str | None]] = []
    for day in _pattern_days(limits):
        cadence.append((day, limits.place.shut(day, limits.wish.at)))
        if sum(closed is None for _, closed in cadence) == limits.template.sessions:
            return cadence
    return None


def _pattern_days(limits: Limits) -> Iterator[date]:
    days = (limits.wish.start_on + timedelta(days=n) for n in range(HORIZON_DAYS))
    return filter(limits.wish.wants, days)


class _Search:
    """Depth first over the cadence with the best so far as bound."""

    def __init__(self, limits: Limits, cadence: Sequence[tuple[date, str | None]]) -> None:
        self._limits, self._cadence = limits, cadence
        self._best: Dates | None = None

    def least(self, skips: int) -> Dates | None:
        """The dates with the least total shift among those that pass over exactly `skips` closed days."""
        self._go(0, (), (), skips)
        return self._best

    def _go(self, index: int, placed: tuple[Placed, ...], passed: tuple[PassedOver, ...], skips: int) -> None:
        so_far = Dates(placed, passed)
        if self._best is not None and so_far.shift >= self._best.shift:
            return
        if len(placed) == self._limits.template.sessions:
            if not skips and not any(self._limits.whole(so_far.days)):
                self._best = so_far
            return
        if index == len(self._cadence) or self._too_far(index, placed):
            return
        nominal, closed = self._cadence[index]
        for day in self._candidates(nominal, closed):
            if not any(self._limits.alone(day)) and not any(self._limits.after(so_far.days, day)):
                self._go(index + 1, (*placed, Placed(day, nominal, closed)), passed, skips)
        if closed is not None and skips:
            self._go(index + 1, placed, (*passed, PassedOver(nominal, closed)), skips - 1)

    def _too_far(self, index: int, placed: tuple[Placed, ...]) -> bool:
        """Whether no later day can follow any more, so that the search need not go on."""
        reach = self._limits.template.max_gap_days + MAX_SHIFT_DAYS
        return bool(placed) and (self._cadence[index][0] - placed[-1].day).days > reach

    def _candidates(self, nominal: date, closed: str | None) -> list[date]:
        if closed is None:
            return [nominal]
        if self._limits.wish.daily:
            return []
        near = (nominal + timedelta(days=shift) for shift in _NEAREST_FIRST)
        return [
            d for d in near if d >= self._limits.wish.start_on and not self._limits.place.shut(d, self._limits.wish.at)
        ]
