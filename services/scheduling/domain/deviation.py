"""Rules that were broken in fact, and what was told that does not fit: recorded, never refused, and looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from services.scheduling.domain.infusion import Ordered, Ran


class DeviationCode(StrEnum):
    """What happened."""

    STARTED_AGAINST_RULE = "STARTED_AGAINST_RULE"
    DEVICE_TOO_SOON = "DEVICE_TOO_SOON"
    RATE_ABOVE_ORDER = "RATE_ABOVE_ORDER"
    RESUMED_AGAINST_RULE = "RESUMED_AGAINST_RULE"
    DOSE_ABOVE_ORDER = "DOSE_ABOVE_ORDER"
    DOSE_NOT_AS_RECKONED = "DOSE_NOT_AS_RECKONED"
    PRESCRIBER_ABSENT = "PRESCRIBER_ABSENT"
    NURSE_RATIO_EXCEEDED = "NURSE_RATIO_EXCEEDED"
    LEFT_WITHOUT_ESCORT = "LEFT_WITHOUT_ESCORT"
    LATE_DISCHARGE = "LATE_DISCHARGE"
    OTHER_RULE = "OTHER_RULE"


@dataclass(frozen=True, slots=True)
class Found:
    """A deviation that is to be recorded, with what was found, in units."""

    code: DeviationCode
    finding: str


def rate_above_order(rate: Decimal, ordered: Ordered) -> Found | None:
    """A rate above the ordered one; the ordered rate itself is allowed."""
    if rate <= ordered.rate:
        return None
    return Found(DeviationCode.RATE_ABOVE_ORDER, f"rate {rate} mL/h, ordered {ordered.rate} mL/h")


def prescriber_absent(gaps: Sequence[tuple[datetime, datetime]]) -> Iterator[Found]:
    """No prescriber was on duty while a dose ran (D.2): one deviation, with every minute of it."""
    if gaps:
        minutes = sum(((until - since) for since, until in gaps), timedelta()) / timedelta(minutes=1)
        first = min(since for since, _ in gaps).isoformat(timespec="minutes")
        yield Found(
            DeviationCode.PRESCRIBER_ABSENT,
            f"no prescriber on duty for {minutes:.0f} min while the dose ran, from {first}",
        )


def late_discharge(block_ends_at: datetime, left_at: datetime, tolerated_minutes: int) -> Iterator[Found]:
    """The patient left more than so many minutes after the end of the booked block; exactly so many are in time."""
    over = left_at - block_ends_at
    if over > timedelta(minutes=tolerated_minutes):
        minutes = over // timedelta(minutes=1)
        yield Found(DeviationCode.LATE_DISCHARGE, f"left {minutes} min after the end of the booked block")


def devices_above_order(dose_mg: int, ordered_mg: int) -> Iterator[Found]:
    """The devices of a nasal spray held more than was ordered."""
    if dose_mg > ordered_mg:
        yield Found(DeviationCode.DOSE_ABOVE_ORDER, f"{dose_mg} mg given, {ordered_mg} mg ordered")


def given_otherwise(dose_mg: int, ordered: Ordered, reckoned: Ran, tolerance_percent: int) -> Iterator[Found]:
    """What was given is above the ordered dose, or further from what rate and time say than so many percent of it."""
    if dose_mg > ordered.dose_mg:
        yield Found(DeviationCode.DOSE_ABOVE_ORDER, f"{dose_mg} mg given, {ordered.dose_mg} mg ordered")
    if 100 * abs(dose_mg - reckoned.mg) > tolerance_percent * ordered.dose_mg:
        finding = f"{dose_mg} mg told, {float(reckoned.mg):.1f} mg by rate and time"
        yield Found(DeviationCode.DOSE_NOT_AS_RECKONED, finding)
