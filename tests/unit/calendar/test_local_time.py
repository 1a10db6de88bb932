from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import (
    NoSuchLocalTime,
    at_least_days,
    at_local,
    elapsed_hours,
    local_date,
    local_time,
    plus_local_days,
    span_days,
    within_wall_days,
)

BOISE, PHOENIX, NEW_YORK = "America/Boise", "America/Phoenix", "America/New_York"


@pytest.mark.parametrize(
    ("on", "at", "zone", "utc"),
    [
        (date(2026, 11, 30), time(9), BOISE, datetime(2026, 11, 30, 16, tzinfo=UTC)),
        (date(2027, 3, 12), time(9), BOISE, datetime(2027, 3, 12, 16, tzinfo=UTC)),
        (date(2027, 3, 15), time(9), BOISE, datetime(2027, 3, 15, 15, tzinfo=UTC)),
        (date(2027, 3, 15), time(9), PHOENIX, datetime(2027, 3, 15, 16, tzinfo=UTC)),
        (date(2027, 11, 8), time(9), NEW_YORK, datetime(2027, 11, 8, 14, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_the_instant_of_that_day_s_offset(on, at, zone, utc):
    assert at_local(on, at, zone) == utc


def test_a_series_keeps_its_wall_clock_time_across_daylight_saving():
    start = at_local(date(2027, 3, 10), time(9), BOISE)
    series = [plus_local_days(start, days, BOISE) for days in (0, 2, 5, 7)]
    assert [local_time(instant, BOISE) for instant in series] == [time(9)] * 4
    assert [instant.hour for instant in series] == [16, 16, 15, 15]


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_a_time_that_daylight_saving_skipped_is_refused(minute):
    with pytest.raises(NoSuchLocalTime, match="2027-03-14 02"):
        at_local(date(2027, 3, 14), time(2, minute), BOISE)


def test_a_series_that_lands_in_the_skipped_hour_is_refused():
    with pytest.raises(NoSuchLocalTime):
        plus_local_days(at_local(date(2027, 3, 13), time(2, 30), BOISE), 1, BOISE)


def test_the_hour_before_and_after_the_skipped_one_exist():
    before = at_local(date(2027, 3, 14), time(1, 59), BOISE)
    after = at_local(date(2027, 3, 14), time(3), BOISE)
    assert after - before == timedelta(minutes=1)


def test_of_a_repeated_hour_the_first_is_meant_unless_fold_says_the_second():
    first = at_local(date(2027, 11, 7), time(1, 30), BOISE)
    second = at_local(date(2027, 11, 7), time(1, 30, fold=1), BOISE)
    assert second - first == timedelta(hours=1)
    assert local_time(second, BOISE).fold == 1


def test_elapsed_and_wall_clock_days_differ_across_daylight_saving():
    start = at_local(date(2027, 3, 8), time(9), BOISE)
    week_later = plus_local_days(start, 7, BOISE)
    assert elapsed_hours(start, week_later) == 7 * 24 - 1
    assert within_wall_days(start, week_later, 7, BOISE)
    assert not within_wall_days(start, week_later + timedelta(minutes=1), 7, BOISE)


@pytest.mark.parametrize(
    ("first", "days", "enough"),
    [
        (date(2027, 3, 13), 2, False),  # spring: 47 h elapsed at the same wall time
        (date(2027, 11, 6), 2, True),  # autumn: 49 h elapsed at the same wall time
        (date(2026, 11, 30), 2, True),
    ],
)
def test_a_minimum_in_days_holds_elapsed_and_by_the_wall_clock(first, days, enough):
    start = at_local(first, time(9), BOISE)
    assert at_least_days(start, plus_local_days(start, days, BOISE), days, BOISE) is enough


def test_in_autumn_48_elapsed_hours_are_not_two_wall_clock_days():
    start = at_local(date(2027, 11, 6), time(9), BOISE)
    assert not at_least_days(start, start + timedelta(hours=48), 2, BOISE)


def test_a_window_counts_local_days_inclusively():
    assert span_days(date(2026, 11, 30), date(2026, 12, 11)) == 12
    assert span_days(date(2026, 11, 30), date(2026, 12, 17)) == 18


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([BOISE, PHOENIX, NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe"]),
)
def test_an_instant_survives_the_way_to_local_time_and_back(instant, zone):
    assert at_local(local_date(instant, zone), local_time(instant, zone), zone) == instant
