"""Re-planning with as little change as possible (domain D.5): who has to move, and when a new plan may be offered."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from services.scheduling.domain.appointment import State
from services.scheduling.domain.course import Violation
from services.scheduling.domain.cover import Load, Site
from services.scheduling.domain.interpreting import Interpreters, Talk
from services.scheduling.domain.series import Series, Standing


class How(StrEnum):
    """SEAT: another chair at the same time. MOVE: another time. REPLACE: cancelled, one added at the course's end."""

    SEAT = "SEAT"
    MOVE = "MOVE"
    REPLACE = "REPLACE"


class ImprovementOutcome(StrEnum):
    """What became of looking for a plan with less change than greedy's. NOT_NEEDED: everybody has the least already.
    NO_BETTER: nothing lighter was found. NOT_IMPROVED: it could not be looked for, or not in time."""

    NOT_NEEDED = "NOT_NEEDED"
    IMPROVED = "IMPROVED"
    NO_BETTER = "NO_BETTER"
    NOT_IMPROVED = "NOT_IMPROVED"


@dataclass(frozen=True, slots=True)
class Booked:
    """A booked session as those on duty meet it, and whether it can still move."""

    id: UUID
    load: Load
    booked_at: datetime
    movable: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """A booked appointment for whose patient somebody interprets, and whether it can still move."""

    id: UUID
    talk: Talk
    booked_at: datetime
    movable: bool


B = TypeVar("B", Booked, Spoken)


def must_move(site: Site, sessions: Sequence[Booked]) -> frozenset[UUID]:
    """Which sessions have to go so that all that stay are covered (D.2); whoever booked last goes first.

    What cannot move stays, covered or not. Each is looked at once: whoever is covered stays so when others go.
    """

    def lacks(one: Booked, others: Sequence[Booked]) -> bool:
        return bool(replace(site, loads=[other.load for other in others]).shortages(one.load))

    return _going(sessions, lacks)


def must_move_unheard(pool: Interpreters, appointments: Sequence[Spoken]) -> frozenset[UUID]:
    """The same of appointments for whose patients somebody has to interpret. Of `pool` only who is there counts."""

    def lacks(one: Spoken, others: Sequence[Spoken]) -> bool:
        return bool(replace(pool, booked=[other.talk for other in others]).shortages(one.talk))

    return _going(appointments, lacks)


def _going(booked: Sequence[B], lacks: Callable[[B, Sequence[B]], bool]) -> frozenset[UUID]:
    left, gone = list(booked), set[UUID]()
    for one in sorted(booked, key=lambda one: (one.booked_at, one.id), reverse=True):
        if one.movable and lacks(one, [other for other in left if other is not one]):
            left.remove(one)
            gone.add(one.id)
    return frozenset(gone)


def without(series: Series, numbers: Set[int]) -> Series:
    """The course as if some sessions were not booked."""
    return replace(series, standing=[s for s in series.standing if s.number not in numbers])


def placed(series: Series, number: int, starts_at: datetime) -> Series:
    """The course with a session at another time, or one more."""
    others = [s for s in series.standing if s.number != number]
    one = Standing(number, starts_at, State.CONFIRMED)
    return replace(series, standing=sorted([*others, one], key=lambda s: s.number))


def newly_broken(before: Series, after: Series, moved: Mapping[int, datetime]) -> list[Violation]:
    """Every rule of the course that a new plan breaks: those of each session that it places, and gaps it makes.

    A gap that was there already, and that a clinician has seen, is none of them.
    """
    found = [replace(v, number=number) for number, at in sorted(moved.items()) for v in after.violations(number, at)]
    numbers = {s.starts_at: s.number for s in after.standing}
    known = {v.number for v in found if v.code == "MAX_GAP"}
    longer = sorted(numbers[later] for _, later in after.long_gaps - before.long_gaps)
    params = {"max_gap_days": after.template.max_gap_days}
    return [*found, *(Violation("MAX_GAP", number, params) for number in longer if number not in known)]
