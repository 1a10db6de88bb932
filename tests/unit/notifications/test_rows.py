"""What is owed when something happens (domain E.1, E.5)."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.plan import Channel
from services.notifications.domain.quiet_hours import QuietHours, quiet_at
from services.notifications.domain.rows import (
    Clock,
    Owed,
    about_offer,
    after_discharge,
    after_loss,
    after_screening,
    channels_of,
    reminders,
    told_now,
)
from services.notifications.domain.tasks import Way, way_of

BOISE = Clock("America/Boise", QuietHours())
SMS, EMAIL = Channel.SMS, Channel.EMAIL
DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(owed: list[Owed]) -> dict[str, datetime]:
    return {one.plan_id: one.due_at for one in owed}


@pytest.mark.parametrize(
    ("starts_at", "n08", "n09"),
    [
        ("2026-12-03 17:00", "2026-12-02 17:00", "2026-12-03 15:00"),  # 10:00 in Boise: 10:00 the day before, 08:00
        ("2026-12-03 16:30", "2026-12-02 16:30", None),  # 09:30: two hours before is 07:30, quiet
        ("2026-12-03 14:00", "2026-12-02 15:00", None),  # 07:00: moved forward to 08:00 the day before
        ("2026-12-04 04:30", "2026-12-03 03:59", "2026-12-04 02:30"),  # 21:30: forward would be the day itself, so back
        ("2026-03-09 16:00", "2026-03-08 16:00", "2026-03-09 14:00"),  # 24 h are elapsed, over the change of clocks too
    ],
)
def test_a_visit_is_reminded_of_a_day_and_two_hours_before(starts_at: str, n08: str, n09: str | None) -> None:
    owed = times(reminders(utc(starts_at), utc("2026-01-01 00:00"), BOISE))
    assert owed == {"N08": utc(n08)} | ({"N09": utc(n09)} if n09 else {})


@pytest.mark.parametrize(
    ("booked_at", "owed"),
    [
        ("2026-12-02 16:59", {"N08", "N09"}),
        ("2026-12-02 17:00", {"N09"}),
        ("2026-12-03 14:59", {"N09"}),
        ("2026-12-03 15:00", set()),
        ("2026-12-03 18:00", set()),
    ],
)
def test_what_is_already_past_at_booking_is_not_owed(booked_at: str, owed: set[str]) -> None:
    assert set(times(reminders(utc("2026-12-03 17:00"), utc(booked_at), BOISE))) == owed


@given(
    starts_at=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["America/Boise", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"]),
)
def test_no_reminder_is_planned_for_a_quiet_hour_or_for_after_the_visit(starts_at: datetime, zone: str) -> None:
    clock = Clock(zone, QuietHours())
    for owed in reminders(starts_at, starts_at - timedelta(days=9), clock):
        assert not quiet_at(owed.due_at, zone)
        assert owed.due_at < owed.stale_at < starts_at


def test_reminders_keep_to_the_clinics_own_quiet_hours() -> None:
    late_riser = Clock("America/Boise", QuietHours(time(20), time(10)))
    assert times(reminders(utc("2026-12-03 16:00"), utc("2026-12-01 00:00"), late_riser)) == {
        "N08": utc("2026-12-02 17:00")
    }


def test_a_booking_is_told_now_on_both_channels_until_it_begins() -> None:
    now, start = utc("2026-12-01 12:00"), utc("2026-12-03 17:00")
    assert told_now("N05", (EMAIL, SMS), start, now) == [Owed("N05", EMAIL, now, start), Owed("N05", SMS, now, start)]
    assert told_now("N05", (EMAIL, SMS), start, start) == []


def test_a_discharge_owes_after_care_now_and_check_ins_a_day_and_three_days_later() -> None:
    at = utc("2026-12-01 20:15")
    assert [(owed.plan_id, owed.channel, owed.due_at - at) for owed in after_discharge(at, at)] == [
        ("N11", EMAIL, timedelta()), ("N12", SMS, timedelta(hours=24)), ("N13", SMS, timedelta(hours=72)),
    ]  # fmt: skip


def test_a_discharge_that_is_told_late_owes_what_is_not_stale_yet() -> None:
    at = utc("2026-12-01 20:15")
    assert [owed.plan_id for owed in after_discharge(at, at + timedelta(hours=24))] == ["N12", "N13"]
    assert after_discharge(at, at + timedelta(hours=96)) == []


@pytest.mark.parametrize(
    ("waitlist", "starts_at", "expires_at", "owed"),
    [
        (True, "2026-12-03 17:00", "2026-12-01 13:00", [("N18", SMS, "2026-12-01 13:00")]),  # 60 minutes by day
        (True, "2026-12-03 17:00", "2026-12-02 00:00", [("N18", SMS, "2026-12-02 00:00")]),  # 12 hours overnight
        (True, "2026-12-01 12:30", "2026-12-01 13:00", [("N18", SMS, "2026-12-01 12:30")]),  # the slot begins before
        (True, "2026-12-03 17:00", "2026-12-01 12:00", []),
        (True, "2026-12-01 12:00", "2026-12-01 13:00", []),
        (
            False, "2026-12-03 17:00", "2026-12-02 12:00",
            [("N18H", EMAIL, "2026-12-02 12:00"), ("N18H", SMS, "2026-12-02 12:00")],
        ),
        (False, "2026-12-03 17:00", "2026-12-01 11:59", []),
    ],
)  # fmt: skip
def test_an_offer_is_told_now_and_only_while_it_stands(
    waitlist: bool, starts_at: str, expires_at: str, owed: list[tuple[str, Channel, str]]
) -> None:
    now = utc("2026-12-01 12:00")
    told = about_offer(utc(starts_at), utc(expires_at), now, waitlist=waitlist)
    assert told == [Owed(plan, channel, now, utc(stale)) for plan, channel, stale in owed]


@pytest.mark.parametrize(("ahead", "plans"), [(timedelta(minutes=1), ["N18L"]), (timedelta(), []), (-DAY, [])])
def test_a_loss_is_told_until_the_slot_that_was_lost_begins(ahead: timedelta, plans: list[str]) -> None:
    now = utc("2026-12-01 12:00")
    assert [(one.plan_id, one.stale_at) for one in after_loss(now + ahead, now)] == [(p, now + ahead) for p in plans]


@pytest.mark.parametrize(("plan_id", "way"), [("N18", Way.CALL), ("N18H", None), ("N18L", None)])
def test_whom_no_text_reaches_is_called_about_an_earlier_slot_alone(plan_id: str, way: Way | None) -> None:
    assert way_of(plan_id) is way


@pytest.mark.parametrize("step", ["BOOK_CONSULTATION", "STAFF_WILL_CALL"])
def test_a_screening_with_a_next_step_is_answered_when_five_minutes_brought_no_other(step: str) -> None:
    now = utc("2026-12-01 12:00")
    assert [(owed.plan_id, owed.channel, owed.due_at) for owed in after_screening(step, None, now, "UTC")] == [
        ("N03", EMAIL, now + timedelta(minutes=5))
    ]


@pytest.mark.parametrize(
    ("recheck_after", "due_at"),
    [
        ("2026-12-15 18:00", "2026-12-15 15:00"),  # a day is a local date at 08:00, in Boise 15:00 UTC
        ("2026-12-15 05:00", "2026-12-14 15:00"),  # still the 14th in Boise
        ("2026-07-15 18:00", "2026-12-01 12:00"),  # already past: now
    ],
)
def test_a_deferred_patient_is_written_to_on_the_local_date(recheck_after: str, due_at: str) -> None:
    (owed,) = after_screening("LOOK_AGAIN", utc(recheck_after), utc("2026-12-01 12:00"), "America/Boise")
    assert (owed.plan_id, owed.due_at) == ("N04", utc(due_at))


@pytest.mark.parametrize(("step", "recheck"), [("NONE", None), ("LOOK_AGAIN", None), ("SOMETHING_NEWER", None)])
def test_without_a_next_step_nothing_is_said(step: str, recheck: datetime | None) -> None:
    assert after_screening(step, recheck, utc("2026-12-01 12:00"), "UTC") == []


@pytest.mark.parametrize(
    ("plan_id", "channels"),
    [("N03", (EMAIL,)), ("N04", (EMAIL,)), ("N05", (EMAIL, SMS)), ("N06", (EMAIL, SMS)), ("N08", (SMS,)),
     ("N09", (SMS,)), ("N11", (EMAIL,)), ("N12", (SMS,)), ("N13", (SMS,)), ("N18", (SMS,)), ("N18H", (EMAIL, SMS)),
     ("N18L", (SMS,))],
)  # fmt: skip
def test_each_row_of_the_plan_has_its_channels(plan_id: str, channels: tuple[Channel, ...]) -> None:
    assert channels_of(plan_id) == channels
