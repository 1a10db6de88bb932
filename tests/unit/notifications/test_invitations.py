"""Appointments as calendar files (domain G.2), read by a reader that shares nothing with the writer."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.invitations import Appointment, NoSuchTime, invitation

BOISE, STAMP = ZoneInfo("America/Boise"), datetime(2026, 11, 25, 20, tzinfo=UTC)
Line = tuple[str, str, str]


def written(**over: Any) -> str:
    starts_at = over.pop("starts_at", datetime(2026, 12, 1, 9, tzinfo=BOISE))
    plain = {
        "uid": "7@clinic.example", "version": 1, "cancelled": False, "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2), "place": "12 Alder Street", "note": "Questions: +12085550142",
        "sender": "visits@clinic.example", "sender_name": "Larkspur Clinic", "recipient": "ana@mail.example",
    }  # fmt: skip
    return invitation(Appointment(**plain | over), STAMP)


def lines(text: str) -> list[Line]:
    """(component, name with parameters, raw value) of each content line."""
    inside, found = [], []
    for line in re.sub(r"\r\n[ \t]", "", text).removesuffix("\r\n").split("\r\n"):
        name, value = re.split(r":", line, maxsplit=1)
        if name == "BEGIN":
            inside.append(value)
        elif name == "END":
            assert inside.pop() == value
        else:
            found.append((inside[-1], name, value))
    assert inside == []
    return found


def value(text: str, component: str, name: str) -> str:
    (found,) = [v for c, n, v in lines(text) if c == component and n.split(";")[0] == name]
    return found


def unescaped(raw: str) -> str:
    return re.sub(r"\\(.)", lambda hit: {"n": "\n", "N": "\n"}.get(hit.group(1), hit.group(1)), raw)


@pytest.mark.parametrize(
    ("version", "cancelled", "says"),
    [
        (1, False, ("REQUEST", "0", "CONFIRMED")),
        (2, False, ("REQUEST", "1", "CONFIRMED")),
        (3, True, ("CANCEL", "2", "CANCELLED")),
    ],
)
def test_a_change_keeps_the_uid_and_counts_the_sequence(version: int, cancelled: bool, says: tuple[str, ...]) -> None:
    text = written(version=version, cancelled=cancelled)
    told = (value(text, "VCALENDAR", "METHOD"), value(text, "VEVENT", "SEQUENCE"), value(text, "VEVENT", "STATUS"))
    assert (told, value(text, "VEVENT", "UID")) == (says, "7@clinic.example")
    assert ("VALARM" in text) is not cancelled


def test_it_is_private_neutral_and_reminds_a_day_before() -> None:
    text = written()
    assert value(text, "VEVENT", "SUMMARY") == "Appointment"
    assert value(text, "VEVENT", "CLASS") == "PRIVATE"
    assert value(text, "VALARM", "TRIGGER") == "-P1D"
    assert value(text, "VEVENT", "DTSTAMP") == "20261125T200000Z"
    assert not re.search(r"ketamin|infus|spravato|session|dose", text, re.I)


@pytest.mark.parametrize(
    ("starts_at", "offsets"),
    [
        (datetime(2026, 12, 1, 9, tzinfo=BOISE), {"-0700"}),
        (datetime(2026, 7, 1, 9, tzinfo=BOISE), {"-0600"}),
        (datetime(2026, 3, 8, 1, 30, tzinfo=BOISE), {"-0700", "-0600"}),  # clocks go forward during the visit
        (datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("America/Phoenix")), {"-0700"}),
        (datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Asia/Kolkata")), {"+0530"}),
    ],
)
def test_the_zone_gives_the_offset_at_start_and_end(starts_at: datetime, offsets: set[str]) -> None:
    ends_at = (starts_at.astimezone(UTC) + timedelta(hours=2)).astimezone(starts_at.tzinfo)
    text = written(starts_at=starts_at, ends_at=ends_at)
    assert {v for _, n, v in lines(text) if n == "TZOFFSETTO"} == offsets
    assert value(text, "VTIMEZONE", "TZID") == str(starts_at.tzinfo)
    assert f"DTSTART;TZID={starts_at.tzinfo}:{starts_at:%Y%m%dT%H%M%S}" in text


def test_the_change_of_clocks_stands_at_the_hour_that_the_old_clock_showed() -> None:
    text = written(starts_at=datetime(2026, 7, 1, 9, tzinfo=BOISE))
    onset = [line for line in lines(text) if line[0] == "DAYLIGHT"]
    assert [v for _, n, v in onset if n in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")] == [
        "20260308T020000", "-0700", "-0600",
    ]  # fmt: skip


@pytest.mark.parametrize("zone", ["America/Boise", "America/New_York"])
def test_a_start_in_the_hour_that_daylight_saving_removed_is_refused(zone: str) -> None:
    with pytest.raises(NoSuchTime):
        written(starts_at=datetime(2026, 3, 8, 2, 30, tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize("place", ["12 Alder; Suite 4, Boise", "back\\slash", "two\nlines", "Ünïcode straße " * 12])
def test_text_is_escaped_folded_at_75_octets_and_comes_back_as_it_was(place: str) -> None:
    text = written(place=place)
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert unescaped(value(text, "VEVENT", "LOCATION")) == place


@given(
    instant=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(sorted(z for z in available_timezones() if z.startswith(("America/", "Europe/", "Pacific/")))),
)
def test_every_instant_can_be_read_back_from_the_file(instant: datetime, zone: str) -> None:
    local = instant.replace(microsecond=0).astimezone(ZoneInfo(zone))
    text = written(starts_at=local, ends_at=local)
    wall = datetime.strptime(value(text, "VEVENT", "DTSTART"), "%Y%m%dT%H%M%S")
    (offset,) = [v for _, n, v in lines(text) if n == "TZOFFSETTO"]
    assert wall == local.replace(tzinfo=None)
    sign, hours, minutes = offset[0], int(offset[1:3]), int(offset[3:5])
    ahead = timedelta(hours=hours, minutes=minutes, seconds=int(offset[5:7] or 0))
    assert (wall - ahead if sign == "+" else wall + ahead) == instant.replace(microsecond=0, tzinfo=None)
