"""How many ordinary texts somebody gets (domain E.2, E.5): 3 in a local day, 8 in any 7 local days.

A course of three sessions a week owes twelve texts a week, so that every text leaves room for what matters more: news
of a visit, then the reminder a day before, the first check-in, the second one, and last the reminder on the day itself
(docs/decisions/0008). An offer is news that a later day is too late for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PER_DAY, PER_WEEK = 3, 8
_DAY = timedelta(days=1)
LOOKS_BACK = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Share:
    """A text goes while fewer than `per_day` fall on that local day and fewer than `per_week` on any 7 days around it.

    One that finds no room until `notice` before it is stale does not wait: e-mail has said it, or a person does; one
    that `lapses` is left out.
    """

    per_day: int = PER_DAY
    per_week: int = PER_WEEK
    notice: timedelta = timedelta()
    lapses: bool = False


@dataclass(frozen=True, slots=True)
class Coming:
    """A visit, and whether a check-in is asked for after it."""

    starts_at: datetime
    ends_at: datetime
    followed_up: bool


NEWS = Share(notice=timedelta(hours=24))
_LEAVES_THE_LAST = Share(PER_DAY - 1, PER_WEEK - 1, lapses=True)
_SHARES = {
    "N18": Share(), "N18H": Share(), "N18L": Share(lapses=True), "N08": Share(),
    "N12": Share(lapses=True), "N13": _LEAVES_THE_LAST, "N09": _LEAVES_THE_LAST,
}  # fmt: skip
_RANKING = tuple(_SHARES)


def share_of(plan_id: str) -> Share:
    """How much of the caps a text of this row of the plan may use up. What is not named here is news."""
    return _SHARES.get(plan_id, NEWS)


def outranking(plan_id: str, visits: Iterable[Coming], now: datetime) -> list[datetime]:
    """When texts that matter more than this row of the plan are still to come."""
    above = _RANKING[: _RANKING.index(plan_id)] if plan_id in _RANKING else ()
    return [at for visit in visits for row, at in _texts_of(visit) if row in above and at > now]


def _texts_of(visit: Coming) -> Iterator[tuple[str, datetime]]:
    yield "N08", visit.starts_at - timedelta(hours=24)
    if visit.followed_up:
        yield "N12", visit.ends_at + timedelta(hours=24)
        yield "N13", visit.ends_at + timedelta(hours=72)


def first_with_room(
    now: datetime, texts: Iterable[datetime], zone: str, share: Share = NEWS, opens: time = time(8)
) -> datetime:
    """`now` when one more text fits among those that went and those to leave room for, else `opens` on the first local
    day with room. UTC."""
    here = ZoneInfo(zone)
    days = [instant.astimezone(here).date() for instant in texts]
    today = day = now.astimezone(here).date()
    while not _has_room(day, days, share):
        day += _DAY
    return now.astimezone(UTC) if day == today else datetime.combine(day, opens, here).astimezone(UTC)


def _has_room(day: date, days: Sequence[date], share: Share) -> bool:
    return days.count(day) < share.per_day and all(
        sum(last - 7 * _DAY < other <= last for other in days) < share.per_week
        for last in (day + ahead * _DAY for ahead in range(7))
    )
