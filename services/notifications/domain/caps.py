"""How many ordinary texts somebody gets (domain E.2, E.5): 3 in a local day, 8 in any 7 local days."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PER_DAY, PER_WEEK = 3, 8
_DAY = timedelta(days=1)
LOOKS_BACK = timedelta(days=8)


def first_with_room(now: datetime, sent: Iterable[datetime], zone: str, opens: time = time(8)) -> datetime:
    """`now` when one more text stays within both caps, else `opens` on the first local day with room. UTC."""
    here = ZoneInfo(zone)
    days = [instant.astimezone(here).date() for instant in sent]
    today = day = now.astimezone(here).date()
    while not _has_room(day, days):
        day += _DAY
    return now.astimezone(UTC) if day == today else datetime.combine(day, opens, here).astimezone(UTC)


def _has_room(day: date, days: list[date]) -> bool:
    return days.count(day) < PER_DAY and sum(day - 7 * _DAY < other <= day for other in days) < PER_WEEK
