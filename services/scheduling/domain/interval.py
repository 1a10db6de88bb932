"""How long after the last session the next one is, where a clinician ordered an interval (domain D.3)."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Interval:
    """An order wants the next session so many `days` after `since`, the local day of the last one."""

    days: int
    since: date

    @property
    def due_on(self) -> date:
        return self.since + timedelta(days=self.days)

    def wording(self, day: date) -> str:
        """What a session on this day is, measured by the order."""
        after = f"{(day - self.since).days} d after the last session"
        if day == self.due_on:
            return f"{after}, as ordered."
        off = (day - self.due_on).days
        return f"{after}; {self.days} d are ordered, {abs(off)} d {'later' if off < 0 else 'earlier'}."


def next_due_on(last: date, ordered_days: int | None, protocol_days: int | None) -> date | None:
    """When the session after a complete course is due: as ordered, else as the protocol says; None: on request."""
    days = ordered_days or protocol_days
    return None if days is None else last + timedelta(days=days)
