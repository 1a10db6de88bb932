"""Quiet hours (domain E.2): texts reach people from 08:00 until before 21:00 by their own clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Quiet from `begins` until before `ends`, local time; both on one day when `begins` is earlier."""

    begins: time = time(21, 0)
    ends: time = time(8, 0)

    def cover(self, local: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


def quiet_at(instant: datetime, zone: str, quiet: QuietHours = QuietHours()) -> bool:
    """Whether the instant is a quiet one by the clock of `zone`."""
    return quiet.cover(instant.astimezone(ZoneInfo(zone)).time())


def next_allowed(instant: datetime, zone: str, quiet: QuietHours = QuietHours()) -> datetime:
    """`instant` itself when allowed, else the next minute that is (E.2: reminders shift FORWARD). UTC."""
    local = instant.astimezone(ZoneInfo(zone))
    if not quiet.cover(local.time()):
        return instant.astimezone(UTC)
    day = local.date() + timedelta(days=0 if local.time() < quiet.ends else 1)
    return datetime.combine(day, quiet.ends, ZoneInfo(zone)).astimezone(UTC)


def last_allowed(instant: datetime, zone: str, quiet: QuietHours = QuietHours()) -> datetime:
    """`instant` itself when allowed, else the last whole minute before it that is (E.5: BACKWARD). UTC."""
    local = instant.astimezone(ZoneInfo(zone))
    if not quiet.cover(local.time()):
        return instant.astimezone(UTC)
    day = local.date() - timedelta(days=0 if local.time() >= quiet.begins else 1)
    return datetime.combine(day, quiet.begins, ZoneInfo(zone)).astimezone(UTC) - _MINUTE


def recipient_zone(profile_zone: str | None, clinic_zone: str) -> str:
    """The zone of the recipient's profile, else the clinic's; a profile zone that does not exist counts as none."""
    return profile_zone if profile_zone in available_timezones() else clinic_zone
