"""Who is offered a slot that became free, in which order, and until when (domain D.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from shared.calendar import local_time
from shared.clinicfile.booking import WaitlistPolicy

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wishes:
    """Local days and times at which an earlier slot suits; None: any. Ends are included."""

    first_day: date | None = None
    last_day: date | None = None
    from_time: time | None = None
    until_time: time | None = None

    def suits(self, day: date, at: time) -> bool:
        """Whether a start at that local time is wished for."""
        return (
            (self.first_day is None or self.first_day <= day)
            and (self.last_day is None or day <= self.last_day)
            and (self.from_time is None or self.from_time <= at)
            and (self.until_time is None or at <= self.until_time)
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody for whom a slot is right. `breach_at`: when the gap before the appointment grows too long, if ever."""

    entry_id: UUID
    priority: int
    breach_at: datetime | None
    asked_at: datetime


def ranked(waiting: Iterable[Waiting]) -> list[Waiting]:
    """By clinical priority, then whose gap is about to breach, then who asked first (D.4)."""
    return sorted(waiting, key=lambda one: (-one.priority, one.breach_at or _NEVER, one.asked_at, one.entry_id))


def answer_by(now: datetime, policy: WaitlistPolicy, zone: str) -> datetime:
    """Until when an offer may be answered: an hour by day, twelve overnight (D.4, `policy`)."""
    by_day = policy.day_from <= local_time(now, zone) < policy.day_until
    return now + (timedelta(minutes=policy.day_minutes) if by_day else timedelta(hours=policy.night_hours))
