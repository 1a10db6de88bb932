"""Routes of staff and rosters."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, STAFF
from services.scheduling.schemas.staff import (
    AbsenceRequest,
    AbsenceView,
    CoverView,
    ShiftRequest,
    ShiftView,
    StaffChangeRequest,
    StaffRequest,
    StaffView,
)
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID

router = APIRouter(tags=["staff"])
Rosterer = Annotated[Acting, Depends(acting("admin"))]
Reader = Annotated[Reading, Depends(reading(*STAFF, "admin"))]
Day = Annotated[date, Query(description="local day of the clinic", examples=["2026-11-30"])]
Days = Annotated[int, Query(ge=1, le=62, description="how many local days", examples=[7])]


@router.post(
    "/v1/staff", operation_id="engageStaff", status_code=201, response_model=StaffView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def engage_staff(body: StaffRequest, act: Rosterer) -> Response:
    """Somebody starts to work at a clinic, with what of theirs expires (domain D.2, H.5)."""
    return await act.run(lambda uow: commands.engage_staff(uow, body), status=201)


@router.put(
    "/v1/staff/{staff_id}", operation_id="changeStaff", response_model=StaffView,
    responses=problems(NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def change_staff(staff_id: UUID, body: StaffChangeRequest, act: Rosterer) -> Response:
    """Name, state and credentials anew; an expired credential covers nothing from the day after."""
    version = act.expected_version
    return await act.run(lambda uow: commands.change_staff(uow, staff_id, body, version))


@router.get(
    "/v1/staff", operation_id="listStaff", response_model=Page[StaffView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_staff(clinic_id: UUID, paging: Pages, read: Reader) -> Response:
    """Who works for a clinic, and which of their credentials have expired."""
    return await read.run(lambda uow: queries.list_staff(uow, clinic_id, paging))


@router.post(
    "/v1/shifts", operation_id="rosterShift", status_code=201, response_model=ShiftView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def roster_shift(body: ShiftRequest, act: Rosterer) -> Response:
    """Somebody is on site on a local day; nobody is in two places at once."""
    return await act.run(lambda uow: commands.roster_shift(uow, body), status=201)


@router.post(
    "/v1/shifts/{shift_id}/cancel", operation_id="cancelShift", response_model=ShiftView,
    responses=problems(NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def cancel_shift(shift_id: UUID, act: Rosterer) -> Response:
    """The shift will not take place; what it leaves uncovered shows `GET /v1/cover`."""
    version = act.expected_version
    return await act.run(lambda uow: commands.cancel_shift(uow, shift_id, version))


@router.get(
    "/v1/shifts", operation_id="listShifts", response_model=Page[ShiftView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_shifts(clinic_id: UUID, day: Day, paging: Pages, read: Reader, days: Days = 7) -> Response:
    """The shifts at a clinic on some local days."""
    return await read.run(lambda uow: queries.list_shifts(uow, clinic_id, day, days, paging))


@router.post(
    "/v1/absences", operation_id="recordAbsence", status_code=201, response_model=AbsenceView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def record_absence(body: AbsenceRequest, act: Rosterer) -> Response:
    """Somebody is away. The answer names every booked session that is not covered now; none is moved by itself."""
    return await act.run(lambda uow: commands.record_absence(uow, body), status=201)


@router.post(
    "/v1/absences/{absence_id}/cancel", operation_id="cancelAbsence", response_model=AbsenceView,
    responses=problems(NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def cancel_absence(absence_id: UUID, act: Rosterer) -> Response:
    """Somebody is back, or never went."""
    version = act.expected_version
    return await act.run(lambda uow: commands.cancel_absence(uow, absence_id, version))


@router.get(
    "/v1/absences", operation_id="listAbsences", response_model=Page[AbsenceView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_absences(clinic_id: UUID, day: Day, paging: Pages, read: Reader, days: Days = 7) -> Response:
    """Who is away on some local days."""
    return await read.run(lambda uow: queries.list_absences(uow, clinic_id, day, days, paging))


@router.get(
    "/v1/cover", operation_id="getCover", response_model=CoverView, responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def get_cover(
    clinic_id: UUID, location: Annotated[str, Query(examples=["main"])], day: Day, read: Reader
) -> Response:  # fmt: skip
    """Which booked sessions of a day the roster does not cover, and who is missing from when to when (domain D.2)."""
    return await read.run(lambda uow: queries.get_cover(uow, clinic_id, location, day))
