"""What happens to a whole floor at once: what it does to each patient there, and how a chair is settled after it."""

from enum import StrEnum

from services.scheduling.domain.appointment import State


class FloorKind(StrEnum):
    """What happened."""

    FIRE_ALARM = "FIRE_ALARM"
    EVACUATION = "EVACUATION"
    POWER_FAILURE = "POWER_FAILURE"
    THREAT = "THREAT"
    OTHER = "OTHER"


class FloorAction(StrEnum):
    """PAUSE lets infusions stand; STOP ends them for good, and what was given is known."""

    PAUSE = "PAUSE"
    STOP = "STOP"


class ChairOutcome(StrEnum):
    """How a chair is settled: the dose goes on, it is over and the patient is watched, or the session has ended."""

    RESUMED = "RESUMED"
    RECOVERING = "RECOVERING"
    STOPPED = "STOPPED"


PRESENT = frozenset({State.CHECKED_IN, State.IN_PROGRESS, State.RECOVERY})
WATCHED = frozenset({State.IN_PROGRESS, State.RECOVERY})


def stronger(known: FloorAction, wanted: FloorAction) -> FloorAction:
    """What two people asked for at once: a stop is never taken back to a pause."""
    return FloorAction.STOP if FloorAction.STOP in (known, wanted) else FloorAction.PAUSE


def may_settle(state: State, outcome: ChairOutcome) -> bool:
    """A dose goes on only where one ran; nothing of a patient without a dose can stop: that is a cancellation."""
    if outcome is ChairOutcome.RESUMED:
        return state in PRESENT
    return state in WATCHED
