"""Calendars behind secret links: what their holders read, and which there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.domain.appointment import State
from services.scheduling.domain.calendars import Calendar, Entry, named, written
from services.scheduling.domain.place import Block
from services.scheduling.handouts.views import feed_view
from services.scheduling.models import Absence, Appointment, CalendarFeed, Patient, Shift
from services.scheduling.schemas.handouts import FeedView
from shared.auth.link import digest
from shared.clinicfile.model import ClinicFile, Location
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Identity
from shared.http import Page, Paging, page, require_role
from shared.problems import NOT_FOUND

READERS = ("admin",)
_GONE = {State.CANCELLED.value, State.NO_SHOW.value}


@dataclass(frozen=True, slots=True)
class Told:
    """A calendar as text; `text` is None for whoever has it already. `etag` is weak: DTSTAMP is that of the telling."""

    etag: str
    text: str | None
    names_patients: bool


async def list_feeds(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[FeedView]:
    """A clinic's calendars in the order in which they were made, revoked ones too. Raises FORBIDDEN."""
    require_role(uow, clinic_id, *READERS)
    after = paging.after(uow, "feeds", clinic_id)
    rows = select(CalendarFeed).where(
        CalendarFeed.clinic_id == clinic_id, CalendarFeed.organisation_id == uow.organisation_id
    )
    if after is not None:
        rows = rows.where(col(CalendarFeed.id) > UUID(after[0]))
    found = await uow.session.exec(rows.order_by(col(CalendarFeed.id)).limit(paging.fetch))
    return page(uow, [feed_view(row) for row in found], paging, lambda view: (view.feed_id,), "feeds", clinic_id)


async def read_calendar(uow: UnitOfWork, secret: str, known: Sequence[str]) -> Told:
    """The calendar that a secret link leads to; without its text when the reader knows one of these ETags.

    Raises NOT_FOUND for a link that leads nowhere (any more), NO_CLINIC_FILE.
    """
    rows = select(CalendarFeed).where(
        CalendarFeed.digest == digest(secret), CalendarFeed.organisation_id == uow.organisation_id,
        CalendarFeed.state == "ACTIVE",
    )  # fmt: skip
    feed = (await uow.session.exec(rows)).first()
    if feed is None:
        raise NOT_FOUND()
    file = (await active_clinic(uow, feed.clinic_id)).file
    calendar, shown = await _calendar(uow, feed, file)
    etag = f'W/"{sha256(repr(calendar).encode()).hexdigest()[:32]}"'
    await uow.audit("read", "calendar_feed", feed.id, clinic_id=feed.clinic_id)
    if etag in known:
        return Told(etag, None, bool(shown))
    for patient_id in sorted(shown):
        await uow.audit("read", "calendar_feed", feed.id, clinic_id=feed.clinic_id, patient_id=patient_id)
    return Told(etag, written(calendar, uow.now), bool(shown))


async def _calendar(uow: UnitOfWork, feed: CalendarFeed, file: ClinicFile) -> tuple[Calendar, set[UUID]]:
    """The calendar, and the patients whom it names."""
    policy = file.calendars
    span = Block(uow.now - timedelta(days=policy.past_days), uow.now + timedelta(days=policy.future_days))
    if feed.staff_id is not None:
        person = await records.staff_member(uow, feed.staff_id)
        if person.state != "ACTIVE":
            raise NOT_FOUND()
        return Calendar(person.name, file.zone, tuple(await _work(uow, feed.staff_id, file, span))), set()
    location = feed.location or ""
    place = _place(file, location)
    rows = await _booked_at(uow, feed, location, span)
    cards = {} if policy.patient_names == "NONE" else await _cards(uow, {row.patient_id for row in rows})
    entries = tuple(_booked(row, file, place, cards.get(row.patient_id)) for row in rows)
    return Calendar(f"{file.display_name}, {place.name if place else location}", file.zone, entries), {*cards}


async def _work(uow: UnitOfWork, staff_id: UUID, file: ClinicFile, span: Block) -> list[Entry]:
    """Shifts at whatever clinic, and absences without their reason."""
    mine = select(Shift).where(
        Shift.staff_id == staff_id, Shift.organisation_id == uow.organisation_id,
        col(Shift.ends_at) > span.starts_at, col(Shift.starts_at) < span.ends_at,
    )  # fmt: skip
    away = select(Absence).where(
        Absence.staff_id == staff_id, Absence.organisation_id == uow.organisation_id,
        col(Absence.ends_at) > span.starts_at, col(Absence.starts_at) < span.ends_at,
    )  # fmt: skip
    found = []
    for row in await uow.session.exec(mine):
        there = (await active_clinic(uow, row.clinic_id)).file
        found.append(_entry(row, file, "Shift", _address(_place(there, row.location), row.location)))
    found += [_entry(row, file, "Away", "") for row in await uow.session.exec(away)]
    return sorted(found, key=_in_order)


async def _booked_at(uow: UnitOfWork, feed: CalendarFeed, location: str, span: Block) -> Sequence[Appointment]:
    rows = select(Appointment).where(
        Appointment.organisation_id == uow.organisation_id, Appointment.clinic_id == feed.clinic_id,
        Appointment.location == location,
        col(Appointment.ends_at) > span.starts_at, col(Appointment.starts_at) < span.ends_at,
    )  # fmt: skip
    return (await uow.session.exec(rows.order_by(col(Appointment.starts_at), col(Appointment.id)))).all()


async def _cards(uow: UnitOfWork, patients: set[UUID]) -> dict[UUID, Identity]:
    """Who they are, of those whose identity card is known."""
    rows = select(Patient).where(Patient.organisation_id == uow.organisation_id, col(Patient.id).in_(patients))
    return {
        row.id: uow.open_column("patient", "identity", row.id, row.identity, Identity)
        for row in await uow.session.exec(rows)
        if row.identity is not None
    }


def _booked(row: Appointment, file: ClinicFile, place: Location | None, card: Identity | None) -> Entry:
    chair = next((one.name for one in place.chairs if one.id == row.chair), row.chair) if place else row.chair
    what = named(f"Appointment, {chair}" if chair else "Appointment", card, file.calendars.patient_names)
    return _entry(row, file, what, _address(place, row.location))


def _entry(row: Shift | Absence | Appointment, file: ClinicFile, summary: str, place: str) -> Entry:
    """`uid` holds for the row's whole life, in every calendar that tells it: the clinic's names never change."""
    return Entry(
        uid=f"{row.id}@{file.organisation}", version=row.version, cancelled=row.state in _GONE,
        starts_at=row.starts_at, ends_at=row.ends_at, summary=summary, place=place,
    )  # fmt: skip


def _in_order(entry: Entry) -> tuple[datetime, str]:
    return entry.starts_at, entry.uid


def _place(file: ClinicFile, location: str) -> Location | None:
    """None when the file does not name it any more."""
    return next((place for place in file.locations if place.id == location), None)


def _address(place: Location | None, location: str) -> str:
    return f"{place.name}, {place.address}" if place else location
