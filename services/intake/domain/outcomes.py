"""How much better or worse a patient is (domain B.2 to B.6, A.8): a total against the one before treatment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from services.intake.domain.instruments import InstrumentCode
from services.intake.domain.phq9 import PHQ9
from shared.money import round_half_up


class ChangeClass(StrEnum):
    """Few enough points; half or more gone; a quarter or more gone; less; risen by more than chance (B.2)."""

    REMISSION = "REMISSION"
    RESPONSE = "RESPONSE"
    PARTIAL = "PARTIAL"
    NON_RESPONSE = "NON_RESPONSE"
    WORSENED = "WORSENED"


class OutcomeChange(BaseModel):
    """From baseline to now: points (negative is better), the same in basis points of the baseline, and its class.

    `meaningful`: at least the smallest difference that patients notice. `reliable`: more than measuring twice would
    give. Null where the instrument has no such figure.
    """

    model_config = ConfigDict(frozen=True)

    points: int
    percent_bp: int
    change: ChangeClass
    meaningful: bool | None = None
    reliable: bool | None = None


class MeanChange(BaseModel):
    """How a mean of 0 to 10 changed from baseline to now, negative is better; `meaningful` from one point on (B.6)."""

    model_config = ConfigDict(frozen=True)

    points: Decimal
    meaningful: bool


class Total(NamedTuple):
    """A total in points and when it was recorded."""

    at: datetime
    points: int


@dataclass(frozen=True, slots=True)
class Step:
    """A change that counts: of so many points, or of so many percent of the baseline."""

    amount: int
    percent: bool = False

    def reached(self, by: int, baseline: int) -> bool:
        """Compared as whole numbers, so that 49.x % is not 50 %."""
        return by * 100 >= self.amount * baseline if self.percent else by >= self.amount


@dataclass(frozen=True, slots=True)
class Criteria:
    """What an instrument's changes mean; `remission`: at most so many points. `meaningful` counts either way."""

    response: Step
    partial: Step
    worsened: Step
    remission: int | None = None
    meaningful: Step | None = None
    reliable: Step | None = None


MEANINGFUL_MEAN = Decimal(1)
_HALF, _QUARTER = Step(50, percent=True), Step(25, percent=True)
# The domain names no rise that counts for Y-BOCS, PCL-5 and pain; theirs mirrors what counts as a partial response.
CRITERIA: Mapping[str, Criteria] = {
    PHQ9: Criteria(_HALF, _QUARTER, Step(5), remission=4, meaningful=Step(5)),
    InstrumentCode.GAD7: Criteria(_HALF, _QUARTER, Step(4), remission=4, meaningful=Step(4), reliable=Step(6)),
    InstrumentCode.PCL5: Criteria(Step(10), Step(5), Step(5), meaningful=Step(10), reliable=Step(5)),
    InstrumentCode.MADRS: Criteria(_HALF, _QUARTER, Step(2), remission=9, meaningful=Step(2)),
    InstrumentCode.YBOCS: Criteria(Step(35, percent=True), _QUARTER, _QUARTER, remission=12),
    InstrumentCode.PAIN_NRS: Criteria(
        _HALF, Step(30, percent=True), Step(30, percent=True), meaningful=Step(10, percent=True)
    ),
}


def change_from(baseline: int, now: int, instrument: str = PHQ9) -> OutcomeChange | None:
    """The change between two totals in points; None from a baseline of 0, of which nothing can be gone, and for an
    instrument whose changes have no meaning here."""
    criteria = CRITERIA.get(instrument)
    if baseline == 0 or criteria is None:
        return None
    points = now - baseline
    exact = Decimal(points) * 10_000 / baseline
    rounded = round_half_up(abs(exact))
    return OutcomeChange(
        points=points, percent_bp=-rounded if points < 0 else rounded, change=_class(criteria, baseline, now),
        meaningful=_reached(criteria.meaningful, points, baseline),
        reliable=_reached(criteria.reliable, points, baseline),
    )  # fmt: skip


def mean_change_from(baseline: Decimal | None, now: Decimal | None) -> MeanChange | None:
    """The change of the pain inventory's interference; None where too little was answered."""
    if baseline is None or now is None:
        return None
    return MeanChange(points=now - baseline, meaningful=abs(now - baseline) >= MEANINGFUL_MEAN)


def _reached(step: Step | None, points: int, baseline: int) -> bool | None:
    return None if step is None else step.reached(abs(points), baseline)


def _class(criteria: Criteria, baseline: int, now: int) -> ChangeClass:
    gone = baseline - now
    if criteria.remission is not None and now <= criteria.remission:
        return ChangeClass.REMISSION
    if criteria.response.reached(gone, baseline):
        return ChangeClass.RESPONSE
    if criteria.partial.reached(gone, baseline):
        return ChangeClass.PARTIAL
    return ChangeClass.WORSENED if criteria.worsened.reached(-gone, baseline) else ChangeClass.NON_RESPONSE


def baseline_of(totals: Sequence[Total], first_treatment: datetime | None) -> int | None:
    """Which of the totals (oldest first) is the baseline: the last one before the first treatment, else the first."""
    if not totals:
        return None
    before = [n for n, total in enumerate(totals) if first_treatment is not None and total.at <= first_treatment]
    return before[-1] if before else 0
