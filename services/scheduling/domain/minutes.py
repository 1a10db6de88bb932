"""Time as bits: minute n of a window is the bit `1 << n` of an int, so that a whole day is looked at in one operation.

A search has a window per day. What is not on whole minutes is not rounded: it is refused, and looked at otherwise.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.scheduling.domain.place import Block

_A_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)


class BetweenMinutes(ValueError):
    """An instant or a length that is not whole minutes away from the origin."""


def whole_minutes(length: timedelta) -> int:
    """A length in minutes. Raises BetweenMinutes."""
    minutes, rest = divmod(length.seconds, 60)
    if rest or length.microseconds:
        raise BetweenMinutes
    return length.days * _A_DAY + minutes


def _minutes(length: timedelta) -> int:
    """Whole minutes, rounded down; `length // _MINUTE` says the same in three times the time."""
    return length.days * _A_DAY + length.seconds // 60


def run(since: int, until: int) -> int:
    """The minutes from `since` until before `until`; those before 0 are left out."""
    since = max(since, 0)
    return (1 << until) - (1 << since) if until > since else 0


def reaching(minutes: int, length: int) -> int:
    """The minutes of which at least one of the `length` minutes that begin there is among those given."""
    if length <= 0 or not minutes:
        return 0
    found, reach = minutes, 1
    while reach < length:
        step = min(reach, length - reach)
        found |= found >> step
        reach += step
    return found


@dataclass(slots=True)
class Level:
    """A number that changes from minute to minute and begins with 0: by how much it changes, and when."""

    changes: dict[int, int] = field(default_factory=dict)

    def add(self, since: int, until: int, many: int = 1) -> None:
        """So many more from one minute until before another."""
        self.changes[since] = self.changes.get(since, 0) + many
        self.changes[until] = self.changes.get(until, 0) - many

    def below(self, least: int, count: int) -> int:
        """The first `count` minutes, those in which the number is less than `least`."""
        found = level = at = 0
        for minute in sorted(self.changes):
            if level < least:
                found |= run(at, min(minute, count))
            at, level = max(minute, 0), level + self.changes[minute]
        return found | run(at, count) if level < least else found


class Windows:
    """Stretches of time, one after the other, in minutes since an origin. Each has minutes of its own, from 0 on."""

    def __init__(self, origin: datetime, spans: Sequence[tuple[int, int]]) -> None:
        self.origin, self.spans = origin, spans
        self._since, self._until = [since for since, _ in spans], [until for _, until in spans]
        self._begins, self._ends = origin + spans[0][0] * _MINUTE, origin + spans[-1][1] * _MINUTE

    def at(self, instant: datetime) -> int:
        """Minutes since the origin. Raises BetweenMinutes."""
        return whole_minutes(instant - self.origin)

    def within(self, block: Block) -> tuple[int, int]:
        """What of a stretch lies within the windows, from the first to the last. Raises BetweenMinutes for an end that
        does and is not on a whole minute."""
        first, last = self.spans[0][0], self.spans[-1][1]
        since = first if block.starts_at <= self._begins else self.at(block.starts_at)
        until = last if block.ends_at >= self._ends else self.at(block.ends_at)
        return since, until

    def touching(self, since: int, until: int) -> range:
        """Numbers of the windows that a stretch touches, in minutes since the origin."""
        return range(bisect_right(self._until, since), bisect_left(self._since, until))

    def taken(self, blocks: Sequence[Block]) -> list[int]:
        """For each window the minutes of which blocks have at least a part."""
        found = [0] * len(self.spans)
        for block in blocks:
            since, until = _minutes(block.starts_at - self.origin), -_minutes(self.origin - block.ends_at)
            for n in self.touching(since, until):
                begins, ends = self.spans[n]
                found[n] |= run(since - begins, min(until, ends) - begins)
        return found
