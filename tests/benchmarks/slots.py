"""The course planner against trying every combination of dates that the same rules allow."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from itertools import combinations, product

from services.scheduling.domain.cadence import MAX_SHIFT_DAYS, Dates, plan_dates
from services.scheduling.domain.course import Limits
from shared.clock import monotonic
from tests.benchmarks.figures import Figure, by_turns
from tests.benchmarks.ground import Ground
from tests.unit.scheduling.kit import IV_MOOD_6, closed, limits, place

MONDAY = date(2027, 3, 1)
CLOSURES = closed(date(2027, 3, 3), date(2027, 3, 10), date(2027, 3, 12), reason="HOLIDAY")
COURSES, ROUNDS = 3, 3
Cost = tuple[int, int] | None


def asked() -> Limits:
    """Six sessions on Mondays, Wednesdays and Fridays at nine; three of those days are closed."""
    return limits(IV_MOOD_6, MONDAY, "mon wed fri", at=time(9), where=place(CLOSURES))


def planned(asked: Limits) -> Cost:
    """(Days passed over, days of shift) of the planner's dates."""
    found = plan_dates(asked)
    return found.cost if isinstance(found, Dates) else None


def tried(asked: Limits) -> Cost:
    """The same by trying everything."""
    return min(_every_plan(asked), default=None)


def _every_plan(asked: Limits) -> Iterator[tuple[int, int]]:
    cadence = _cadence(asked)
    shut = {day for day in cadence if asked.place.shut(day, asked.wish.at)}
    for count in range(len(shut) + 1):
        for passed in combinations(sorted(shut), count):
            nominal = [day for day in cadence if day not in passed][: asked.template.sessions]
            for days in product(*([*_near(asked, day)] if day in shut else [day] for day in nominal)):
                if len(days) == asked.template.sessions and not asked.violations(days):
                    yield count, sum(abs((day - n).days) for day, n in zip(days, nominal, strict=True))


def _near(asked: Limits, day: date) -> Iterator[date]:
    for shift in range(-MAX_SHIFT_DAYS, MAX_SHIFT_DAYS + 1):
        near = day + timedelta(days=shift)
        if near >= asked.wish.start_on and not asked.place.shut(near, asked.wish.at):
            yield near


def _cadence(asked: Limits) -> list[date]:
    days, day = list[date](), asked.wish.start_on
    while sum(not asked.place.shut(one, asked.wish.at) for one in days) < asked.template.sessions:
        days += [day] if asked.wish.wants(day) else []
        day += timedelta(days=1)
    return days


async def measure(_: Ground) -> list[Figure]:
    request = asked()

    async def ours() -> float:
        return _rate(lambda: planned(request))

    async def plain() -> float:
        return _rate(lambda: tried(request))

    rates = await by_turns({"ours": ours, "plain": plain}, ROUNDS)
    return [Figure("course search", "courses/s", rates["ours"], "every combination of dates", rates["plain"])]


def _rate(search: Callable[[], Cost]) -> float:
    began = monotonic()
    for _ in range(COURSES):
        search()
    return COURSES / (monotonic() - began)
