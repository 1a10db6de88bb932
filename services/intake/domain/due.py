"""What is to be answered around a session, and when (domain B.8): a PHQ-9 before it, check-ins after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.ids import derived_id

BEFORE = timedelta(hours=72)
CHECK_IN_LATE_AFTER = timedelta(hours=24)


class Occasion(StrEnum):
    """Why something is to be answered."""

    BEFORE_SESSION = "BEFORE_SESSION"
    CHECK_IN_24H = "CHECK_IN_24H"
    CHECK_IN_72H = "CHECK_IN_72H"


CHECK_INS = {Occasion.CHECK_IN_24H: timedelta(hours=24), Occasion.CHECK_IN_72H: timedelta(hours=72)}
"""How long after discharge a check-in is due."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when something is to be answered, and from when it is late."""

    opens_at: datetime
    late_from: datetime

    def holds(self, at: datetime) -> bool:
        return self.opens_at <= at <= self.late_from


def before_session(starts_at: datetime) -> Window:
    """A PHQ-9 counts for a session when it is at most 72 h old at its start."""
    return Window(starts_at - BEFORE, starts_at)


def after_session(occasion: Occasion, discharged_at: datetime) -> Window:
    """A check-in is due 24 or 72 h after discharge and late a day later."""
    opens_at = discharged_at + CHECK_INS[occasion]
    return Window(opens_at, opens_at + CHECK_IN_LATE_AFTER)


def due_id(about: UUID, occasion: Occasion) -> UUID:
    """The id of what is due for an appointment or a session: the same however often it is planned."""
    return derived_id(about, occasion)
