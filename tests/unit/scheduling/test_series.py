"""A course that changes: where a session may go, gaps that grow, when it is complete, going on after a gap (D.4)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.appointment import State, may_become
from services.scheduling.domain.continuity import History, continuity_blockers
from services.scheduling.domain.series import CourseState, Series, Standing
from tests.unit.scheduling.kit import IV_MOOD_6, NOON, ZONE
from tests.unit.scheduling.test_readiness import order

SIX = (0, 2, 4, 7, 9, 11)


def day(number: float) -> datetime:
    """Noon of a Monday and so many days later."""
    return NOON + timedelta(days=number)


def series(days: dict[int, float] | tuple[float, ...] = SIX, done: int = 0, last: State = State.CONFIRMED) -> Series:
    numbered = days if isinstance(days, dict) else dict(enumerate(days, start=1))
    states = [State.COMPLETED if number <= done else State.CONFIRMED for number in numbered]
    states[-1] = last if states[-1] is State.CONFIRMED else states[-1]
    standing = [Standing(n, day(d), state) for (n, d), state in zip(numbered.items(), states, strict=True)]
    return Series(IV_MOOD_6, ZONE, standing)


@pytest.mark.parametrize(
    ("number", "to", "codes"),
    [
        (4, 7, []),
        (4, 6, ["WEEK_FULL"]),
        (4, 5.99, ["MIN_GAP", "WEEK_FULL"]),
        (4, 7.5, ["MIN_GAP"]),
        (6, 16, []),
        (6, 17, ["MAX_GAP"]),
        (6, 20, ["MAX_GAP"]),
        (6, 21, ["MAX_GAP", "WINDOW"]),
        (3, 9.5, ["MAX_GAP", "OUT_OF_ORDER", "WEEK_FULL"]),
        (2, 4.5, ["OUT_OF_ORDER"]),
        (1, -5, []),
        (1, -6, ["MAX_GAP"]),
        (6, 10.99, ["MIN_GAP"]),
    ],
)
def test_a_session_may_go_where_gaps_order_week_and_window_allow(number: int, to: float, codes: list[str]) -> None:
    assert sorted({v.code for v in series().violations(number, day(to))}) == codes


def test_a_course_that_lost_sessions_may_be_shorter_than_its_window_but_not_longer() -> None:
    short = series({1: 0, 2: 2, 3: 4})
    assert short.violations(3, day(4)) == []
    assert "WINDOW" in {v.code for v in short.violations(3, day(22))}


@given(st.integers(1, 6), st.floats(-10, 40))
def test_a_move_without_violations_leaves_every_gap_within_the_limits(number: int, to: float) -> None:
    if series().violations(number, day(to)):
        return
    days = {**dict(enumerate(SIX, start=1)), number: to}
    assert list(days.values()) == sorted(days.values())
    assert series(days).long_gaps == frozenset()
    gaps = [b - a for a, b in zip(list(days.values()), list(days.values())[1:], strict=False)]
    assert all(gap >= 2 - 1e-9 for gap in gaps)


@pytest.mark.parametrize(
    ("now", "settled", "state"),
    [
        (series(), False, CourseState.ACTIVE),
        (series({1: 0, 2: 2, 6: 9}), False, CourseState.ACTIVE),
        (series({1: 0, 2: 2, 6: 10}), False, CourseState.NEEDS_CLINICIAN),
        (series(done=6), True, CourseState.COMPLETE),
        (series(done=6), False, CourseState.NEEDS_CLINICIAN),
        (series(done=5, last=State.ABORTED), True, CourseState.COMPLETE),
        (series(done=5, last=State.ABORTED), False, CourseState.NEEDS_CLINICIAN),
        (Series(IV_MOOD_6, ZONE, []), False, CourseState.CANCELLED),
    ],
)
def test_what_is_left_decides_about_the_state(now: Series, settled: bool, state: CourseState) -> None:
    assert now.state(settled=settled) is state


def test_a_gap_that_a_clinician_accepted_is_not_asked_about_again() -> None:
    gapped = series({1: 0, 2: 2, 6: 11})
    assert gapped.state() is CourseState.NEEDS_CLINICIAN
    assert gapped.state(gapped.long_gaps) is CourseState.ACTIVE


@pytest.mark.parametrize(
    ("days", "reviewed", "signed_later", "codes"),
    [
        (7, False, False, []),
        (7.01, False, False, ["GAP_REVIEW"]),
        (14, False, False, ["GAP_REVIEW"]),
        (14, True, False, []),
        (14.01, False, False, ["GAP_RESTART"]),
        (15, True, False, ["GAP_RESTART"]),
        (15, False, True, ["GAP_RESTART"]),
        (15, True, True, []),
    ],
)
def test_the_next_session_waits_for_a_review_after_a_week_and_for_a_new_start_after_two(
    days: float, reviewed: bool, signed_later: bool, codes: list[str]
) -> None:
    now, minute = day(days), days * 24 * 60
    history = History(last_dosed_at=NOON, reviewed_at=day(days / 2) if reviewed else NOON - timedelta(days=1))
    signed = order(signed=minute - 60 if signed_later else -60)
    assert [b.code for b in continuity_blockers(history, signed, IV_MOOD_6, ZONE, now)] == codes


def test_an_earlier_session_that_is_open_holds_the_next_and_a_first_one_waits_for_nothing() -> None:
    held = continuity_blockers(History(earlier_open=1), order(), IV_MOOD_6, ZONE, NOON)
    assert [b.code for b in held] == ["EARLIER_SESSION_OPEN"]
    assert list(continuity_blockers(History(), order(), IV_MOOD_6, ZONE, NOON)) == []


def test_only_a_confirmed_appointment_is_missed() -> None:
    assert [state for state in State if may_become(state, State.NO_SHOW)] == [State.CONFIRMED]
