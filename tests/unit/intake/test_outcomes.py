"""Change from baseline (domain B.2, A.8)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.outcomes import OutcomeChange, Total, baseline_of, change_from

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
    assert change_from(baseline, now) == OutcomeChange(points=now - baseline, percent_bp=percent_bp, change=expected)


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
