"""Ordinary texts: 3 in a local day, 8 in any 7 local days (domain E.2, E.5)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.caps import first_with_room

BOISE = "America/Boise"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BOISE)).astimezone(UTC)


def days(*ns: int) -> list[datetime]:
    """A text at noon of each of these days of December."""
    return [local(f"2026-12-{n:02} 12:00") for n in ns]


@pytest.mark.parametrize(
    ("sent", "free"),
    [
        ([], "2026-12-10 15:00"),
        (days(10, 10), "2026-12-10 15:00"),
        (days(10, 10, 10), "2026-12-11 08:00"),
        (days(9, 9, 9), "2026-12-10 15:00"),
        (days(4, 5, 5, 6, 7, 8, 9), "2026-12-10 15:00"),
        (days(4, 4, 5, 5, 6, 7, 8, 9), "2026-12-11 08:00"),  # 8 since the 4th; from the 11th on the 4th is out
        (days(3, 3, 3, 5, 5, 6, 7, 8), "2026-12-10 15:00"),  # the 3rd is eight days back
        (days(8, 8, 8, 9, 9, 9, 10, 10), "2026-12-15 08:00"),
        (days(8, 8, 8, 9, 9, 9, 10, 10, 10), "2026-12-15 08:00"),
    ],
)
def test_a_text_above_a_cap_waits_for_the_first_day_with_room(sent: list[datetime], free: str) -> None:
    assert first_with_room(local("2026-12-10 15:00"), sent, BOISE) == local(free)


def test_days_are_the_recipients_own() -> None:
    late = [local("2026-12-09 23:30")] * 3  # the 10th in UTC
    assert first_with_room(local("2026-12-10 08:00"), late, BOISE) == local("2026-12-10 08:00")
    assert first_with_room(local("2026-12-09 23:45"), late, BOISE) == local("2026-12-10 08:00")


@given(st.lists(st.integers(0, 60), max_size=40))
def test_following_it_never_breaks_a_cap(hours: list[int]) -> None:
    sent: list[datetime] = []
    for hour in sorted(hours):
        sent.append(first_with_room(local("2026-12-01 08:00") + timedelta(hours=hour), sent, BOISE))
    dates = [instant.astimezone(ZoneInfo(BOISE)).date() for instant in sent]
    for day in dates:
        assert dates.count(day) <= 3
        assert sum(timedelta() <= day - other < timedelta(days=7) for other in dates) <= 8
