"""Calendars (domain G.2, RFC 5545), read by a parser that shares nothing with the writer."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.calendars import Calendar, Entry, named, written
from shared.calendar import at_local
from shared.events.parts import Identity

STAMP = datetime(2026, 11, 26, 15, tzinfo=UTC)
CHANGES = (date(2026, 3, 8), date(2026, 11, 1), date(2027, 3, 14), date(2027, 11, 7))
CARD = Identity(legal_name="Robin Ann Quist", birth_date=date(1984, 2, 29), sex_at_birth="F", record_number="LK-000123")
PLAIN = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")) | st.sampled_from("\n\\;,:\"' "), max_size=200
)


def entry(starts_at: datetime, **over: Any) -> Entry:
    plain = {
        "uid": f"{starts_at.isoformat()}@wellmeadow", "version": 1, "cancelled": False, "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=8), "summary": "Shift", "place": "Main, 12 Alder Street",
    }  # fmt: skip
    return Entry(**plain | over)


def read(*entries: Entry, zone: str = "America/Boise") -> list[icalendar.Event]:
    text = written(Calendar("Marlow Quill", zone, entries), STAMP)
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


@pytest.mark.parametrize(
    ("zone", "offsets"),
    [("America/New_York", {-5, -4}), ("America/Phoenix", {-7}), ("America/Boise", {-7, -6})],
)
def test_the_wall_clock_is_kept_over_every_change_of_clocks(zone: str, offsets: set[int]) -> None:
    days = [change + timedelta(days=n) for change in CHANGES for n in (-1, 0, 1)]
    found = read(*(entry(at_local(day, time(9), zone), ends_at=at_local(day, time(17), zone)) for day in days))
    local = [(event["DTSTART"].dt.astimezone(ZoneInfo(zone)), event["DTEND"].dt.astimezone(ZoneInfo(zone)))
             for event in found]  # fmt: skip
    assert [(start.date(), start.time(), end.time()) for start, end in local] == [(d, time(9), time(17)) for d in days]
    assert {start.utcoffset() // timedelta(hours=1) for start, _ in local} == offsets


def test_a_night_in_which_clocks_change_is_as_long_as_it_really_is() -> None:
    nights = [(change - timedelta(days=1), change) for change in CHANGES[2:]]
    zone = "America/New_York"
    found = read(*(entry(at_local(a, time(22), zone), ends_at=at_local(b, time(6), zone)) for a, b in nights))
    assert [event["DTEND"].dt - event["DTSTART"].dt for event in found] == [timedelta(hours=7), timedelta(hours=9)]


@pytest.mark.parametrize(
    ("version", "cancelled", "says"),
    [(1, False, (0, "CONFIRMED")), (2, False, (1, "CONFIRMED")), (3, True, (2, "CANCELLED"))],
)
def test_a_move_and_a_cancellation_keep_the_uid_and_count_the_sequence(
    version: int, cancelled: bool, says: tuple[int, str]
) -> None:
    (event,) = read(entry(STAMP, uid="7@wellmeadow", version=version, cancelled=cancelled))
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("7@wellmeadow", *says)
    assert (event["CLASS"], event["DTSTAMP"].dt) == ("PRIVATE", STAMP)


@given(summary=PLAIN, place=PLAIN)
def test_text_is_escaped_folded_at_75_octets_and_comes_back_as_it_was(summary: str, place: str) -> None:
    text = written(Calendar(summary, "America/Boise", (entry(STAMP, summary=summary, place=place),)), STAMP)
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == (summary, place)


def test_no_text_can_begin_a_line_of_its_own() -> None:
    forged = "Shift\r\nEND:VEVENT\r\nBEGIN:VEVENT\rUID:9\x00\x0b"
    (event,) = read(entry(STAMP, summary=forged))
    assert str(event["SUMMARY"]) == "Shift\nEND:VEVENT\nBEGIN:VEVENTUID:9"


@given(st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)))
def test_every_instant_comes_back_to_the_second(instant: datetime) -> None:
    (event,) = read(entry(instant))
    assert event["DTSTART"].dt == instant.replace(microsecond=0)


@pytest.mark.parametrize(
    ("names", "card", "shown"),
    [
        ("NONE", CARD, "Appointment"),
        ("INITIALS", CARD.model_copy(update={"preferred_name": "Rob"}), "Appointment: R.A.Q."),
        ("PREFERRED", CARD.model_copy(update={"preferred_name": "Rob"}), "Appointment: Rob"),
        ("PREFERRED", CARD, "Appointment: R.A.Q."),
        ("LEGAL", CARD, "Appointment: Robin Ann Quist"),
        ("LEGAL", None, "Appointment"),
    ],
)
def test_patients_are_named_only_as_the_clinic_wants_it(names: Any, card: Identity | None, shown: str) -> None:
    assert named("Appointment", card, names) == shown
