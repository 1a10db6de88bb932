"""How much better or worse a patient is (domain B.2, A.8): a PHQ-9 total against the one before treatment."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from shared.money import round_half_up

REMISSION_BELOW = 5
WORSENED_FROM = 5


class ChangeClass(StrEnum):
    """B.2: below 5 points; half or more gone; a quarter or more gone; less; 5 points or more risen."""

    REMISSION = "REMISSION"
    RESPONSE = "RESPONSE"
    PARTIAL = "PARTIAL"
    NON_RESPONSE = "NON_RESPONSE"
    WORSENED = "WORSENED"


class OutcomeChange(BaseModel):
    """From baseline to now: points (negative is better), the same in basis points of the baseline, and its class."""

    model_config = ConfigDict(frozen=True)

    points: int
    percent_bp: int
    change: ChangeClass


class Total(NamedTuple):
    """A total in points and when it was recorded."""

    at: datetime
    points: int


def change_from(baseline: int, now: int) -> OutcomeChange | None:
    """The change between two totals in points; None from a baseline of 0, of which nothing can be gone."""
    if baseline == 0:
        return None
    points = now - baseline
    exact = Decimal(points) * 10_000 / baseline
    rounded = round_half_up(abs(exact))
    return OutcomeChange(points=points, percent_bp=-rounded if points < 0 else rounded, change=_class(baseline, now))


def _class(baseline: int, now: int) -> ChangeClass:
    """Compared as whole numbers, so that 49.x % stays PARTIAL."""
    gone = baseline - now
    if now < REMISSION_BELOW:
        return ChangeClass.REMISSION
    if gone * 2 >= baseline:
        return ChangeClass.RESPONSE
    if gone * 4 >= baseline:
        return ChangeClass.PARTIAL
    return ChangeClass.WORSENED if -gone >= WORSENED_FROM else ChangeClass.NON_RESPONSE


def baseline_of(totals: Sequence[Total], first_treatment: datetime | None) -> int | None:
    """Which of the totals (oldest first) is the baseline: the last one before the first treatment, else the first."""
    if not totals:
        return None
    before = [n for n, total in enumerate(totals) if first_treatment is not None and total.at <= first_treatment]
    return before[-1] if before else 0
