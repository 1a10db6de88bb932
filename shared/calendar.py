"""Local time: series across daylight saving, business days, elapsed against wall-clock days (domain D.5, F.6).

Pure: no clock, no database. Instants are UTC-aware datetimes; local dates and times belong to an IANA zone.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class NoSuchLocalTime(ValueError):
    """The local time does not exist on that date: daylight saving skipped it."""

    def __init__(self, on: date, at: time, zone: str) -> None:
        super().__init__(f"{on.isoformat()} {at.isoformat('minutes')} does not exist in {zone}")
        self.on, self.at, self.zone = on, at, zone


def at_local(on: date, at: time, zone: str) -> datetime:
    """The UTC instant of a local date and time. Of an hour that comes twice, the first (or `at.fold`) is meant.

    Raises NoSuchLocalTime when daylight saving skipped it.
    """
    local = datetime.combine(on, at, ZoneInfo(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchLocalTime(on, at, zone)
    return instant


def local_date(instant: datetime, zone: str) -> date:
    """The date on the clinic's wall calendar."""
    return instant.astimezone(ZoneInfo(zone)).date()


def local_time(instant: datetime, zone: str) -> time:
    """The time on the clinic's wall clock, without a zone; `fold` is 1 in the second run of a repeated hour."""
    return instant.astimezone(ZoneInfo(zone)).time()


def plus_local_days(instant: datetime, days: int, zone: str) -> datetime:
    """The same wall-clock time some local days later (or earlier). Raises NoSuchLocalTime."""
    return at_local(local_date(instant, zone) + timedelta(days=days), local_time(instant, zone), zone)


def elapsed_hours(earlier: datetime, later: datetime) -> float:
    """Hours that really passed, daylight saving included."""
    return (later - earlier) / timedelta(hours=1)


def within_wall_days(earlier: datetime, later: datetime, days: int, zone: str) -> bool:
    """Whether `later` is at most `days` later by the wall clock: the same time 7 days on is 7 days (D.5)."""
    return _wall(later, zone) - _wall(earlier, zone) <= timedelta(days=days)


def at_least_days(earlier: datetime, later: datetime, days: int, zone: str) -> bool:
    """Whether a minimum in days holds both elapsed and by the wall clock (D.5)."""
    least = timedelta(days=days)
    return later - earlier >= least and _wall(later, zone) - _wall(earlier, zone) >= least


def span_days(first: date, last: date) -> int:
    """Local days from first to last, counted inclusively (windows of D.1)."""
    return (last - first).days + 1


def is_business_day(day: date) -> bool:
    """Monday to Friday and no federal holiday, on its observed day (D.5)."""
    return day.weekday() < 5 and day not in _federal(day.year)


def business_days_after(day: date, count: int) -> date:
    """The `count`-th business day strictly after `day`. Raises ValueError below 1."""
    if count < 1:
        raise ValueError("count must be at least 1")
    following = (later for later in _days_from(day + DAY, DAY) if is_business_day(later))
    return next(later for number, later in enumerate(following, start=1) if number == count)


def business_day_before(day: date) -> date:
    """The last business day strictly before `day`."""
    return next(earlier for earlier in _days_from(day - DAY, -DAY) if is_business_day(earlier))


def business_days_between(after: date, through: date) -> int:
    """Business days after the first date, up to and including the second (F.6); 0 when the second is not later."""
    return sum(is_business_day(after + timedelta(days=n)) for n in range(1, (through - after).days + 1))


def _wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _days_from(day: date, step: timedelta) -> Iterator[date]:
    while True:
        yield day
        day += step


@lru_cache(maxsize=256)
def _federal(year: int) -> frozenset[date]:
    """Observed federal holidays that fall into a year; New Year's Day may be observed on 31 December before."""
    import holidays  # noqa: PLC0415 -- 4 MB, for whom it takes to count business days

    calendar = holidays.country_holidays("US", years=(year, year + 1), observed=True)
    return frozenset(day for day in calendar if day.year == year)
