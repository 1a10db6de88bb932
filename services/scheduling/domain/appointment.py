"""States of an appointment, and notice (domain D.4, D.5)."""

from datetime import datetime, timedelta
from enum import StrEnum

NOTICE = timedelta(hours=24)


class State(StrEnum):
    """REQUESTED, TENTATIVE and HELD belong to kinds of booking that a course does not use."""

    CONFIRMED = "CONFIRMED"
    CHECKED_IN = "CHECKED_IN"
    IN_PROGRESS = "IN_PROGRESS"
    RECOVERY = "RECOVERY"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    ABORTED = "ABORTED"
    NO_SHOW = "NO_SHOW"

    @property
    def is_live(self) -> bool:
        """Whether it still holds its chair."""
        return self in LIVE


LIVE = frozenset({State.CONFIRMED, State.CHECKED_IN, State.IN_PROGRESS, State.RECOVERY})
DOSED = frozenset({State.IN_PROGRESS, State.RECOVERY, State.COMPLETED, State.ABORTED})
SESSION = "session"
ALLOWED: dict[State, frozenset[State]] = {
    State.CONFIRMED: frozenset({State.CHECKED_IN, State.CANCELLED, State.NO_SHOW}),
    State.CHECKED_IN: frozenset({State.IN_PROGRESS, State.CANCELLED}),
    State.IN_PROGRESS: frozenset({State.RECOVERY, State.ABORTED}),
    State.RECOVERY: frozenset({State.COMPLETED, State.ABORTED}),
}


def may_become(current: State, wanted: State) -> bool:
    """Whether a state may follow another.

    CHECKED_IN may still be cancelled: the pressure gate of A.5 cancels a session whose patient is already in the chair.
    """
    return wanted in ALLOWED.get(current, frozenset())


def is_late(starts_at: datetime, told_at: datetime) -> bool:
    """Less than 24 h of elapsed notice, for cancelling and moving; exactly 24 h is in time (D.5)."""
    return starts_at - told_at < NOTICE
