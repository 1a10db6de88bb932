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
HORIZON_DAYS = 800
CadenceDay = tuple[date, str | None]
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
        """Days by which sessions were moved, in all."""
        return sum(p.shift for p in self.placed)

    @property
    def cost(self) -> tuple[int, int]:
        """What makes other dates better: fewer passed over, then less shift."""
        return len(self.passed_over), self.shift


@dataclass(frozen=True, slots=True)
class Impossible:
    """No dates keep every rule; `violations` is what the cadence as it runs on would break."""

    violations: tuple[Violation, ...]


def plan_dates(limits: Limits) -> Dates | Impossible:
    """The dates with the fewest passed-over days and then the least total shift; equal ones: earlier moves first."""
    cadence = _until_enough_open(limits)
    if cadence is None:
        return Impossible((Violation("NO_OPEN_DAYS"),))
    found = _best(limits, cadence)
    if found is not None:
        return found
    run_on = [day for day, closed in cadence if closed is None]
    return Impossible(tuple(limits.violations(run_on)))


def _until_enough_open(limits: Limits) -> list[CadenceDay] | None:
    """The cadence up to the day on which enough of its days were open; each with why it is closed, or None."""
    cadence: list[CadenceDay] = []
    for day in _pattern_days(limits):
        cadence.append((day, limits.place.shut(day, limits.wish.at)))
        if sum(closed is None for _, closed in cadence) == limits.template.sessions:
            return cadence
    return None


def _pattern_days(limits: Limits) -> Iterator[date]:
    days = (limits.wish.start_on + timedelta(days=n) for n in range(HORIZON_DAYS))
    return filter(limits.wish.wants, days)


@dataclass(frozen=True, slots=True)
class _State:
    """All that the rest of a course depends on: `recent` are the days already placed in the week of the last one."""

    left: int
    first: date | None = None
    recent: tuple[date, ...] = ()

    def placing(self, day: date) -> "_State":
        week = day.isocalendar()[:2]
        recent = (*(d for d in self.recent if d.isocalendar()[:2] == week), day)
        return _State(self.left - 1, self.first or day, recent)


def _best(limits: Limits, cadence: Sequence[CadenceDay]) -> Dates | None:
    """Day by day along the cadence, with the best dates that lead to each state: closures do not multiply."""
    layer = {_State(limits.template.sessions): Dates(())}
    complete: list[Dates] = []
    for day in cadence:
        layer = _after(limits, layer, day)
        complete += [dates for state, dates in layer.items() if not state.left and not any(limits.whole(dates.days))]
        layer = {state: dates for state, dates in layer.items() if state.left}
    return min(complete, key=lambda dates: dates.cost, default=None)


def _after(limits: Limits, layer: dict[_State, Dates], day: CadenceDay) -> dict[_State, Dates]:
    """The states after one more cadence day, each with its best dates; of equal ones the first found stays."""
    candidates = _candidates(limits, day)
    following: dict[_State, Dates] = {}
    for state, dates in layer.items():
        for then, longer in _options(limits, state, dates, day, candidates):
            if then not in following or longer.cost < following[then].cost:
                following[then] = longer
    return following


def _options(
    limits: Limits, state: _State, dates: Dates, cadence_day: CadenceDay, candidates: Sequence[date]
) -> Iterator[tuple[_State, Dates]]:
    """What may become of a cadence day after what was placed before it."""
    nominal, closed = cadence_day
    for day in candidates:
        if not any(limits.after(state.recent, day)):
            yield state.placing(day), Dates((*dates.placed, Placed(day, nominal, closed)), dates.passed_over)
    if closed is not None:
        yield state, Dates(dates.placed, (*dates.passed_over, PassedOver(nominal, closed)))


def _candidates(limits: Limits, cadence_day: CadenceDay) -> list[date]:
    """Days that may serve for a cadence day, the nearest and then the earlier first."""
    nominal, closed = cadence_day
    if closed is None:
        days = [nominal]
    elif limits.wish.daily:
        days = []
    else:
        days = [nominal + timedelta(days=shift) for shift in _NEAREST_FIRST]
    open_days = (d for d in days if d >= limits.wish.start_on and not limits.place.shut(d, limits.wish.at))
    return [day for day in open_days if not any(limits.alone(day))]
