"""Counting what is there, and what follows when it is not what the ledger says (domain H.4). Milligrams."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from shared.calendar import DAY, at_local, business_days_after, local_date

FORM_DAYS, NOTICE_BUSINESS_DAYS = 45, 1
"""Theft or significant loss: written notice to the DEA field office, and Form 106, counted from discovery (H.4)."""


class Purpose(StrEnum):
    """COUNT between shifts; INVENTORY is the report that is due at first and every two years, zero included."""

    COUNT = "COUNT"
    INVENTORY = "INVENTORY"


class Business(StrEnum):
    """An inventory is taken at the opening or the close of business."""

    OPENING = "OPENING"
    CLOSE = "CLOSE"


class Settlement(StrEnum):
    """How a discrepancy ends: corrected by an ADJUST, reported as a loss, or found right by a later count."""

    ADJUSTED = "ADJUSTED"
    LOSS = "LOSS"
    RECOUNTED = "RECOUNTED"


class DiscrepancyState(StrEnum):
    OPEN = "OPEN"
    ADJUSTED = "ADJUSTED"
    LOSS = "LOSS"
    RECOUNTED = "RECOUNTED"


@dataclass(frozen=True, slots=True)
class CountCheck:
    """What a count lacks and what it names that is not kept here; `differences` are counted minus expected, not 0."""

    not_counted: tuple[UUID, ...]
    unknown: tuple[UUID, ...]
    differences: Mapping[UUID, Decimal]


def check_count(expected: Mapping[UUID, Decimal], counted: Mapping[UUID, Decimal]) -> CountCheck:
    """Compare a blind count with the ledger: every container that is not empty is counted, expired ones too.

    `expected` has every container under the registration, the empty ones as well.
    """
    there = {vial for vial, mg in expected.items() if mg > 0}
    both = {vial: counted[vial] - expected[vial] for vial in counted.keys() & expected.keys()}
    return CountCheck(
        not_counted=tuple(sorted(there - counted.keys())), unknown=tuple(sorted(counted.keys() - expected.keys())),
        differences={vial: difference for vial, difference in both.items() if difference},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LossClock:
    """When theft or loss must have been told: a notice within a business day, the form within 45 days."""

    notice_due_at: datetime
    form_due_at: datetime


def settle_by(discovered_at: datetime, zone: str) -> datetime:
    """A discrepancy is looked into on the same local day: until that ends."""
    return _end_of(local_date(discovered_at, zone), zone)


def loss_clock(discovered_at: datetime, zone: str) -> LossClock:
    """Both deadlines are the end of a local day."""
    day = local_date(discovered_at, zone)
    return LossClock(
        _end_of(business_days_after(day, NOTICE_BUSINESS_DAYS), zone), _end_of(day + timedelta(days=FORM_DAYS), zone)
    )


def next_inventory_on(last: date) -> date:
    """At least every two years (H.4): the same date two years on, of 29 February the 28th."""
    day = last.day if (last.month, last.day) != (2, 29) else 28
    return last.replace(year=last.year + 2, day=day)


def _end_of(day: date, zone: str) -> datetime:
    return at_local(day + DAY, time(), zone)
