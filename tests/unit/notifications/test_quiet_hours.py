"""Quiet hours (domain E.2): its vectors, daylight saving, and what holds for every instant."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.quiet_hours import QuietHours, last_allowed, next_allowed, recipient_zone

LA, BOISE, NEW_YORK = "America/Los_Angeles", "America/Boise", "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("send_at", "zone", "allowed"),
    [
        ("2026-12-01 15:30", LA, "2026-12-01 16:00"),
        ("2026-12-01 16:00", LA, "2026-12-01 16:00"),
        ("2026-12-02 04:59:59", LA, "2026-12-02 04:59:59"),
        ("2026-12-02 05:00", LA, "2026-12-02 16:00"),
        ("2026-12-01 14:30", BOISE, "2026-12-01 15:00"),
        ("2026-12-01 23:59", "UTC", "2026-12-02 08:00"),
        ("2026-12-01 00:00", "UTC", "2026-12-01 08:00"),
        ("2026-12-31 23:00", "UTC", "2027-01-01 08:00"),
        ("2026-03-08 05:30", NEW_YORK, "2026-03-08 12:00"),  # clocks go forward that night: 08:00 is 12:00 UTC
        ("2026-11-01 03:30", NEW_YORK, "2026-11-01 13:00"),  # and back: 08:00 is 13:00 UTC
    ],
)
def test_a_text_at_a_quiet_hour_waits_for_the_next_allowed_minute(send_at: str, zone: str, allowed: str) -> None:
    assert next_allowed(utc(send_at), zone) == utc(allowed)


@pytest.mark.parametrize(
    ("due_at", "zone", "allowed"),
    [
        ("2026-12-01 16:00", LA, "2026-12-01 16:00"),
        ("2026-12-01 15:59:59", LA, "2026-12-01 04:59"),
        ("2026-12-02 05:00", LA, "2026-12-02 04:59"),
        ("2026-12-02 04:59:59", LA, "2026-12-02 04:59:59"),
        ("2026-12-01 14:30", BOISE, "2026-12-01 03:59"),
        ("2026-03-08 11:30", NEW_YORK, "2026-03-08 01:59"),  # 20:59 before the night in which clocks go forward
    ],
)
def test_what_must_arrive_by_a_time_goes_back_to_the_last_whole_minute(due_at: str, zone: str, allowed: str) -> None:
    assert last_allowed(utc(due_at), zone) == utc(allowed)


@pytest.mark.parametrize(
    ("local", "quiet"),
    [(time(20, 59, 59, 999999), False), (time(21), True), (time(0), True), (time(7, 59, 59), True), (time(8), False)],
)
def test_the_window_is_closed_at_its_begin_and_open_at_its_end(local: time, quiet: bool) -> None:
    assert QuietHours().cover(local) is quiet


def test_a_window_within_one_day_ends_on_that_day() -> None:
    siesta = QuietHours(time(13), time(15))
    assert next_allowed(utc("2026-12-01 13:30"), "UTC", siesta) == utc("2026-12-01 15:00")
    assert next_allowed(utc("2026-12-01 16:00"), "UTC", siesta) == utc("2026-12-01 16:00")


@given(
    instant=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from([LA, BOISE, NEW_YORK, "America/Phoenix", "Asia/Kolkata", "Pacific/Auckland"]),
)
def test_every_instant_moves_forward_by_less_than_a_night_into_an_allowed_hour(instant: datetime, zone: str) -> None:
    allowed = next_allowed(instant, zone)
    assert not QuietHours().cover(allowed.astimezone(ZoneInfo(zone)).time())
    assert timedelta() <= allowed - instant <= timedelta(hours=12)
    assert next_allowed(allowed, zone) == allowed


@pytest.mark.parametrize(
    ("profile", "zone"), [(NEW_YORK, NEW_YORK), (None, BOISE), ("", BOISE), ("Mars/Olympus", BOISE)]
)
def test_the_recipients_own_zone_counts_and_else_the_clinics(profile: str | None, zone: str) -> None:
    assert recipient_zone(profile, BOISE) == zone
