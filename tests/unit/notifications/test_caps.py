"""Ordinary texts: 3 in a local day, 8 in any 7 local days (domain E.2, E.5)."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.caps import Coming, first_with_room, outranking, share_of
from services.notifications.domain.plan import Channel
from services.notifications.domain.quiet_hours import QuietHours
from services.notifications.domain.rows import Clock, Owed, after_discharge, reminders, told_now

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
    assert within_caps(sent)


@pytest.mark.parametrize(
    ("plan_id", "sent", "free"),
    [
        ("N05", days(10, 10), "2026-12-10 15:00"),
        ("N06", days(4, 4, 5, 5, 6, 7, 8), "2026-12-10 15:00"),
        ("N06", days(4, 4, 5, 5, 6, 7, 8, 9), "2026-12-11 08:00"),
        ("N18", days(10, 10), "2026-12-10 15:00"),
        ("N18", days(10, 10, 10), "2026-12-11 08:00"),
        ("N18L", days(10, 10), "2026-12-10 15:00"),
        ("N08", days(4, 4, 5, 5, 6, 7, 8), "2026-12-10 15:00"),
        ("N12", days(4, 4, 5, 5, 6, 7, 8), "2026-12-10 15:00"),
        ("N13", days(10), "2026-12-10 15:00"),
        ("N13", days(10, 10), "2026-12-11 08:00"),  # the third of a day is for what matters more
        ("N13", days(4, 5, 5, 6, 7, 8), "2026-12-10 15:00"),
        ("N13", days(4, 4, 5, 5, 6, 7, 8), "2026-12-11 08:00"),  # so is the eighth of a week
        ("N09", days(4, 4, 5, 5, 6, 7, 8), "2026-12-11 08:00"),
        ("N09", days(9, 10, 13, 14, 14, 15, 15), "2026-12-16 08:00"),  # days to come count as days that went
    ],
)
def test_a_text_goes_within_its_share(plan_id: str, sent: list[datetime], free: str) -> None:
    assert first_with_room(local("2026-12-10 15:00"), sent, BOISE, share_of(plan_id)) == local(free)


SESSION = Coming(local("2026-12-11 15:00"), local("2026-12-11 17:00"), followed_up=True)
DAY_BEFORE, DAY_AFTER, LATER = (local(f"2026-12-{day}") for day in ("10 15:00", "12 17:00", "14 17:00"))


@pytest.mark.parametrize(
    ("plan_id", "visit", "to_come"),
    [
        ("N05", SESSION, []),
        ("N06", SESSION, []),
        ("N18", SESSION, []),
        ("N18H", SESSION, []),
        ("N18L", SESSION, []),
        ("N08", SESSION, []),
        ("N12", SESSION, [DAY_BEFORE]),
        ("N13", SESSION, [DAY_BEFORE, DAY_AFTER]),
        ("N09", SESSION, [DAY_BEFORE, DAY_AFTER, LATER]),
        ("N09", replace(SESSION, followed_up=False), [DAY_BEFORE]),
    ],
)
def test_a_text_leaves_room_for_what_matters_more(plan_id: str, visit: Coming, to_come: list[datetime]) -> None:
    assert outranking(plan_id, [visit], local("2026-12-10 12:00")) == to_come
    assert outranking(plan_id, [visit], LATER) == []


@dataclass
class Patient:
    """A course of two-hour sessions of December, booked in November, and notices of changes that came in between."""

    days: tuple[int, ...]
    at: str
    changes: tuple[str, ...] = ()

    def visits(self) -> list[Coming]:
        starts = [local(f"2026-12-{day:02} {self.at}") for day in self.days]
        return [Coming(start, start + timedelta(hours=2), followed_up=True) for start in starts]

    def owed(self) -> list[Owed]:
        """Its texts."""
        booked, clock = local("2026-11-24 12:00"), Clock(BOISE, QuietHours())
        visits = self.visits()
        owed = told_now("N05", (Channel.SMS,), visits[0].starts_at, booked)
        for at in self.changes:
            owed += told_now("N06", (Channel.SMS,), local(at) + timedelta(days=3), local(at))
        for visit in visits:
            owed += reminders(visit.starts_at, booked, clock) + after_discharge(visit.ends_at, booked)
        return sorted((one for one in owed if one.channel is Channel.SMS), key=lambda one: one.due_at)

    def gets(self) -> tuple[list[datetime], Counter[str]]:
        """When texts go, and which do not: each is looked at when it is due, and again when it was to wait."""
        waiting, sent, lost = self.owed(), list[datetime](), Counter[str]()
        while waiting:
            one = waiting.pop(0)
            share = share_of(one.plan_id)
            texts = [*sent, *outranking(one.plan_id, self.visits(), one.due_at)]
            room = first_with_room(one.due_at, texts, BOISE, share)
            if room <= one.due_at:
                sent.append(one.due_at)
            elif room < one.stale_at - share.notice:
                waiting = sorted([*waiting, replace(one, due_at=room)], key=lambda other: other.due_at)
            else:
                lost[one.plan_id] += 1
        return sent, lost


MON_WED_FRI, TUE_FRI, WEEKLY = (7, 9, 11, 14, 16, 18), (8, 11, 15, 18, 22, 25, 29), (7, 14, 21, 28)
WEEKDAYS = (7, 8, 9, 10, 11)
CHANGES = ("2026-12-08 16:00", "2026-12-16 17:00")


@pytest.mark.parametrize(
    ("patient", "lost"),
    [
        (Patient(WEEKLY, "13:00"), {}),
        (Patient(WEEKLY, "13:00", CHANGES), {}),
        (Patient(TUE_FRI, "09:00"), {}),  # too early to be reminded on the day itself
        (Patient(TUE_FRI, "13:00"), {"N09": 3}),
        (Patient(MON_WED_FRI, "09:00"), {"N13": 1}),
        (Patient(MON_WED_FRI, "09:00", CHANGES), {"N13": 3}),
        (Patient(MON_WED_FRI, "15:00"), {"N09": 6, "N13": 1}),
        (Patient(MON_WED_FRI, "15:00", CHANGES), {"N09": 6, "N13": 3}),
        (Patient(WEEKDAYS, "09:00"), {"N12": 1, "N13": 4}),
        (Patient(WEEKDAYS, "09:00", CHANGES), {"N12": 2, "N13": 4}),
    ],
)
def test_a_dense_course_goes_without_what_matters_least(patient: Patient, lost: dict[str, int]) -> None:
    sent, left_out = patient.gets()
    assert left_out == lost
    assert len(sent) + left_out.total() == len(patient.owed())
    assert within_caps(sent)


@pytest.mark.parametrize("days", [MON_WED_FRI, TUE_FRI, WEEKDAYS, (*WEEKDAYS, 14, 15, 16, 17, 18)])
@pytest.mark.parametrize("changes", [(), CHANGES])
def test_every_visit_is_reminded_of_a_day_before(days: tuple[int, ...], changes: tuple[str, ...]) -> None:
    for hour in range(8, 18):
        sent, lost = Patient(days, f"{hour:02}:00", changes).gets()
        assert lost.keys() <= {"N12", "N13", "N09"}
        assert within_caps(sent)


def within_caps(sent: list[datetime]) -> bool:
    dates = [instant.astimezone(ZoneInfo(BOISE)).date() for instant in sent]
    weeks = [sum(timedelta() <= day - other < timedelta(days=7) for other in dates) for day in dates]
    return all(dates.count(day) <= 3 for day in dates) and all(count <= 8 for count in weeks)
