"""Shifts and absences. What a change leaves uncovered is told at once; nothing that is booked is moved by itself.

Each locks the person first, then the locations that it concerns, in order: a booking there sees it or is seen by it.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records, views
from services.scheduling.commands.staffing.members import ROSTERERS
from services.scheduling.domain.place import Block
from services.scheduling.models import Absence, Shift, StaffMember
from services.scheduling.planning.ground import hold_location, invalid, location_of
from services.scheduling.planning.uncovered import uncovered_at
from services.scheduling.schemas.staff import AbsenceRequest, AbsenceView, ShiftRequest, ShiftView, SpanRequest
from shared.calendar import NoSuchLocalTime, at_local
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role, require_version
from shared.ids import new_id

_LONGEST = timedelta(days=366)


async def roster_shift(uow: UnitOfWork, request: ShiftRequest) -> ShiftView:
    """Somebody is on site on a local day. A shift that ends at or before its start ends the morning after.

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST (unknown location, a time that daylight saving skips,
    a shift that overlaps another one of the person, at whatever clinic; somebody who left).
    """
    require_role(uow, request.clinic_id, *ROSTERERS)
    file = (await active_clinic(uow, request.clinic_id)).file
    location = location_of(file, request.location)
    person = await records.staff_member(uow, request.staff_id, lock=True)
    if person.state != "ACTIVE":
        raise invalid("/staff_id", "HAS_LEFT")
    next_morning = timedelta(days=request.ends <= request.starts)
    starts = _instant(request.day, request.starts, file.zone, "/starts")
    ends = _instant(request.day + next_morning, request.ends, file.zone, "/ends")
    if await _shifts(uow, person.id, Block(starts, ends)):
        raise invalid("/starts", "OVERLAPS_ANOTHER_SHIFT")
    await hold_location(uow, request.clinic_id, location.id)
    shift = Shift(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=request.clinic_id, location=location.id,
        staff_id=person.id, starts_at=starts, ends_at=ends,
    )  # fmt: skip
    uow.session.add(shift)
    await uow.audit("create", "shift", shift.id, clinic_id=shift.clinic_id, version=shift.version)
    return views.shift(shift, file.zone)


async def cancel_shift(uow: UnitOfWork, shift_id: UUID, expected_version: int) -> ShiftView:
    """The shift will not take place; said again it stays cancelled. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION."""
    shift = await records.find(uow, Shift, shift_id)
    require_role(uow, shift.clinic_id, *ROSTERERS)
    await records.staff_member(uow, shift.staff_id, lock=True)
    await hold_location(uow, shift.clinic_id, shift.location)
    await uow.session.refresh(shift)
    require_version(shift.version, expected_version)
    shift.state, shift.version = "CANCELLED", shift.version + 1
    await uow.audit("update", "shift", shift.id, clinic_id=shift.clinic_id, version=shift.version)
    return views.shift(shift, (await active_clinic(uow, shift.clinic_id)).file.zone)


async def record_absence(uow: UnitOfWork, request: AbsenceRequest) -> AbsenceView:
    """Somebody is away, whatever shifts say. The answer names the booked sessions that are not covered now.

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST (an end before the start, more than 366 days).
    """
    person = await records.staff_member(uow, request.staff_id, lock=True)
    require_role(uow, person.clinic_id, *ROSTERERS)
    zone = (await active_clinic(uow, person.clinic_id)).file.zone
    away = span_of(request, zone)
    absence = Absence(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=person.clinic_id, staff_id=person.id,
        starts_at=away.starts_at, ends_at=away.ends_at, reason=request.reason.value,
    )  # fmt: skip
    places = await _hold_places(uow, person, away)
    uow.session.add(absence)
    await uow.session.flush()
    await uow.audit("create", "absence", absence.id, clinic_id=absence.clinic_id, version=absence.version)
    found = [one for clinic_id, location in places for one in await uncovered_at(uow, clinic_id, location, away)]
    return views.absence(absence, zone, found)


async def cancel_absence(uow: UnitOfWork, absence_id: UUID, expected_version: int) -> AbsenceView:
    """Somebody is back, or never went. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NO_CLINIC_FILE."""
    absence = await records.find(uow, Absence, absence_id)
    require_role(uow, absence.clinic_id, *ROSTERERS)
    person = await records.staff_member(uow, absence.staff_id, lock=True)
    await _hold_places(uow, person, Block(absence.starts_at, absence.ends_at))
    await uow.session.refresh(absence)
    require_version(absence.version, expected_version)
    absence.state, absence.version = "CANCELLED", absence.version + 1
    await uow.audit("update", "absence", absence.id, clinic_id=absence.clinic_id, version=absence.version)
    return views.absence(absence, (await active_clinic(uow, absence.clinic_id)).file.zone, [])


def span_of(request: SpanRequest, zone: str) -> Block:
    """The instants of local days and times. Raises INVALID_REQUEST (an end before the start, more than 366 days)."""
    last = request.last_day or request.first_day
    starts = _instant(request.first_day, request.starts, zone, "/starts")
    if request.ends is None:
        ends = _instant(last + timedelta(days=1), time(0), zone, "/last_day")
    else:
        ends = _instant(last, request.ends, zone, "/ends")
    if ends <= starts:
        raise invalid("/last_day" if last < request.first_day else "/ends", "BEFORE_THE_START")
    if ends - starts > _LONGEST:
        raise invalid("/last_day", "TOO_LONG", at_most_days=_LONGEST.days)
    return Block(starts, ends)


def _instant(day: date, at: time, zone: str, pointer: str) -> datetime:
    try:
        return at_local(day, at, zone)
    except NoSuchLocalTime:
        raise invalid(pointer, "CLOCK_SKIPS_TIME") from None


async def _shifts(uow: UnitOfWork, staff_id: UUID, span: Block) -> list[Shift]:
    rows = select(Shift).where(
        Shift.staff_id == staff_id, Shift.organisation_id == uow.organisation_id, Shift.state == "ACTIVE",
        col(Shift.ends_at) > span.starts_at, col(Shift.starts_at) < span.ends_at,
    )  # fmt: skip
    return list(await uow.session.exec(rows))


async def _hold_places(uow: UnitOfWork, person: StaffMember, span: Block) -> list[tuple[UUID, str]]:
    """Where the person was to be, each place held against bookings."""
    places = sorted({(shift.clinic_id, shift.location) for shift in await _shifts(uow, person.id, span)})
    for clinic_id, location in places:
        await hold_location(uow, clinic_id, location)
    return places
