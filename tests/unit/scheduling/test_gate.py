"""The pressure gate before a dose (domain A.5, AL-01)."""

import pytest

from services.scheduling.domain.gate import Gate, pressure_gate
from tests.unit.scheduling.kit import POLICY, reading


def gate(*readings: tuple[float, str]) -> Gate:
    pressures = [(minute, *map(int, text.split("/"))) for minute, text in readings]
    return pressure_gate([reading(m, systolic=s, diastolic=d) for m, s, d in pressures], POLICY)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([], Gate.NOT_MEASURED),
        ([(0, "140/90")], Gate.PASSED),
        ([(0, "141/90")], Gate.HOLD_RECHECK),
        ([(0, "140/91")], Gate.HOLD_RECHECK),
        ([(0, "179/119")], Gate.HOLD_RECHECK),
        ([(0, "180/80")], Gate.CANCEL_SESSION),
        ([(0, "170/120")], Gate.CANCEL_SESSION),
        ([(0, "150/95"), (5, "138/88")], Gate.PASSED),
        ([(0, "150/95"), (10, "145/85")], Gate.HOLD_RECHECK),
        ([(0, "150/95"), (10, "145/85"), (20, "139/85")], Gate.PASSED),
        ([(0, "150/95"), (10, "145/85"), (20, "141/85")], Gate.HOLD_FOR_CLINICIAN),
        ([(0, "150/95"), (10, "145/85"), (20, "141/85"), (40, "120/80")], Gate.HOLD_FOR_CLINICIAN),
        ([(0, "150/95"), (10, "145/85"), (20, "141/85"), (40, "185/80")], Gate.CANCEL_SESSION),
        ([(0, "182/100"), (15, "130/80")], Gate.CANCEL_SESSION),
        ([(0, "130/80"), (10, "150/80")], Gate.HOLD_RECHECK),
    ],
)
def test_the_gate_follows_the_readings(readings: list[tuple[float, str]], expected: Gate) -> None:
    assert gate(*readings) is expected


def test_a_recheck_without_rest_neither_clears_nor_counts() -> None:
    assert gate((0, "150/95"), (4, "130/80")) is Gate.HOLD_RECHECK
    assert gate((0, "150/95"), (2, "151/95"), (4, "152/95"), (6, "153/95")) is Gate.HOLD_RECHECK
    assert gate((0, "150/95"), (4, "181/95")) is Gate.CANCEL_SESSION


def test_the_order_of_recording_does_not_matter() -> None:
    assert gate((10, "138/88"), (0, "150/95")) is Gate.PASSED


def test_looks_without_a_pressure_do_not_move_the_gate() -> None:
    assert pressure_gate([reading(0, spo2=97)], POLICY) is Gate.NOT_MEASURED
