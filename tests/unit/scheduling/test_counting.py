"""Counts, discrepancies and the clock of a loss (domain H.4)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.counting import check_count, loss_clock, next_inventory_on, settle_by

A, B, C = (UUID(int=n) for n in (1, 2, 3))
BOISE = "America/Boise"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(("counted", "difference"), [(398, {}), (390, {A: Decimal(-8)}), (400, {A: Decimal(2)})])
def test_the_printed_count_matches_or_differs(counted: int, difference: dict[UUID, Decimal]) -> None:
    assert check_count({A: Decimal(398)}, {A: Decimal(counted)}).differences == difference


def test_everything_that_is_there_is_counted_and_nothing_else() -> None:
    found = check_count({A: Decimal(5), B: Decimal(5), C: Decimal(0)}, {A: Decimal(5), UUID(int=9): Decimal(1)})
    assert (found.not_counted, found.unknown, found.differences) == ((B,), (UUID(int=9),), {})
    assert check_count({C: Decimal(0)}, {}).not_counted == ()
    assert check_count({C: Decimal(0)}, {C: Decimal(2)}).differences == {C: Decimal(2)}


@given(st.dictionaries(st.uuids(), st.integers(0, 9).map(Decimal), max_size=6))
def test_a_ledger_counted_as_it_is_never_differs(balances: dict[UUID, Decimal]) -> None:
    found = check_count(balances, balances)
    assert (found.not_counted, found.unknown, found.differences) == ((), (), {})


@pytest.mark.parametrize(
    ("discovered", "settled_by", "notice", "form"),
    [
        ("2026-11-30T10:00-07:00", "2026-12-01T00:00-07:00", "2026-12-02T00:00-07:00", "2027-01-15T00:00-07:00"),
        ("2026-11-30T23:59-07:00", "2026-12-01T00:00-07:00", "2026-12-02T00:00-07:00", "2027-01-15T00:00-07:00"),
        ("2026-12-04T10:00-07:00", "2026-12-05T00:00-07:00", "2026-12-08T00:00-07:00", "2027-01-19T00:00-07:00"),
        ("2026-12-24T10:00-07:00", "2026-12-25T00:00-07:00", "2026-12-29T00:00-07:00", "2027-02-08T00:00-07:00"),
        ("2026-10-31T10:00-06:00", "2026-11-01T00:00-06:00", "2026-11-03T00:00-07:00", "2026-12-16T00:00-07:00"),
    ],
)  # fmt: skip
def test_what_is_due_after_a_discovery_by_the_end_of_local_days(
    discovered: str, settled_by: str, notice: str, form: str
) -> None:
    clock = loss_clock(utc(discovered), BOISE)
    assert settle_by(utc(discovered), BOISE) == utc(settled_by)
    assert (clock.notice_due_at, clock.form_due_at) == (utc(notice), utc(form))


@pytest.mark.parametrize(
    ("last", "following"),
    [(date(2026, 11, 30), date(2028, 11, 30)), (date(2028, 2, 29), date(2030, 2, 28))],
)
def test_an_inventory_follows_within_two_years(last: date, following: date) -> None:
    assert next_inventory_on(last) == following
