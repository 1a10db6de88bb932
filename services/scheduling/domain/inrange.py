"""Pulse and oxygen in range before a dose (domain A.5), by the bounds of C.4; what must be measured C.3 says."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from services.scheduling.domain.care import Blocker
from services.scheduling.domain.vitals import Reading
from shared.clinicfile.policies import SessionPolicy


def range_blockers(readings: Sequence[Reading], policy: SessionPolicy, now: datetime) -> Iterator[Blocker]:
    """The newest of each that was taken in the minutes of the baseline counts. Per minute, percent; bounds pass."""
    recent = [r for r in readings if r.at >= now - timedelta(minutes=policy.baseline_minutes)]
    lowest, highest = policy.vitals.warn_heart_rate
    pulse, oxygen = _newest(recent, "heart_rate"), _newest(recent, "spo2")
    if pulse is not None and not lowest <= pulse[1] <= highest:
        words = f"Pulse outside {lowest} to {highest} per minute; a clinician decides."
        yield Blocker("HEART_RATE_OUT_OF_RANGE", "clinician", words, told_at=pulse[0])
    if oxygen is not None and oxygen[1] < policy.vitals.warn_spo2:
        words = f"SpO2 below {policy.vitals.warn_spo2} %; a clinician decides."
        yield Blocker("SPO2_OUT_OF_RANGE", "clinician", words, told_at=oxygen[0])


def _newest(readings: Sequence[Reading], measure: str) -> tuple[datetime, int] | None:
    taken = [(r.at, value) for r in readings if (value := getattr(r.vitals, measure)) is not None]
    return max(taken, default=None)
