"""What an infusion gave by a moment, from the rates and the time that it really ran (domain C.2, C.3).

A rate counts as its share of the ordered one, so that the ordered rate gives the ordered dose in the ordered minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor

from pydantic import BaseModel, ConfigDict


class Step(StrEnum):
    """What is done to a running infusion."""

    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    RATE_CHANGED = "RATE_CHANGED"


class ChangeReason(StrEnum):
    """Why; codes, never free text."""

    PRESSURE = "PRESSURE"
    OXYGENATION = "OXYGENATION"
    SEDATION = "SEDATION"
    DISSOCIATION = "DISSOCIATION"
    AGITATION = "AGITATION"
    NAUSEA = "NAUSEA"
    LINE_OR_PUMP = "LINE_OR_PUMP"
    PATIENT_WISH = "PATIENT_WISH"
    PRESCRIBER_DECISION = "PRESCRIBER_DECISION"
    FLOOR_EVENT = "FLOOR_EVENT"
    SETTLED = "SETTLED"


@dataclass(frozen=True, slots=True)
class Change:
    """A step and when it happened; `rate` in mL/h for RATE_CHANGED."""

    step: Step
    at: datetime
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """What the order says: mg in so many minutes at a rate in mL/h."""

    dose_mg: int
    minutes: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Ran:
    """How far an infusion has come: mg, how long it ran, since when it stands, and the rate that is set (mL/h)."""

    mg: Fraction
    running: timedelta
    paused_since: datetime | None
    rate: Decimal

    @property
    def whole_mg(self) -> int:
        """Rounded half up."""
        return floor(self.mg + Fraction(1, 2))

    @property
    def minutes(self) -> int:
        """Whole minutes that are over."""
        return self.running // timedelta(minutes=1)


def ran(ordered: Ordered, started_at: datetime, changes: Sequence[Change], until: datetime) -> Ran:
    """What ran from the start until a moment. Changes count in the order in which they happened, whenever they were
    told; a pause of what stands and a resumption of what runs change nothing.
    """
    mg, running, at, rate = Fraction(0), timedelta(), started_at, ordered.rate
    paused_since: datetime | None = None
    for change in sorted(changes, key=lambda one: one.at):
        if change.at > until:
            break
        if paused_since is None:
            mg, running = mg + _given(ordered, rate, change.at - at), running + (change.at - at)
        at = change.at
        if change.step is Step.PAUSED:
            paused_since = paused_since or change.at
        elif change.step is Step.RESUMED:
            paused_since = None
        elif change.rate is not None:
            rate = change.rate
    if paused_since is None and until > at:
        mg, running = mg + _given(ordered, rate, until - at), running + (until - at)
    return Ran(mg, running, paused_since, rate)


def _given(ordered: Ordered, rate: Decimal, time: timedelta) -> Fraction:
    share = Fraction(rate) / Fraction(ordered.rate)
    return ordered.dose_mg * share * Fraction(time // timedelta(microseconds=1), ordered.minutes * 60_000_000)


def pauses(changes: Sequence[Change]) -> tuple[timedelta, datetime | None]:
    """How long an infusion has stood in pauses that are over, and since when it stands now."""
    stood, since = timedelta(), None
    for change in sorted(changes, key=lambda one: one.at):
        if change.step is Step.PAUSED:
            since = since or change.at
        elif change.step is Step.RESUMED and since is not None:
            stood, since = stood + (change.at - since), None
    return stood, since


def expected_end(ordered: Ordered, so_far: Ran, now: datetime) -> datetime:
    """When the ordered dose will have run at the rate that is set; what stands is taken to go on now."""
    left = max(ordered.dose_mg - so_far.mg, Fraction(0))
    seconds = left / ordered.dose_mg * ordered.minutes * 60 * Fraction(ordered.rate) / Fraction(so_far.rate)
    return now + timedelta(seconds=float(seconds))


class ChangeDetail(BaseModel):
    """What a change of an infusion was for, as it is kept, sealed. mL/h."""

    model_config = ConfigDict(frozen=True)

    reason: ChangeReason
    rate_ml_per_hour: Decimal | None = None
