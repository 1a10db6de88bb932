from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import business_day_before, business_days_after, business_days_between, is_business_day

DATES = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("day", "business"),
    [
        (date(2026, 11, 25), True),
        (date(2026, 11, 26), False),  # Thanksgiving
        (date(2026, 11, 27), True),
        (date(2026, 11, 28), False),
        (date(2026, 7, 3), False),  # Independence Day on a Saturday, observed on Friday
        (date(2027, 7, 5), False),  # on a Sunday, observed on Monday
        (date(2027, 6, 18), False),  # Juneteenth on a Saturday
        (date(2026, 10, 12), False),  # Columbus Day
        (date(2021, 12, 31), False),  # New Year's Day 2022, observed the year before
        (date(2026, 12, 24), True),
    ],
)
def test_weekends_and_observed_federal_holidays_are_no_business_days(day, business):
    assert is_business_day(day) is business


@pytest.mark.parametrize(
    ("scheduled", "service", "days"),
    [
        (date(2026, 11, 30), date(2026, 12, 3), 3),
        (date(2026, 11, 30), date(2026, 12, 2), 2),
        (date(2026, 11, 30), date(2026, 12, 14), 10),
        (date(2026, 11, 24), date(2026, 12, 1), 4),
        (date(2026, 11, 30), date(2026, 11, 30), 0),
        (date(2026, 11, 30), date(2026, 11, 20), 0),
    ],
)
def test_business_days_are_counted_after_the_first_up_to_the_second_day(scheduled, service, days):
    assert business_days_between(scheduled, service) == days


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 30), 1, date(2026, 12, 1)),
        (date(2026, 11, 30), 3, date(2026, 12, 3)),
        (date(2026, 11, 24), 1, date(2026, 11, 25)),
        (date(2026, 11, 25), 3, date(2026, 12, 1)),
        (date(2026, 11, 23), 10, date(2026, 12, 8)),
    ],
)
def test_deadlines_skip_weekends_and_holidays(day, count, expected):
    assert business_days_after(day, count) == expected


def test_a_deadline_of_no_days_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        business_days_after(date(2026, 11, 30), 0)


def test_the_business_day_before_skips_the_holiday():
    assert business_day_before(date(2026, 11, 27)) == date(2026, 11, 25)
    assert business_day_before(date(2026, 11, 30)) == date(2026, 11, 27)


@given(DATES, st.integers(1, 15))
def test_the_nth_business_day_after_has_n_business_days_between(day, count):
    found = business_days_after(day, count)
    assert is_business_day(found)
    assert business_days_between(day, found) == count


@given(DATES)
def test_nothing_between_a_day_and_its_business_day_before_is_one(day):
    before = business_day_before(day)
    assert is_business_day(before)
    assert business_days_between(before, day - timedelta(days=1)) == 0
