"""The on-call ladder (domain A.1, A.6, C.4): who is paged when, until somebody answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.clinicfile.oncall import OnCall, Rung
from shared.ids import derived_id

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(seconds=60)
Channel = Literal["EMAIL", "WEBHOOK"]


class Outcome(StrEnum):
    """What became of an attempt to page. Only TAKEN is a page: LOST may have arrived, and is sent again."""

    TAKEN = "TAKEN"
    REFUSED = "REFUSED"
    NOT_TAKEN = "NOT_TAKEN"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Climb:
    """The rung that is paged now, counted from 1 (0: the ladder is empty), and when the next one is."""

    rung: int
    again_at: datetime


class Target(BaseModel):
    """Whom a page goes to, as it is kept, sealed."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: str
    channel: Channel
    address: str

    @classmethod
    def of(cls, rung: Rung) -> "Target":
        """A rung has exactly one address."""
        channel: Channel = "EMAIL" if rung.email else "WEBHOOK"
        return cls(name=rung.name, role=rung.role, channel=channel, address=rung.email or rung.webhook or "")


@dataclass(frozen=True, slots=True)
class Page:
    """One attempt to page. `id` is the same for every attempt, so that a repetition can be known as one.

    `reference` is the id of what it is about; nothing else about a patient is in it. `calls` is the subject of a mail,
    after the sender's name.
    """

    id: UUID
    reference: UUID
    target: Target
    sender: str
    text: str
    calls: str = "you are needed now"


def page_id(about: UUID, escalation: int) -> UUID:
    """The id of the page that an escalation of its subject sets off; 0 is the one when it was raised."""
    return derived_id(about, f"page:{escalation}")


def climbs_first_at(*, paged_at_once: bool, raised_at: datetime, acknowledge_by: datetime, on_call: OnCall) -> datetime:
    """When what nobody acknowledged climbs first: when its time, or that of a rung paged at once, is over."""
    if not paged_at_once:
        return acknowledge_by
    return min(acknowledge_by, raised_at + timedelta(minutes=on_call.ladder[0].minutes))


def climb(reached: int, on_call: OnCall, now: datetime) -> Climb:
    """From the rung that was paged last (0: none) to the next; at the end the last one is paged again and again."""
    top = len(on_call.ladder)
    rung = min(reached + 1, top)
    minutes = on_call.repeat_minutes if rung == top else on_call.ladder[rung - 1].minutes
    return Climb(rung, now + timedelta(minutes=minutes))


def superseded(rung: int, escalation: int, reached: int, escalations: int) -> bool:
    """Whether a page is replaced by a later one to the same rung."""
    return rung == reached and escalation < escalations


def pause_after(attempt: int) -> timedelta:
    """How long after a failed attempt (counted from 1) the page is sent again: 5 s, doubled up to a minute."""
    return min(_FIRST_PAUSE * (1 << min(attempt - 1, 10)), _LONGEST_PAUSE)
