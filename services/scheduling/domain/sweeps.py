"""When the readiness of a booked session is looked at, and what of it can be settled before the day."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.scheduling.domain.care import Blocker
from services.scheduling.domain.settling import settling_of
from shared.events.readying import OpenBlocker, ReadinessDetail


def passed(hours: Iterable[int], starts_at: datetime, now: datetime) -> int | None:
    """The sweep that was due last, named by its hours before the start; None before the first and from the start on."""
    due = [h for h in hours if starts_at - timedelta(hours=h) <= now < starts_at]
    return min(due, default=None)


def next_sweep(
    hours: Sequence[int], starts_at: datetime, now: datetime, after: int | None = None
) -> tuple[int, datetime] | None:
    """The next sweep after the one named, and when: at once if its time has come already (a session booked late)."""
    left = [h for h in hours if after is None or h < after]
    missed = passed(left, starts_at, now)
    if missed is not None:
        return missed, now
    ahead = [h for h in left if starts_at - timedelta(hours=h) > now]
    return (max(ahead), starts_at - timedelta(hours=max(ahead))) if ahead else None


def to_settle(blockers: Iterable[Blocker], starts_at: datetime) -> ReadinessDetail:
    """What can be settled before the day: the rest is measured and asked when the patient is here."""
    return ReadinessDetail(
        blockers=tuple(
            OpenBlocker(code=blocker.code, owner=blocker.owner, deadline=settling_of(blocker.code).deadline(starts_at))
            for blocker in blockers
            if settling_of(blocker.code).hours > 0
        )
    )


def codes(detail: ReadinessDetail) -> list[str]:
    """The set of blockers, one entry per document or fact that is missing."""
    return sorted(blocker.code for blocker in detail.blockers)
