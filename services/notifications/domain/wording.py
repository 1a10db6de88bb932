"""The words of messages: values for the clinic file's templates, and replies that no file can change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from services.notifications.domain.keywords import Ask
from shared.clinicfile.lint import fill
from shared.clinicfile.model import ClinicFile, Location

CRISIS_REPLY = (
    "You matter, and help is there right now. Call or text 988 any time, day or night. In immediate danger call 911."
    " Nobody watches this number around the clock."
)
_REPLIES = {
    "N23": "{sender}: for help with your visits call {phone}. Reply STOP to end texts from us.",
    "N24": "{sender}: you will get no more texts from this number. Reply START if you want them again.",
}
PLAN_OF_REPLY = {Ask.HELP: "N23", Ask.STOP: "N24", Ask.CRISIS: "N25"}


class CalendarFile(BaseModel):
    """An appointment as an iCalendar file and its METHOD."""

    model_config = ConfigDict(frozen=True)

    method: str
    content: str

    def __repr__(self) -> str:
        return "CalendarFile(...)"


class Mail(BaseModel):
    """A finished e-mail and the address it goes to. Sealed wherever it rests."""

    model_config = ConfigDict(frozen=True)

    to: str
    sender_name: str
    subject: str
    text: str
    calendars: tuple[CalendarFile, ...] = ()

    def __repr__(self) -> str:
        return "Mail(...)"


class Outgoing(BaseModel):
    """A finished text and the number it goes to (E.164). Sealed wherever it rests."""

    model_config = ConfigDict(frozen=True)

    to: str
    text: str

    def __repr__(self) -> str:
        return "Outgoing(...)"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where and when a visit is. `zone` is the clinic's."""

    location: str
    starts_at: datetime
    zone: str


def values_of(file: ClinicFile, visit: Occasion | None, given_name: str, portal_url: str) -> dict[str, str]:
    """Placeholder values for a message. Day and time are the clinic's local ones; without a visit there are none, and
    phone and place are those of the clinic's first location."""
    place = place_of(file, visit.location) if visit else file.locations[0]
    values = {
        "given_name": given_name, "sender": file.messages.sender_name, "place": place.address, "phone": place.phone,
        "link": portal_url,
    }  # fmt: skip
    return values | ({"day": day_of(visit), "time": time_of(visit)} if visit else {})


@dataclass(frozen=True, slots=True)
class Offered:
    """A slot that is or was offered, when the visit that it is instead of is booked for, and until when it stood."""

    offer_id: UUID
    slot: Occasion
    was: datetime
    until: datetime


def offer_values(file: ClinicFile, offered: Offered, given_name: str, portal_url: str) -> dict[str, str]:
    """Placeholder values for a message about an offer: those of a visit at the slot, and `was` and `until`. `link`
    leads to the offer."""
    slot = offered.slot
    was, until = (Occasion(slot.location, at, slot.zone) for at in (offered.was, offered.until))
    return values_of(file, slot, given_name, portal_url) | {
        "was": f"{day_of(was)}, {time_of(was)}", "until": f"{day_of(until)}, {time_of(until)}",
        "link": offer_link(file, offered.offer_id, portal_url),
    }  # fmt: skip


def offer_link(file: ClinicFile, offer_id: UUID, portal_url: str) -> str:
    """Where the frontend shows an offer: the last part is its id as scheduling's `GET /v1/offers/{offer_id}` takes it.

    It is no key: who follows it logs in first, so that a text on a borrowed phone claims nothing (E.3).
    """
    return f"{portal_url}/{file.organisation}/o/{offer_id.hex}"


def day_of(visit: Occasion) -> str:
    """The clinic's local day, such as `Tue Dec 1`."""
    local = visit.starts_at.astimezone(ZoneInfo(visit.zone))
    return f"{local:%a %b} {local.day}"


def time_of(visit: Occasion) -> str:
    """The clinic's local time, such as `9:00 AM`."""
    local = visit.starts_at.astimezone(ZoneInfo(visit.zone))
    return f"{local.hour % 12 or 12}:{local:%M %p}"


def with_dates(text: str, visits: Sequence[Occasion]) -> str:
    """The text of an e-mail followed by the dates of a whole course, one to a line."""
    if len(visits) < 2:
        return text
    return "\n".join([text, "", *(f"{day_of(visit)}, {time_of(visit)}" for visit in visits)])


def reply_values(file: ClinicFile) -> dict[str, str]:
    """Placeholder values for an automatic reply."""
    return {"sender": file.messages.sender_name, "phone": file.locations[0].phone}


def place_of(file: ClinicFile, location: str) -> Location:
    """The location of a visit by slug or id; the clinic's first one when a newer file has dropped it."""
    known = (p for p in file.locations if location in (p.id, str(file.location_id(p.id))))
    return next(known, file.locations[0])


def reply_text(plan_id: str, file: ClinicFile | None) -> str:
    """The text of an automatic reply. The crisis reply is the same everywhere; the others may be worded by the clinic
    file, and go out without names when no file is known."""
    if plan_id == "N25":
        return CRISIS_REPLY
    if file is None:
        return fill(_REPLIES[plan_id], {"sender": "This number", "phone": "the clinic"})
    return fill(file.messages.templates.get(f"{plan_id}.sms", _REPLIES[plan_id]), reply_values(file))
