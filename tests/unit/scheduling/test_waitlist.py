"""Who is offered a slot that became free, in which order, and until when (domain D.4)."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.waitlist import Waiting, Wishes, answer_by, ranked
from shared.clinicfile.booking import WaitlistPolicy

NOON = datetime(2026, 11, 30, 19, tzinfo=UTC)
ZONE = "America/Boise"


def waiting(number: int, priority: int = 0, breach_days: float | None = None, asked_days_ago: float = 1) -> Waiting:
    breach = None if breach_days is None else NOON + timedelta(days=breach_days)
    return Waiting(UUID(int=number), priority, breach, NOON - timedelta(days=asked_days_ago))


@pytest.mark.parametrize(
    ("entries", "order"),
    [
        ([waiting(1, asked_days_ago=1), waiting(2, asked_days_ago=2)], [2, 1]),
        ([waiting(1, breach_days=3), waiting(2, breach_days=1), waiting(3, asked_days_ago=9)], [2, 1, 3]),
        ([waiting(1, breach_days=1), waiting(2, priority=1), waiting(3, priority=2)], [3, 2, 1]),
        ([waiting(2), waiting(1)], [1, 2]),
    ],
)
def test_clinical_priority_comes_first_then_the_gap_that_breaches_next_then_who_asked_first(
    entries: list[Waiting], order: list[int]
) -> None:
    assert [one.entry_id.int for one in ranked(entries)] == order


@given(st.permutations([waiting(n, n % 3, n % 4 or None, n % 5) for n in range(1, 9)]))
def test_the_order_does_not_depend_on_how_the_list_is_read(entries: list[Waiting]) -> None:
    assert ranked(entries) == ranked(sorted(entries, key=lambda one: one.entry_id))


@pytest.mark.parametrize(
    ("wishes", "suits"),
    [
        (Wishes(), True),
        (Wishes(first_day=date(2026, 12, 1), last_day=date(2026, 12, 1)), True),
        (Wishes(first_day=date(2026, 12, 2)), False),
        (Wishes(last_day=date(2026, 11, 30)), False),
        (Wishes(from_time=time(10), until_time=time(10)), True),
        (Wishes(from_time=time(10, 15)), False),
        (Wishes(until_time=time(9, 45)), False),
    ],
)
def test_a_slot_suits_within_the_days_and_starts_wished_for_ends_included(wishes: Wishes, suits: bool) -> None:
    assert wishes.suits(date(2026, 12, 1), time(10)) is suits


@pytest.mark.parametrize(
    ("local", "after"),
    [("08:00", timedelta(hours=1)), ("19:59", timedelta(hours=1)), ("20:00", timedelta(hours=12)),
     ("07:59", timedelta(hours=12)), ("02:00", timedelta(hours=12))],
)  # fmt: skip
def test_an_hour_to_answer_by_day_and_twelve_overnight(local: str, after: timedelta) -> None:
    hour, minute = map(int, local.split(":"))
    now = datetime(2026, 11, 30, tzinfo=UTC) + timedelta(hours=hour + 7, minutes=minute)
    assert answer_by(now, WaitlistPolicy(), ZONE) == now + after


def test_a_policy_whose_day_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="day_until must be after day_from"):
        WaitlistPolicy(day_from=time(20), day_until=time(8))
