"""The course planner against trying every combination of dates that the same rules allow, and the search for slots
against asking every rule about every time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, time, timedelta
from itertools import combinations, product

from services.scheduling.domain.cadence import MAX_SHIFT_DAYS, Dates, plan_dates
from services.scheduling.domain.course import Limits
from services.scheduling.domain.place import Block
from shared.clock import monotonic
from tests.benchmarks.figures import Figure, at_most, by_turns, times
from tests.benchmarks.ground import Ground
from tests.unit.scheduling.kit import IV_MOOD_6, closed, limits, place
from tests.unit.scheduling.rooms import CHAIRS, DAYS, large_room

MONDAY = date(2027, 3, 1)
CLOSURES = closed(date(2027, 3, 3), date(2027, 3, 10), date(2027, 3, 12), reason="HOLIDAY")
COURSES, SEARCHES, ROUNDS = 3, 20, 3
WITHIN_MS = 5.0
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


Way = Callable[[], object]


async def measure(_: Ground) -> list[Figure]:
    request, (room, days) = asked(), large_room()
    courses = await _rates(lambda: planned(request), lambda: tried(request), (COURSES, COURSES))
    slots = await _rates(lambda: room.alternatives(days), lambda: list(room.one_by_one(days)), (SEARCHES, 1))
    what = f"slots of {CHAIRS} chairs by {DAYS} days"
    return [
        Figure("course search", "courses/s", courses["ours"], "every combination of dates", courses["plain"]),
        Figure(what, "searches/s", slots["ours"], "every rule asked about every time", slots["plain"], times(10)),
        Figure(what, "ms", 1000 / slots["ours"], bar=at_most(WITHIN_MS)),
    ]


async def _rates(ours: Way, plain: Way, often: tuple[int, int]) -> dict[str, float]:
    async def measure_ours() -> float:
        return _rate(ours, often[0])

    async def measure_plain() -> float:
        return _rate(plain, often[1])

    return await by_turns({"ours": measure_ours, "plain": measure_plain}, ROUNDS)


def _rate(search: Way, often: int) -> float:
    began = monotonic()
    for _ in range(often):
        search()
    return often / (monotonic() - began)


def both_ways() -> tuple[Sequence[Block], Sequence[Block]]:
    """The slots of the large room as the search finds them, and by asking every rule."""
    room, days = large_room()
    return room.alternatives(days), list(room.one_by_one(days))
