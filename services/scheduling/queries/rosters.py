"""Staff, shifts, absences, and what a day's roster does not cover."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import views
from services.scheduling.domain.place import Block
from services.scheduling.models import Absence, Shift, StaffMember
from services.scheduling.planning.cover import booked_sessions
from services.scheduling.planning.ground import location_of
from services.scheduling.planning.uncovered import uncovered_at
from services.scheduling.schemas.staff import AbsenceView, CoverView, ShiftView, StaffView
from shared.calendar import at_local
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_role

T = TypeVar("T", Shift, Absence)
READERS = ("frontdesk", "nurse", "clinician", "admin")


async def list_staff(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[StaffView]:
    """Who works for a clinic, in the order of being engaged. Raises FORBIDDEN, NO_CLINIC_FILE."""
    require_role(uow, clinic_id, *READERS)
    zone = (await active_clinic(uow, clinic_id)).file.zone
    after = paging.after(uow, "staff", clinic_id)
    rows = select(StaffMember).where(
        StaffMember.clinic_id == clinic_id, StaffMember.organisation_id == uow.organisation_id
    )
    if after is not None:
        rows = rows.where(col(StaffMember.id) > UUID(after[0]))
    found = await uow.session.exec(rows.order_by(col(StaffMember.id)).limit(paging.fetch))
    shown = [views.staff(row, zone, uow.now) for row in found]
    return page(uow, shown, paging, lambda view: (view.staff_id,), "staff", clinic_id)


async def list_shifts(uow: UnitOfWork, clinic_id: UUID, day: date, days: int, paging: Paging) -> Page[ShiftView]:
    """Shifts at a clinic on some local days, cancelled ones too. Raises FORBIDDEN, NO_CLINIC_FILE."""
    require_role(uow, clinic_id, *READERS)
    zone = (await active_clinic(uow, clinic_id)).file.zone
    after = paging.after(uow, "shifts", clinic_id, day, days)
    found = await _touching(uow, Shift, clinic_id, _span(day, days, zone), after, paging.fetch)
    shown = [views.shift(row, zone) for row in found]
    return page(uow, shown, paging, lambda view: (view.shift_id,), "shifts", clinic_id, day, days)


async def list_absences(uow: UnitOfWork, clinic_id: UUID, day: date, days: int, paging: Paging) -> Page[AbsenceView]:
    """Who is away on some local days, cancelled absences too. Raises FORBIDDEN, NO_CLINIC_FILE."""
    require_role(uow, clinic_id, *READERS)
    zone = (await active_clinic(uow, clinic_id)).file.zone
    after = paging.after(uow, "absences", clinic_id, day, days)
    found = await _touching(uow, Absence, clinic_id, _span(day, days, zone), after, paging.fetch)
    shown = [views.absence(row, zone, []) for row in found]
    return page(uow, shown, paging, lambda view: (view.absence_id,), "absences", clinic_id, day, days)


async def get_cover(uow: UnitOfWork, clinic_id: UUID, location: str, day: date) -> CoverView:
    """Booked sessions of a local day that no roster covers. Raises FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST."""
    require_role(uow, clinic_id, *READERS)
    file = (await active_clinic(uow, clinic_id)).file
    span = _span(day, 1, file.zone)
    booked = await booked_sessions(uow, clinic_id, location_of(file, location).id, span)
    await uow.audit("read", "cover", f"{location}/{day}", clinic_id=clinic_id)
    return CoverView(
        clinic_id=clinic_id, location=location, day=day, rostered=file.cover.rostered, sessions=len(booked),
        uncovered=views.uncovered(await uncovered_at(uow, clinic_id, location, span)),
    )  # fmt: skip


async def _touching(
    uow: UnitOfWork, table: type[T], clinic_id: UUID, span: Block, after: Sequence[str] | None, most: int
) -> list[T]:
    """Rows of a clinic that overlap the span, those behind `after` only, in the order of their ids."""
    rows = select(table).where(
        table.clinic_id == clinic_id, table.organisation_id == uow.organisation_id,
        col(table.ends_at) > span.starts_at, col(table.starts_at) < span.ends_at,
    )  # fmt: skip
    if after is not None:
        rows = rows.where(col(table.id) > UUID(after[0]))
    return list(await uow.session.exec(rows.order_by(col(table.id)).limit(most)))


def _span(first: date, days: int, zone: str) -> Block:
    return Block(at_local(first, time(), zone), at_local(first + timedelta(days=days), time(), zone))
