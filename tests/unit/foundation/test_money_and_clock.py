"""Cents round half up once; business time only moves forward."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.clock import Clock, wall_now
from shared.ids import derived_id, named_id, new_id
from shared.money import Money, round_half_up, share


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("61.5", 62), ("-0.5", -1), ("28.45", 28)],
)
def test_half_goes_up(value: str, rounded: int) -> None:
    assert round_half_up(Decimal(value)) == rounded


@pytest.mark.parametrize(("cents", "points", "part"), [(33_333, 1_500, 5_000), (100_000, 2_000, 20_000), (1, 5_000, 1)])
def test_share_of_an_amount_is_rounded_once(cents: int, points: int, part: int) -> None:
    assert share(cents, points) == part


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_a_share_is_never_more_than_the_whole(cents: int, points: int) -> None:
    assert 0 <= share(cents, points) <= cents


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot add"):
        _ = Money(amount_cents=1) + Money(amount_cents=1, currency="EUR")


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValidationError):
        Money(amount_cents=-1)


def test_business_time_never_goes_back() -> None:
    clock = Clock()
    clock.set_offset(timedelta(hours=48))
    clock.set_offset(timedelta(hours=1))
    assert clock.offset == timedelta(hours=48)
    assert clock.now() - wall_now() > timedelta(hours=47)


def test_ids_are_stable_where_they_must_be() -> None:
    cause = new_id()
    assert derived_id(cause, "a") == derived_id(cause, "a") != derived_id(cause, "b")
    assert named_id("clinic", "larkspur") == named_id("clinic", "larkspur") != named_id("location", "larkspur")


def test_new_ids_grow_with_time() -> None:
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(ids)
    assert ids[0].version == 7
