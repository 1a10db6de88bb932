"""Wall clock of a clinic: a course keeps its local time of day when daylight saving begins or ends (domain D.4)."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def instant(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a local time; the earlier one when the clock shows it twice."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def is_skipped(day: date, at: time, zone: str) -> bool:
    """Whether daylight saving makes the clock skip that time on that day."""
    return wall(instant(day, at, zone), zone).time() != at


def wall(moment: datetime, zone: str) -> datetime:
    """What a clock on the clinic's wall shows: local date and time without a zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def local_day(moment: datetime, zone: str) -> date:
    return wall(moment, zone).date()
