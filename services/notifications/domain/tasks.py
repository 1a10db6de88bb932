"""Whom no message reaches is called by a person, or handed the page at the clinic (domain E.1: "email/print")."""

from datetime import datetime, timedelta
from enum import StrEnum

CALL_WITHIN = timedelta(hours=24)


class Way(StrEnum):
    """What the person does."""

    CALL = "CALL"
    PRINT = "PRINT"


class TaskState(StrEnum):
    """WITHDRAWN: no longer needed, since the appointment changed, an offer ended, or the message went out after all."""

    OPEN = "OPEN"
    DONE = "DONE"
    WITHDRAWN = "WITHDRAWN"


# N09 has none: two hours before a visit, the person who called because of N08 has said it. N18H has none: whoever was
# offered a slot that is held stands on the call list of scheduling until they answer.
_WAYS = {
    "N03": Way.CALL, "N04": Way.CALL, "N05": Way.CALL, "N06": Way.CALL, "N08": Way.CALL, "N11": Way.PRINT,
    "N12": Way.CALL, "N13": Way.CALL, "N18": Way.CALL,
}  # fmt: skip


def way_of(plan_id: str) -> Way | None:
    """What is done instead of a message of the plan; None when nobody has to do anything."""
    return _WAYS.get(plan_id)


def call_by(now: datetime, stale_at: datetime) -> datetime:
    """Until when the call is due: a day from now, but before the message would have been pointless."""
    return min(now + CALL_WITHIN, stale_at)
