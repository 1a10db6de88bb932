"""Change from baseline (domain B.2, A.8)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.outcomes import OutcomeChange, Total, baseline_of, change_from, mean_change_from

START = datetime(2026, 11, 20, tzinfo=UTC)
TOTALS = st.integers(0, 27)


@pytest.mark.parametrize(
    ("baseline", "now", "expected", "percent_bp"),
    [
        (20, 4, "REMISSION", -8000),
        (20, 10, "RESPONSE", -5000),
        (20, 11, "PARTIAL", -4500),
        (20, 15, "PARTIAL", -2500),
        (20, 16, "NON_RESPONSE", -2000),
        (20, 25, "WORSENED", 2500),
        (12, 4, "REMISSION", -6667),
        (10, 5, "RESPONSE", -5000),
        (27, 14, "PARTIAL", -4815),  # 48.1 %
        (25, 13, "PARTIAL", -4800),
        (4, 3, "REMISSION", -2500),  # from below 5 to below 5
        (4, 4, "REMISSION", 0),
        (4, 8, "NON_RESPONSE", 10000),  # 4 points up
        (4, 9, "WORSENED", 12500),
        (20, 24, "NON_RESPONSE", 2000),
        (20, 20, "NON_RESPONSE", 0),
    ],
)
def test_vectors(baseline: int, now: int, expected: str, percent_bp: int) -> None:
    found = change_from(baseline, now)
    assert found == OutcomeChange(
        points=now - baseline, percent_bp=percent_bp, change=expected, meaningful=abs(now - baseline) >= 5
    )  # fmt: skip


@pytest.mark.parametrize(
    ("instrument", "baseline", "now", "expected", "meaningful", "reliable"),
    [
        ("GAD7", 14, 10, "PARTIAL", True, False),  # domain B.3
        ("GAD7", 16, 10, "PARTIAL", True, True),
        ("GAD7", 14, 11, "NON_RESPONSE", False, False),
        ("GAD7", 20, 4, "REMISSION", True, True),
        ("GAD7", 10, 14, "WORSENED", True, False),
        ("PCL5", 50, 40, "RESPONSE", True, True),
        ("PCL5", 50, 41, "PARTIAL", False, True),
        ("PCL5", 50, 46, "NON_RESPONSE", False, False),
        ("PCL5", 50, 55, "WORSENED", False, True),
        ("MADRS", 30, 9, "REMISSION", True, None),
        ("MADRS", 30, 15, "RESPONSE", True, None),
        ("MADRS", 20, 10, "RESPONSE", True, None),
        ("MADRS", 30, 29, "NON_RESPONSE", False, None),
        ("YBOCS", 20, 13, "RESPONSE", None, None),
        ("YBOCS", 20, 12, "REMISSION", None, None),
        ("YBOCS", 28, 21, "PARTIAL", None, None),
        ("YBOCS", 28, 22, "NON_RESPONSE", None, None),
        ("YBOCS", 20, 25, "WORSENED", None, None),
        ("PAIN_NRS", 8, 4, "RESPONSE", True, None),  # domain B.6: 50 % substantial, 30 % moderate, 10 % minimal
        ("PAIN_NRS", 10, 7, "PARTIAL", True, None),
        ("PAIN_NRS", 8, 6, "NON_RESPONSE", True, None),
        ("PAIN_NRS", 10, 9, "NON_RESPONSE", True, None),
        ("PAIN_NRS", 10, 10, "NON_RESPONSE", False, None),
        ("PAIN_NRS", 6, 8, "WORSENED", True, None),
    ],
)
def test_each_instrument_has_changes_of_its_own(
    instrument: str, baseline: int, now: int, expected: str, meaningful: bool | None, reliable: bool | None
) -> None:
    found = change_from(baseline, now, instrument)
    assert found is not None
    assert (found.change, found.meaningful, found.reliable) == (expected, meaningful, reliable)


@pytest.mark.parametrize("instrument", ["AUDITC", "CADSS", "CADSS6", "PCPTSD5"])
def test_a_screen_has_no_change_class(instrument: str) -> None:
    assert change_from(8, 2, instrument) is None


@pytest.mark.parametrize(
    ("baseline", "now", "points", "meaningful"),
    [("6.00", "5.00", "-1.00", True), ("6.00", "5.01", "-0.99", False), ("4.29", "5.29", "1.00", True)],
)
def test_a_point_of_the_pain_inventory_s_interference_is_meaningful(
    baseline: str, now: str, points: str, meaningful: bool
) -> None:
    found = mean_change_from(Decimal(baseline), Decimal(now))
    assert found is not None
    assert (str(found.points), found.meaningful) == (points, meaningful)
    assert mean_change_from(None, Decimal(now)) is mean_change_from(Decimal(baseline), None) is None


@given(TOTALS)
def test_nothing_changes_from_zero(now: int) -> None:
    assert change_from(0, now) is None


ORDER = ("REMISSION", "RESPONSE", "PARTIAL", "NON_RESPONSE", "WORSENED")


@given(TOTALS.filter(bool), TOTALS, TOTALS)
def test_more_points_are_never_a_better_class(baseline: int, one: int, other: int) -> None:
    better, worse = (change_from(baseline, points) for points in sorted((one, other)))
    assert better is not None
    assert worse is not None
    assert ORDER.index(better.change) <= ORDER.index(worse.change)


def totals(*days: int) -> list[Total]:
    return [Total(START + timedelta(days=day), 20 - n) for n, day in enumerate(days)]


@pytest.mark.parametrize(
    ("days", "first_treatment", "expected"),
    [
        ((), None, None),
        ((0, 3), None, 0),
        ((0, 3, 6), 4, 1),
        ((0, 3, 6), 3, 1),  # on the day itself, at the same instant
        ((3, 6), 1, 0),  # treated before anything was measured
    ],
)
def test_the_baseline_is_the_last_total_before_treatment(
    days: tuple[int, ...], first_treatment: int | None, expected: int | None
) -> None:
    at = None if first_treatment is None else START + timedelta(days=first_treatment)
    assert baseline_of(totals(*days), at) == expected
