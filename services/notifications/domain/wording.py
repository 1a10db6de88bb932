"""The words of messages: values for the clinic file's templates, and replies that no file can change."""

from dataclasses import dataclass
from datetime import datetime
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


def visit_values(file: ClinicFile, visit: Occasion, given_name: str, portal_url: str) -> dict[str, str]:
    """Placeholder values for a text about a visit. Day and time are the clinic's local ones."""
    local = visit.starts_at.astimezone(ZoneInfo(visit.zone))
    place = place_of(file, visit.location)
    return {
        "given_name": given_name, "sender": file.messages.sender_name, "place": place.address, "phone": place.phone,
        "day": f"{local:%a %b} {local.day}", "time": f"{local.hour % 12 or 12}:{local:%M %p}", "link": portal_url,
    }  # fmt: skip


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
