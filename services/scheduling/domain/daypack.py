"""What a location needs to go through a day on paper, and when it is put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pydantic import BaseModel

from services.scheduling.domain.escort import Escort
from services.scheduling.domain.flowsheet import Planned
from services.scheduling.domain.vitals import Reading
from shared.calendar import DAY, NoSuchLocalTime, at_local, local_date
from shared.clinicfile.model import Location
from shared.clinicfile.policies import VitalLimits
from shared.events.parts import Identity, Modality
from shared.events.prescribing import OrderContent


class DayPackAbout(BaseModel):
    """What stands on a pack in plain, so that somebody with many of them finds the right one. `clinic` is its name."""

    clinic: str
    location: str
    first_day: date
    days: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment of the day list. `card` and `escort` are None when they are not known here."""

    starts_at: datetime
    ends_at: datetime
    what: str
    state: str
    chair: str | None
    card: Identity | None
    escort: Escort | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A session, for its own page. `started` says whether `dose_at` is when the dose started, or when it is planned.

    `order` is None when none is known here. `minutes` is the length of the infusion that the flow sheet is made for.
    `open_points` stood in the way of the dose when the pack was made. `known_until`: how far intake was heard.
    """

    booked: Booked
    protocol: str
    modality: Modality
    dose_at: datetime
    started: bool
    order: OrderContent | None
    order_until: datetime | None
    minutes: int | None
    open_points: Sequence[str]
    flow: Sequence[Planned]
    readings: Sequence[Reading]
    limits: VitalLimits
    known_until: datetime | None
    stale: bool


@dataclass(frozen=True, slots=True)
class DayPack:
    """Some local days of a location. `on_call` are those whom alerts page, in their order."""

    clinic: str
    location: Location
    zone: str
    first_day: date
    days: int
    made_at: datetime
    on_call: Sequence[str]
    booked: Sequence[Booked]
    sheets: Sequence[Sheet]


def due_on(times: Sequence[time], zone: str, day: date) -> list[datetime]:
    """When packs are due on a local day, in order. A time that daylight saving skips is an hour later."""
    return sorted({_instant(day, at, zone) for at in times})


def next_due(times: Sequence[time], zone: str, after: datetime) -> datetime:
    """The first time strictly after an instant at which a pack is due."""
    today = local_date(after, zone)
    return next(due for n in range(3) for due in due_on(times, zone, today + n * DAY) if due > after)


def _instant(day: date, at: time, zone: str) -> datetime:
    try:
        return at_local(day, at, zone)
    except NoSuchLocalTime:
        return at_local(day, at.replace(hour=at.hour + 1), zone)


def midnight(day: date, zone: str) -> datetime:
    """When a local day begins."""
    return _instant(day, time(), zone)


def number_of(due_at: datetime) -> int:
    """The number of the timer that makes a pack due then: no two of a location are due in the same minute."""
    return int(due_at.timestamp() // timedelta(minutes=1).total_seconds())
