"""Whatever is closed: no plan breaks a rule, and none is farther from the cadence than it must be."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise, product
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain.cadence import MAX_SHIFT_DAYS, Dates, plan_dates
from services.scheduling.domain.course import Elsewhere, Limits
from shared.clinicfile.model import CourseTemplate
from tests.unit.scheduling.kit import ZONE, closed, limits, place, weekday

MONDAY = date(2027, 3, 1)
SMALLEST = timedelta(hours=20)  # no course below has a smaller gap
PATTERNS = ["mon wed fri", "mon thu", "tue fri", "tue", "mon tue wed thu fri"]
OPEN = ["mon", "tue", "wed", "thu", "fri", "sat"]

offsets = st.sets(st.integers(0, 27), max_size=7)
templates = st.builds(
    lambda sessions, gap, most, window: CourseTemplate(
        sessions=sessions, patterns=(("mon",),), min_gap_hours=gap, max_gap_days=most, window_days=window
    ),
    st.integers(2, 5), st.sampled_from([20, 24, 48, 72]), st.integers(3, 9),
    st.sampled_from([(2, 40), (5, 21), (12, 21), (8, 14)]),
)  # fmt: skip
others = st.lists(st.integers(-72, 700), max_size=2).map(
    lambda hours: tuple(
        Elsewhere(datetime(2027, 3, 1, 16, tzinfo=UTC) + timedelta(hours=h), timedelta(hours=24)) for h in hours
    )
)


@st.composite
def requests(draw: st.DrawFn) -> Limits:
    shut = closed(*(MONDAY + timedelta(days=n) for n in sorted(draw(offsets))))
    open_on = OPEN[: draw(st.sampled_from([5, 6]))]
    return limits(
        draw(templates), MONDAY, draw(st.sampled_from(PATTERNS)), at=time(9), where=place(shut, open_on=open_on),  # type: ignore[arg-type]
        elsewhere=draw(others), now=datetime(2027, 2, 20, tzinfo=UTC),
    )  # fmt: skip


@given(requests())
@settings(max_examples=300, deadline=None)
def test_a_plan_keeps_every_rule(asked: Limits) -> None:
    found = plan_dates(asked)
    if isinstance(found, Dates):
        starts = [datetime.combine(day, time(9), ZoneInfo(ZONE)).astimezone(UTC) for day in found.days]
        gaps = [later - earlier for earlier, later in pairwise(starts)]
        assert min(gaps) >= timedelta(hours=asked.template.min_gap_hours)
        assert max(later - earlier for earlier, later in pairwise(found.days)).days <= asked.template.max_gap_days
        shortest, longest = asked.template.window_days
        assert shortest <= (found.days[-1] - found.days[0]).days + 1 <= longest
        assert max(Counter(day.isocalendar()[:2] for day in found.days).values()) <= len(asked.wish.pattern)
        assert min((abs(s - o.starts_at) for s in starts for o in asked.elsewhere), default=timedelta(2)) >= SMALLEST
        assert len(found.days) == asked.template.sessions
        assert [day for day in found.days if asked.place.shut(day, asked.wish.at)] == []
        assert all(p.shift <= MAX_SHIFT_DAYS and (p.shift == 0) == (p.closed is None) for p in found.placed)
        assert all(weekday(p.nominal) in asked.wish.pattern for p in found.placed)


@given(requests())
@settings(max_examples=300, deadline=None)
def test_no_plan_passes_over_fewer_days_or_shifts_less(asked: Limits) -> None:
    found = plan_dates(asked)
    cost = (len(found.passed_over), found.shift) if isinstance(found, Dates) else None
    assert cost == min(_every_plan(asked), default=None)


def _every_plan(asked: Limits) -> Iterator[tuple[int, int]]:
    """Brute force: which closed days are passed over, and where the others go. (Passed over, total shift) of each."""
    cadence = _cadence(asked)
    shut = [day for day in cadence if asked.place.shut(day, asked.wish.at)]
    for count in range(len(shut) + 1):
        for passed in combinations(shut, count):
            nominal = [day for day in cadence if day not in passed][: asked.template.sessions]
            if len(nominal) == asked.template.sessions and all(day < nominal[-1] for day in passed):
                yield from _placements(asked, nominal, set(shut), count)


def _placements(asked: Limits, nominal: list[date], shut: set[date], count: int) -> Iterator[tuple[int, int]]:
    for days in product(*(_near(asked, day) if day in shut else [day] for day in nominal)):
        if not asked.violations(days):
            yield count, sum(abs((day - n).days) for day, n in zip(days, nominal, strict=True))


def _near(asked: Limits, day: date) -> list[date]:
    if asked.wish.daily:
        return []
    near = (day + timedelta(days=n) for n in range(-MAX_SHIFT_DAYS, MAX_SHIFT_DAYS + 1))
    return [d for d in near if d >= MONDAY and not asked.place.shut(d, asked.wish.at)]


def _cadence(asked: Limits) -> list[date]:
    """Pattern days until enough of them are open."""
    days: list[date] = []
    day = MONDAY
    while sum(not asked.place.shut(d, asked.wish.at) for d in days) < asked.template.sessions:
        if asked.wish.wants(day):
            days.append(day)
        day += timedelta(days=1)
    return days
