"""The interval between maintenance sessions that an order names (domain D.3)."""

from datetime import date

import pytest

from services.scheduling.domain.interval import Interval, next_due_on

LAST = date(2026, 12, 11)


@pytest.mark.parametrize(
    ("ordered", "protocol", "due_on"),
    [
        (None, 28, date(2027, 1, 8)),
        (84, 28, date(2027, 3, 5)),
        (14, 28, date(2026, 12, 25)),
        (None, None, None),
        (35, None, date(2027, 1, 15)),
    ],
)
def test_the_order_goes_before_the_protocol(ordered: int | None, protocol: int | None, due_on: date | None) -> None:
    assert next_due_on(LAST, ordered, protocol) == due_on


@pytest.mark.parametrize(
    ("day", "wording"),
    [
        (date(2027, 1, 15), "35 d after the last session, as ordered."),
        (date(2027, 1, 18), "38 d after the last session; 35 d are ordered, 3 d earlier."),
        (date(2027, 1, 8), "28 d after the last session; 35 d are ordered, 7 d later."),
    ],
)
def test_a_planned_day_is_told_beside_what_is_ordered(day: date, wording: str) -> None:
    assert Interval(35, LAST).wording(day) == wording
