"""Calendars as iCalendar text (RFC 5545, domain G.2): shifts and absences of somebody, appointments at a location.

Times are UTC, so they are right on every day, also where clocks change; programs show them in their reader's zone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from services.scheduling.domain.board import label
from shared.events.parts import Identity

_OCTETS = 75
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `uid` stays, `version` (from 1) grows with each change; what is `cancelled` is told as such."""

    uid: str
    version: int
    cancelled: bool
    starts_at: datetime
    ends_at: datetime
    summary: str
    place: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of a clinic; `zone` is where its people are."""

    name: str
    zone: str
    entries: tuple[Entry, ...]


def written(calendar: Calendar, stamped_at: datetime) -> str:
    """The calendar as text: lines of at most 75 octets, each ending with CRLF."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Stillwater//Scheduling//EN", "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(calendar.name)}", f"X-WR-TIMEZONE:{calendar.zone}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        *(line for entry in calendar.entries for line in _event(entry, stamped_at)),
        "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def named(what: str, card: Identity | None, names: Literal["NONE", "INITIALS", "PREFERRED", "LEGAL"]) -> str:
    """What an appointment is called: nobody is named where the clinic does not want it, or who it is is not known."""
    if names == "NONE" or card is None:
        return what
    shown = {
        "INITIALS": label(card.model_copy(update={"preferred_name": None})), "PREFERRED": label(card),
        "LEGAL": card.legal_name,
    }  # fmt: skip
    return f"{what}: {shown[names]}"


def _event(entry: Entry, stamped_at: datetime) -> Iterable[str]:
    return (
        "BEGIN:VEVENT", f"UID:{_text(entry.uid)}", f"SEQUENCE:{entry.version - 1}", f"DTSTAMP:{_utc(stamped_at)}",
        f"DTSTART:{_utc(entry.starts_at)}", f"DTEND:{_utc(entry.ends_at)}", f"SUMMARY:{_text(entry.summary)}",
        f"LOCATION:{_text(entry.place)}", f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        "CLASS:PRIVATE", "END:VEVENT",
    )  # fmt: skip


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """TEXT of RFC 5545: no control characters but the newline, which is escaped as `\\ ; ,` are."""
    return _CONTROLS.sub("", value.replace("\r\n", "\n")).translate(_ESCAPED)


def _folded(line: str) -> Iterator[str]:
    """The line in parts of at most 75 octets, no character cut in two; each further part begins with a space."""
    if len(line.encode()) <= _OCTETS:
        yield line
        return
    part, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > _OCTETS:
            yield part
            part, octets = " ", 1
        part, octets = part + character, octets + size
    yield part
