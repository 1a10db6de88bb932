"""What a package is worth while it is used, and what goes back of it (domain F.7)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.packages import credit_value, expires_on, refund_by_list_price, unused_value

prices = st.integers(1, 10_000_000)
sizes = st.integers(1, 40)

PRO_RATA = [(240_000, 6, 2, 160_000), (240_000, 6, 6, 0), (240_000, 6, 0, 240_000), (100, 3, 1, 67), (100, 3, 2, 33)]


@pytest.mark.parametrize(("price", "sessions", "used", "back"), [*PRO_RATA, (25, 2, 1, 13)])
def test_what_is_unused_goes_back_pro_rata_half_up(price: int, sessions: int, used: int, back: int) -> None:
    assert unused_value(price, sessions, used) == back


@pytest.mark.parametrize(
    ("price", "at_list", "back"),
    [(240_000, 90_000, 150_000), (240_000, 270_000, 0), (240_000, 240_000, 0), (240_000, 0, 240_000)],
)
def test_by_list_price_what_was_used_is_taken_off_and_nothing_is_owed_back(price: int, at_list: int, back: int) -> None:
    assert refund_by_list_price(price, at_list) == back


@given(prices, sizes, st.data())
def test_a_refund_lies_between_nothing_and_the_price(price: int, sessions: int, data: st.DataObject) -> None:
    used = data.draw(st.integers(0, sessions))
    assert 0 <= unused_value(price, sessions, used) <= price
    assert 0 <= refund_by_list_price(price, data.draw(st.integers(0, 2 * price))) <= price


@given(prices, sizes)
def test_credits_add_up_to_the_price_and_none_is_negative(price: int, sessions: int) -> None:
    values = [credit_value(price, sessions, used) for used in range(sessions)]
    assert sum(values) == price
    assert min(values) >= 0
    assert max(values) - min(values) <= 1


@pytest.mark.parametrize(
    ("sold", "months", "last"),
    [
        (date(2026, 11, 25), 12, date(2027, 11, 25)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
    ids=["a year", "into a leap February", "into a short month", "over the year"],
)
def test_credits_expire_on_the_same_day_of_a_later_month_or_its_last(sold: date, months: int, last: date) -> None:
    assert expires_on(sold, months) == last
