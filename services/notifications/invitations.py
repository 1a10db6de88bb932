"""Appointments as iCalendar files (domain G.2, RFC 5545, RFC 5546), for mail programs to put into a calendar.

Neutral: who reads somebody's calendar learns that there is an appointment, where, and whom to call.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress

REQUEST, CANCEL = "REQUEST", "CANCEL"
SUMMARY = "Appointment"
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_STEADY = 400  # days after which a zone that has not changed its offset is taken not to change it


class NoSuchTime(ValueError):
    """A start or end that no clock of the zone shows: daylight saving removed that hour."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """What an invitation says. `starts_at` and `ends_at` carry the clinic's `ZoneInfo`; `version` counts changes of the
    appointment from 1; `sender` and `recipient` are e-mail addresses."""

    uid: str
    version: int
    cancelled: bool
    starts_at: datetime
    ends_at: datetime
    place: str
    note: str
    sender: str
    sender_name: str
    recipient: str


def invitation(appointment: Appointment, stamped_at: datetime) -> str:
    """The calendar file: METHOD REQUEST, or CANCEL; SEQUENCE 0 for the first version, one more for each change.

    Raises NoSuchTime.
    """
    for instant in (appointment.starts_at, appointment.ends_at):
        if instant.astimezone(UTC).astimezone(instant.tzinfo).replace(tzinfo=None) != instant.replace(tzinfo=None):
            raise NoSuchTime("an hour that daylight saving removed")
    calendar = Calendar()
    calendar.add("prodid", "-//Stillwater//Notifications//EN")
    calendar.add("version", "2.0")
    calendar.add("method", CANCEL if appointment.cancelled else REQUEST)
    calendar.add_component(_zone(appointment))
    calendar.add_component(_event(appointment, stamped_at))
    return bytes(calendar.to_ical()).decode()


def _event(appointment: Appointment, stamped_at: datetime) -> Event:
    event = Event()
    for name, value in (
        ("uid", appointment.uid), ("sequence", appointment.version - 1), ("dtstamp", stamped_at.astimezone(UTC)),
        ("dtstart", appointment.starts_at), ("dtend", appointment.ends_at), ("summary", SUMMARY),
        ("status", "CANCELLED" if appointment.cancelled else "CONFIRMED"), ("class", "PRIVATE"),
        ("location", appointment.place), ("description", appointment.note),
    ):  # fmt: skip
        event.add(name, value)
    event.add("organizer", _address(appointment.sender, CN=appointment.sender_name))
    event.add("attendee", _address(appointment.recipient, PARTSTAT="NEEDS-ACTION", RSVP="FALSE"))
    if not appointment.cancelled:
        event.add_component(_alarm())
    return event


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -_DAY)
    alarm.add("description", SUMMARY)
    return alarm


def _address(address: str, **parameters: str) -> vCalAddress:
    value = vCalAddress(f"mailto:{address}")
    value.params.update(parameters)
    return value


def _zone(appointment: Appointment) -> Timezone:
    """The zone's offset at start and end (domain E.5), each since the change of clocks that brought it."""
    zone = appointment.starts_at.tzinfo
    if not isinstance(zone, ZoneInfo):
        raise TypeError("an appointment is told in the clinic's zone")
    timezone = Timezone()
    timezone.add("tzid", zone.key)
    for observance in _observances(appointment, zone):
        timezone.add_component(observance)
    return timezone


def _observances(appointment: Appointment, zone: ZoneInfo) -> Iterator[TimezoneStandard | TimezoneDaylight]:
    onsets = {_onset(instant.astimezone(UTC), zone) for instant in (appointment.starts_at, appointment.ends_at)}
    for onset in sorted(onsets):
        since, before = onset.astimezone(zone), (onset - _SECOND).astimezone(zone)
        observance = TimezoneDaylight() if since.dst() else TimezoneStandard()
        offset_from = before.utcoffset() or timedelta()
        observance.add("dtstart", onset.replace(tzinfo=None) + offset_from)  # by the clock that was then put forward
        observance.add("tzoffsetfrom", offset_from)
        observance.add("tzoffsetto", since.utcoffset() or timedelta())
        observance.add("tzname", since.tzname() or zone.key)
        yield observance


def _onset(instant: datetime, zone: ZoneInfo) -> datetime:
    """When the offset that holds at an instant began, in UTC, to the second."""
    offset = instant.astimezone(zone).utcoffset()
    late, early = instant, instant
    for _ in range(_STEADY):
        early = late - _DAY
        if early.astimezone(zone).utcoffset() != offset:
            break
        late = early
    else:
        return late.replace(microsecond=0)
    while late - early > _SECOND:
        middle = early + (late - early) / 2
        early, late = (early, middle) if middle.astimezone(zone).utcoffset() == offset else (middle, late)
    return late.replace(microsecond=0)
