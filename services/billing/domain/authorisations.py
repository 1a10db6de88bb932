"""A payer's authorisation (domain F.3): units of a drug between two dates. A unit is a mg (F.1)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

ALERT_DAYS = (30, 14, 7)
"""So many days before its last day an authorisation is brought up (F.3)."""
LOW_PERCENT = 80


class State(StrEnum):
    """Where an authorisation stands."""

    APPROVED = "APPROVED"
    USED_UP = "USED_UP"
    EXPIRED = "EXPIRED"


class Authorised(Protocol):
    """What a choice between authorisations needs to know."""

    units_granted: int
    units_used: int
    valid_from: date
    valid_to: date


A = TypeVar("A", bound=Authorised)


def state_on(one: Authorised, today: date) -> State:
    """The state on a local date; the last day is still good, and what is over cannot be used up."""
    if today > one.valid_to:
        return State.EXPIRED
    return State.USED_UP if one.units_used >= one.units_granted else State.APPROVED


def runs_low(one: Authorised) -> bool:
    """Whether 80 % of the units or more are gone (F.3)."""
    return one.units_used * 100 >= one.units_granted * LOW_PERCENT


def to_use(authorisations: Iterable[A], units: int, on: date) -> A | None:
    """The one that pays `units` on a date, the first to end; None when none has the date inside and units enough."""
    good = [
        one for one in authorisations
        if one.valid_from <= on <= one.valid_to and one.units_granted - one.units_used >= units
    ]  # fmt: skip
    return min(good, key=lambda one: one.valid_to, default=None)
