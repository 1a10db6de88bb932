"""The pressure gate before a dose (domain A.5, AL-01). Strictly above 140 or 90 holds; 180 or 120 cancels. mmHg."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from services.scheduling.domain.vitals import Reading
from shared.clinicfile.policies import SessionPolicy

REST = timedelta(minutes=5)


class Gate(StrEnum):
    """What the pressure readings since check-in allow."""

    NOT_MEASURED = "NOT_MEASURED"
    PASSED = "PASSED"
    HOLD_RECHECK = "HOLD_RECHECK"
    HOLD_FOR_CLINICIAN = "HOLD_FOR_CLINICIAN"
    CANCEL_SESSION = "CANCEL_SESSION"


def pressure_gate(readings: Sequence[Reading], policy: SessionPolicy) -> Gate:
    """The gate after these readings. A recheck within five minutes of a high reading is no recheck: no rest, no try.

    After the last try nothing more is rechecked: the clinician decides. A reading at the crisis bound always counts.
    """
    gate, tries, last_high = Gate.NOT_MEASURED, 0, None
    for reading in sorted(readings, key=lambda r: r.at):
        pressure = reading.vitals.pressure
        if pressure is None:
            continue
        if _reaches(pressure, policy.vitals.cancel_systolic, policy.vitals.cancel_diastolic):
            return Gate.CANCEL_SESSION
        if gate is Gate.HOLD_FOR_CLINICIAN or _unrested(reading.at, last_high):
            continue
        gate, last_high = Gate.PASSED, None
        if _reaches(pressure, policy.vitals.hold_systolic + 1, policy.vitals.hold_diastolic + 1):
            tries, last_high = tries + 1, reading.at
            gate = Gate.HOLD_FOR_CLINICIAN if tries >= policy.pressure_tries else Gate.HOLD_RECHECK
    return gate


def last_high(readings: Sequence[Reading], policy: SessionPolicy) -> datetime | None:
    """When a pressure above the gate was last measured."""
    limits = policy.vitals
    return max(
        (
            reading.at for reading in readings
            if reading.vitals.pressure is not None
            and _reaches(reading.vitals.pressure, limits.hold_systolic + 1, limits.hold_diastolic + 1)
        ),
        default=None,
    )  # fmt: skip


def _reaches(pressure: tuple[int, int], systolic: int, diastolic: int) -> bool:
    return pressure[0] >= systolic or pressure[1] >= diastolic


def _unrested(at: datetime, last_high: datetime | None) -> bool:
    return last_high is not None and at - last_high < REST
