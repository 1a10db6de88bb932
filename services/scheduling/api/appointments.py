"""Routes of appointments of every kind."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, Staff, StaffActs, StaffOrBooker, StaffOrBookerActs
from services.scheduling.commands.booking.appointments import APPOINTMENT_OVER, NOT_CANCELLABLE, NOT_MISSED
from services.scheduling.commands.booking.courses import BOOKING_BLOCKED
from services.scheduling.commands.booking.moving import MOVE_REFUSED, NOT_MOVABLE, TOO_LATE_TO_MOVE
from services.scheduling.commands.booking.visits import NOT_A_VISIT, TIME_TAKEN
from services.scheduling.commands.knowledge import KNOWLEDGE_STALE
from services.scheduling.planning.visits import STAFF_BOOK_THIS
from services.scheduling.schemas.answers import AppointmentView, MoveProposalView, SlotsView
from services.scheduling.schemas.requests import (
    CancelRequest,
    EscortRequest,
    LocalDay,
    MoveProposalRequest,
    MoveRequest,
    VisitRequest,
)
from shared.aliases import PATIENT_MERGED
from shared.clinicfile.policies import Slug
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID

router = APIRouter()


@router.get(
    "/v1/slots", operation_id="listSlots", response_model=SlotsView, tags=["appointments"],
    responses=problems(STAFF_BOOK_THIS, NO_CLINIC_FILE),
)  # fmt: skip
async def list_slots(
    clinic_id: UUID, location: Annotated[Slug, Query(examples=["main"])],
    kind: Annotated[Slug, Query(examples=["consultation"])], read: StaffOrBooker,
    first_day: Annotated[LocalDay, Query(alias="from", description="local date of the clinic")],
    days: Annotated[int, Query(ge=1, le=31)] = 7,
) -> Response:  # fmt: skip
    """Free times of a kind of visit (the clinic file's `kinds`), in order. Nothing is held."""
    return await read.run(lambda uow: queries.list_slots(uow, clinic_id, location, kind, first_day, days))


@router.post(
    "/v1/appointments", operation_id="bookVisit", status_code=201, response_model=AppointmentView,
    tags=["appointments"],
    responses=problems(STAFF_BOOK_THIS, BOOKING_BLOCKED, TIME_TAKEN, KNOWLEDGE_STALE, PATIENT_MERGED, NO_CLINIC_FILE),
)  # fmt: skip
async def book_visit(body: VisitRequest, act: StaffOrBookerActs) -> Response:
    """Book a visit that is no session, such as a consultation. A patient may when screening allows (domain A.1)."""
    return await act.run(lambda uow: commands.book_visit(uow, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/appointments", operation_id="listPatientAppointments",
    response_model=Page[AppointmentView], tags=["appointments"], responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_patient_appointments(patient_id: UUID, paging: Pages, read: StaffOrBooker) -> Response:
    """A patient's appointments in order of time."""
    return await read.run(lambda uow: queries.list_patient_appointments(uow, patient_id, paging))


@router.get(
    "/v1/appointments", operation_id="listDay", response_model=Page[AppointmentView], tags=["appointments"],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_day(
    clinic_id: UUID, paging: Pages, read: Staff,
    day: Annotated[LocalDay, Query(description="local date of the clinic")],
    location: Annotated[str | None, Query(max_length=40, examples=["main"])] = None,
) -> Response:  # fmt: skip
    """The day list: a clinic's appointments that start on a local day."""
    return await read.run(lambda uow: queries.list_day(uow, clinic_id, day, location, paging))


@router.get(
    "/v1/appointments/{appointment_id}", operation_id="getAppointment", response_model=AppointmentView,
    tags=["appointments"], responses=problems(),
)  # fmt: skip
async def get_appointment(appointment_id: UUID, read: StaffOrBooker) -> Response:
    """An appointment."""
    return await read.run(lambda uow: queries.get_appointment(uow, appointment_id))


@router.post(
    "/v1/appointments/{appointment_id}/cancel", operation_id="cancelAppointment", response_model=AppointmentView,
    tags=["appointments"], responses=problems(NOT_CANCELLABLE, *CHANGE),
)  # fmt: skip
async def cancel_appointment(appointment_id: UUID, body: CancelRequest, act: StaffOrBookerActs) -> Response:
    """Cancel an appointment; less than 24 h before its start is late (domain D.4)."""
    version = act.expected_version
    return await act.run(lambda uow: commands.cancel_appointment(uow, appointment_id, body, version))


@router.post(
    "/v1/appointments/{appointment_id}/escort", operation_id="recordEscort", response_model=AppointmentView,
    tags=["appointments"], responses=problems(APPOINTMENT_OVER, *CHANGE),
)  # fmt: skip
async def record_escort(appointment_id: UUID, body: EscortRequest, act: StaffOrBookerActs) -> Response:
    """Name the adult who takes the patient home."""
    version = act.expected_version
    return await act.run(lambda uow: commands.record_escort(uow, appointment_id, body, version))


@router.post(
    "/v1/appointments/{appointment_id}/move/proposals", operation_id="proposeMove", response_model=MoveProposalView,
    tags=["appointments"], responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def propose_move(appointment_id: UUID, body: MoveProposalRequest, read: StaffOrBooker) -> Response:
    """Times to which an appointment may be moved, and which rules another one would break. Nothing is held."""
    return await read.run(lambda uow: queries.propose_move(uow, appointment_id, body))


@router.post(
    "/v1/appointments/{appointment_id}/move", operation_id="moveAppointment", response_model=AppointmentView,
    tags=["appointments"],
    responses=problems(NOT_MOVABLE, TOO_LATE_TO_MOVE, MOVE_REFUSED, KNOWLEDGE_STALE, NO_CLINIC_FILE, *CHANGE),
)  # fmt: skip
async def move_appointment(appointment_id: UUID, body: MoveRequest, act: StaffOrBookerActs) -> Response:
    """Give an appointment another time, if that breaks no rule (domain D.1 to D.5); a patient 24 h before at least."""
    version = act.expected_version
    return await act.run(lambda uow: commands.move_appointment(uow, appointment_id, body, version))


@router.post(
    "/v1/appointments/{appointment_id}/missed", operation_id="missAppointment", response_model=AppointmentView,
    tags=["appointments"], responses=problems(NOT_MISSED, *CHANGE),
)  # fmt: skip
async def miss_appointment(appointment_id: UUID, act: StaffActs) -> Response:
    """The patient did not come; from the planned start on (domain D.4)."""
    version = act.expected_version
    return await act.run(lambda uow: commands.miss_appointment(uow, appointment_id, version))


@router.post(
    "/v1/appointments/{appointment_id}/complete", operation_id="completeVisit", response_model=AppointmentView,
    tags=["appointments"], responses=problems(NOT_A_VISIT, *CHANGE),
)  # fmt: skip
async def complete_visit(appointment_id: UUID, act: StaffActs) -> Response:
    """A visit that is no session took place."""
    version = act.expected_version
    return await act.run(lambda uow: commands.complete_visit(uow, appointment_id, version))
