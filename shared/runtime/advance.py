"""Moving business time forward over all services, from due timer to due timer (design: two clocks).

Each step waits until everything that it set off has settled: outboxes empty, every event taken, no timer overdue. So
three weeks pass in seconds, and in the order in which they would have passed.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from shared.clock import monotonic, wall_now
from shared.runtime.standing import Standing, unrest

_LOOK_EVERY = 0.02  # seconds
PATIENCE = 60.0  # seconds without any change


class NotSettled(Exception):
    """Something did not come to rest; the text says what."""


class Post(Protocol):
    """One service whose clock can be moved: in this process, or over HTTP."""

    async def standing(self) -> Standing:
        """How the service stands."""

    async def set_offset(self, offset: timedelta) -> None:
        """Keep an absolute offset, which only grows."""


async def settle(posts: Sequence[Post], *, patience: float = PATIENCE) -> list[Standing]:
    """Wait until the services have nothing under way. Raises NotSettled when nothing changes for `patience` seconds.

    A look is several reads, and what moves on between them can escape one look; so two in a row must say the same. It
    rests between them while something is under way; when nothing is, the second follows at once.
    """
    deadline, seen = 0.0, None
    while True:
        standings = await asyncio.gather(*(post.standing() for post in posts))
        busy = unrest(standings)
        if standings != seen:
            deadline, seen = monotonic() + patience, standings
        elif not busy:
            return standings
        elif monotonic() > deadline:
            raise NotSettled("; ".join(busy))
        await asyncio.sleep(_LOOK_EVERY if busy else 0)


async def advance(posts: Sequence[Post], by: timedelta, *, patience: float = PATIENCE) -> timedelta:
    """Move time forward by `by`; returns the new offset, which every process then shows. Raises NotSettled."""
    standings = await settle(posts, patience=patience)
    reached = max(one.kept_offset for one in standings)
    target = reached + by
    while True:
        reached = _next_stop(standings, reached, target)
        await asyncio.gather(*(post.set_offset(reached) for post in posts))
        standings = await settle(posts, patience=patience)
        if reached == target:
            return target


def _next_stop(standings: Sequence[Standing], reached: timedelta, target: timedelta) -> timedelta:
    """The offset at which the next timer becomes due, or the target if none does before."""
    due = [one.next_due - wall_now() for one in standings if one.next_due is not None]
    return max(reached, min([target, *due]))
