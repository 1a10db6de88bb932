"""What an infusion gave by a moment: mg by the rates and the time that it really ran (domain C.2)."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.appointment import State
from services.scheduling.domain.deviation import DeviationCode, given_otherwise, rate_above_order
from services.scheduling.domain.floor import (
    ChairOutcome,
    FloorAction,
    PlaceFound,
    holds_end,
    may_settle,
    still_found,
    stronger,
)
from services.scheduling.domain.infusion import Change, Ordered, Step, expected_end, pauses, ran
from tests.unit.scheduling.kit import NOON, at

ORDER = Ordered(35, 40, Decimal("52.5"))
PAIN = Ordered(100, 240, Decimal("25"))


def paused(minute: float) -> Change:
    return Change(Step.PAUSED, at(minute))


def resumed(minute: float) -> Change:
    return Change(Step.RESUMED, at(minute))


def rate(minute: float, ml_per_hour: str) -> Change:
    return Change(Step.RATE_CHANGED, at(minute), Decimal(ml_per_hour))


@pytest.mark.parametrize(
    ("changes", "until", "mg", "minutes"),
    [
        ([], 0, "0", 0),
        ([], 40, "35", 40),
        ([], 12, "10.5", 12),
        ([paused(20)], 60, "17.5", 20),
        ([paused(20), resumed(30)], 50, "35", 40),
        ([paused(20), resumed(30)], 25, "17.5", 20),
        ([rate(20, "26.25")], 40, "26.25", 40),
        ([rate(20, "26.25"), rate(30, "52.5")], 40, "30.625", 40),
        ([paused(10), rate(12, "26.25"), resumed(20)], 40, "17.5", 30),
        ([rate(0, "105")], 20, "35", 20),
        ([paused(10), paused(15), resumed(20), resumed(25)], 40, "26.25", 30),
        ([resumed(5), paused(20)], 40, "17.5", 20),
    ],
    ids=[
        "just begun", "as ordered", "in the middle", "stands", "went on", "before it went on", "half the rate",
        "half for a while", "slower after a pause", "twice the rate", "told twice", "ran already",
    ],
)  # fmt: skip
def test_mg_and_minutes_follow_from_rate_and_time(
    changes: list[Change], until: float, mg: str, minutes: int
) -> None:  # fmt: skip
    found = ran(ORDER, NOON, changes, at(until))
    assert (found.mg, found.minutes) == (Fraction(mg), minutes)


def test_the_rate_and_the_pause_at_a_moment_are_known() -> None:
    changes = [rate(10, "30"), paused(20), resumed(30)]
    assert [ran(ORDER, NOON, changes, at(minute)).rate for minute in (9, 10, 25)] == [
        Decimal("52.5"), Decimal(30), Decimal(30)
    ]  # fmt: skip
    assert [ran(ORDER, NOON, changes, at(minute)).paused_since for minute in (19, 20, 29, 30)] == [
        None, at(20), at(20), None
    ]  # fmt: skip


@pytest.mark.parametrize(("until", "whole"), [(39.9, 35), (39.42, 34), (39.43, 35), (0, 0), (1, 1), (0.5, 0)])
def test_whole_mg_are_rounded_half_up(until: float, whole: int) -> None:
    assert ran(ORDER, NOON, [], at(until)).whole_mg == whole


_MINUTE = st.integers(0, 120)
_CHANGE = st.one_of(
    _MINUTE.map(paused), _MINUTE.map(resumed),
    st.tuples(_MINUTE, st.integers(1, 80)).map(lambda both: rate(both[0], str(both[1]))),
)  # fmt: skip


@given(st.lists(_CHANGE, max_size=8), _MINUTE, _MINUTE)
def test_what_was_given_only_grows_whenever_changes_were_told(changes: list[Change], one: int, two: int) -> None:
    first, last = sorted((one, two))
    distinct = list({change.at: change for change in changes}.values())
    early, late = (ran(ORDER, NOON, distinct, at(minute)) for minute in (first, last))
    assert early.mg <= late.mg
    assert late.running <= at(last) - NOON
    assert ran(ORDER, NOON, distinct[::-1], at(last)) == late
    stood, since = pauses([change for change in distinct if change.at <= at(last)])
    assert late.running + stood + ((at(last) - since) if since else at(0) - NOON) == at(last) - NOON


@pytest.mark.parametrize(
    ("changes", "now", "end"),
    [
        ([], 10, 40), ([paused(20)], 50, 70), ([paused(20), resumed(30)], 35, 50), ([rate(20, "26.25")], 20, 60),
        ([], 55, 55),
    ],
)  # fmt: skip
def test_the_end_is_expected_by_what_is_left_and_the_rate_that_is_set(
    changes: list[Change], now: float, end: float
) -> None:  # fmt: skip
    expected: datetime = expected_end(ORDER, ran(ORDER, NOON, changes, at(now)), at(now))
    assert expected == at(end)


@pytest.mark.parametrize(
    ("told", "allowed"), [("52.5", True), ("52.51", False), ("10", True), ("52.50", True), ("60", False)]
)
def test_a_rate_above_the_ordered_one_is_a_deviation(told: str, allowed: bool) -> None:
    found = rate_above_order(Decimal(told), ORDER)
    assert (found is None) is allowed
    assert found is None or found.code is DeviationCode.RATE_ABOVE_ORDER


@pytest.mark.parametrize(
    ("dose_mg", "minute", "codes"),
    [
        (35, 40, []),
        (34, 40, []),
        (32, 40, []),
        (31, 40, ["DOSE_NOT_AS_RECKONED"]),
        (36, 41, ["DOSE_ABOVE_ORDER"]),
        (36, 20, ["DOSE_ABOVE_ORDER", "DOSE_NOT_AS_RECKONED"]),
        (0, 0, []),
        (10, 12, []),
    ],
)
def test_what_was_given_is_held_against_the_order_and_against_rate_and_time(
    dose_mg: int, minute: float, codes: list[str]
) -> None:  # fmt: skip
    found = given_otherwise(dose_mg, ORDER, ran(ORDER, NOON, [], at(minute)), 10)
    assert [one.code.value for one in found] == codes


def test_long_pain_infusions_are_reckoned_alike() -> None:
    assert ran(PAIN, NOON, [rate(120, "12.5"), paused(180), resumed(200)], at(260)).mg == Fraction(75)


def test_of_two_who_press_at_once_the_stop_stands() -> None:
    assert stronger(FloorAction.PAUSE, FloorAction.PAUSE) is FloorAction.PAUSE
    assert stronger(FloorAction.STOP, FloorAction.PAUSE) is stronger(FloorAction.PAUSE, FloorAction.STOP)
    assert stronger(FloorAction.STOP, FloorAction.PAUSE) is FloorAction.STOP


@pytest.mark.parametrize("state", list(State))
def test_only_who_has_a_dose_can_be_stopped_or_watched(state: State) -> None:
    dosed = state in (State.IN_PROGRESS, State.RECOVERY)
    assert may_settle(state, ChairOutcome.STOPPED) is may_settle(state, ChairOutcome.RECOVERING) is dosed
    assert may_settle(state, ChairOutcome.RESUMED) is (dosed or state is State.CHECKED_IN)


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        (PlaceFound.EMPTY, False), (PlaceFound.OUT, False), (PlaceFound.MISSING, True),
        (PlaceFound.DOSE_STOPPED, True),
    ],
)  # fmt: skip
def test_who_is_missing_or_had_an_unrecorded_dose_stays_so_until_somebody_tells_otherwise(
    found: PlaceFound, holds: bool
) -> None:
    """An alarm that is rung again asks anew about chairs that were empty, and finds nobody."""
    assert holds_end(found) is holds
    assert still_found(found, at(5), at(5)) is found
    assert still_found(found, at(5), at(6)) is (found if holds else None)
