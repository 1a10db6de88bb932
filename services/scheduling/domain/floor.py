"""What happens to a whole floor at once: what it does to each patient there, and how a chair is settled after it."""

from datetime import datetime
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


class PlaceFound(StrEnum):
    """What was found where no session is on record. OUT: whoever was there is safe. DOSE_STOPPED: a dose ran there that
    is not entered here, and was stopped."""

    EMPTY = "EMPTY"
    OUT = "OUT"
    MISSING = "MISSING"
    DOSE_STOPPED = "DOSE_STOPPED"


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


def holds_end(found: PlaceFound) -> bool:
    """Whether somebody has to tell how it went on before the event can end."""
    return found in (PlaceFound.MISSING, PlaceFound.DOSE_STOPPED)


def still_found(found: PlaceFound, told_at: datetime, asked_at: datetime) -> PlaceFound | None:
    """What was told before the event came again counts no longer, but for what holds its end: nobody is found by an
    alarm that is rung twice."""
    return found if told_at >= asked_at or holds_end(found) else None
