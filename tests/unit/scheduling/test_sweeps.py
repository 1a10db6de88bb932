"""Sweeps of readiness at 72, 24 and 2 hours before a session, and what of it can be settled before the day."""

import pytest

from services.scheduling.domain.care import Blocker
from services.scheduling.domain.sweeps import codes, next_sweep, passed, to_settle
from tests.unit.scheduling.kit import NOON, at

HOURS = (72, 24, 2)


def hours(count: float) -> float:
    return count * 60


@pytest.mark.parametrize(
    ("before", "due"),
    [(72.1, None), (72, 72), (24.1, 72), (24, 24), (2.1, 24), (2, 2), (0.1, 2), (0, None), (-1, None)],
)
def test_the_sweep_that_was_due_last_stands_for_those_that_were_missed(before: float, due: int | None) -> None:
    assert passed(HOURS, NOON, at(-hours(before))) == due


@pytest.mark.parametrize(
    ("before", "after", "hour", "due"),
    [
        (100, None, 72, -72), (72, 72, 24, -24), (24, 24, 2, -2), (2, 2, None, None), (30, None, 72, -30),
        (30, 72, 24, -24), (1, None, 2, -1), (1, 24, 2, -1), (1, 2, None, None), (0, None, None, None),
    ],
)  # fmt: skip
def test_each_sweep_asks_for_the_next_and_a_session_booked_late_is_swept_at_once(
    before: float, after: int | None, hour: int | None, due: float | None
) -> None:
    expected = None if hour is None or due is None else (hour, at(hours(due)))
    assert next_sweep(HOURS, NOON, at(-hours(before)), after) == expected


def test_a_sweep_at_any_moment_never_asks_for_one_that_was() -> None:
    for minute in range(-80 * 60, 10, 7):
        now, after = at(minute), None
        for _ in range(4):
            coming = next_sweep(HOURS, NOON, now, after)
            if coming is None:
                break
            assert coming[0] < (after or 1000)
            assert now <= coming[1] < NOON
            after, now = coming
        assert next_sweep(HOURS, NOON, now, after) is None


def test_what_is_asked_and_measured_on_the_day_is_no_task_before_it() -> None:
    found = [Blocker(code, "nurse", "") for code in ("NOT_CHECKED_IN", "ORDER_MISSING", "NPO_VIOLATION", "OWN_RIDE")]
    detail = to_settle(
        [*found, Blocker("CONSENT_MISSING", "frontdesk", "a"), Blocker("CONSENT_MISSING", "x", "b")], NOON
    )
    assert codes(detail) == ["CONSENT_MISSING", "CONSENT_MISSING", "ORDER_MISSING"]
    assert {blocker.deadline for blocker in detail.blockers} == {at(-hours(24))}
