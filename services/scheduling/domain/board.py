"""What the board shows of a chair: its phase, since when, whose it is, when it will be free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from services.scheduling.domain.appointment import State
from services.scheduling.domain.spray import OBSERVED, is_spray
from shared.clinicfile.policies import SessionPolicy
from shared.events.parts import Identity, Modality


class Phase(StrEnum):
    """EXPECTED: the block has begun and its patient was not checked in yet."""

    FREE = "FREE"
    EXPECTED = "EXPECTED"
    CHECKED_IN = "CHECKED_IN"
    IN_PROGRESS = "IN_PROGRESS"
    RECOVERY = "RECOVERY"


class Booking(Protocol):
    """An appointment that holds a chair."""

    state: str
    starts_at: datetime
    ends_at: datetime


B = TypeVar("B", bound=Booking)
_OCCUPIED = {State.CHECKED_IN: Phase.CHECKED_IN, State.IN_PROGRESS: Phase.IN_PROGRESS, State.RECOVERY: Phase.RECOVERY}


@dataclass(frozen=True, slots=True)
class Seat(Generic[B]):
    """Who has a chair now, None when it is free, and who has it next."""

    phase: Phase
    now: B | None
    next: B | None


def seat(bookings: Sequence[B], now: datetime) -> Seat[B]:
    """Who has a chair, of its live bookings: whoever sits in it, even past the block; else whose block it is."""
    ahead = sorted((b for b in bookings if b.state == State.CONFIRMED and b.ends_at > now), key=lambda b: b.starts_at)
    sitting = next((b for b in bookings if State(b.state) in _OCCUPIED), None)
    if sitting is not None:
        return Seat(_OCCUPIED[State(sitting.state)], sitting, next(iter(ahead), None))
    if ahead and ahead[0].starts_at <= now:
        return Seat(Phase.EXPECTED, ahead[0], next(iter(ahead[1:]), None))
    return Seat(Phase.FREE, None, next(iter(ahead), None))


@dataclass(frozen=True, slots=True)
class Course:
    """How a session goes. `minutes` is the ordered length of an infusion; one that was changed ends at `runs_until`."""

    modality: Modality
    block_ends_at: datetime
    started_at: datetime | None = None
    infusion_ended_at: datetime | None = None
    minutes: int | None = None
    runs_until: datetime | None = None


def expected_free(course: Course, policy: SessionPolicy, now: datetime) -> datetime:
    """When the chair can be used again, never in the past: recovery and turnover after an infusion, two hours and
    turnover after the first device of a spray, else the end of the block.

    The end of an infusion that still runs is reckoned from its start and the ordered minutes.
    """
    over = _observed_until(course) if is_spray(course.modality) else _recovered_at(course, policy)
    return max(over + timedelta(minutes=policy.turnover_minutes) if over else course.block_ends_at, now)


def _observed_until(course: Course) -> datetime | None:
    return course.started_at + OBSERVED if course.started_at else None


def _recovered_at(course: Course, policy: SessionPolicy) -> datetime | None:
    ended = course.infusion_ended_at or course.runs_until
    if ended is None and course.started_at is not None and course.minutes is not None:
        ended = course.started_at + timedelta(minutes=course.minutes)
    return ended + timedelta(minutes=policy.recovery_minutes) if ended else None


def label(card: Identity) -> str:
    """What a patient is called on the board: the preferred name, else the initials of the legal one."""
    return card.preferred_name or "".join(f"{part[0]}." for part in card.legal_name.split())
