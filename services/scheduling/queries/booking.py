"""Free times: for a visit, and for an appointment that shall move. Nothing is held."""

from datetime import date, timedelta
from uuid import UUID

from services.scheduling import records, views
from services.scheduling.planning.ground import require_on_grid
from services.scheduling.planning.moving import room_to_move
from services.scheduling.planning.visits import STAFF_BOOK_THIS, desk_of
from services.scheduling.schemas.answers import MoveProposalView, SlotsView
from services.scheduling.schemas.requests import MoveProposalRequest
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role

STAFF = ("frontdesk", "nurse", "clinician")


async def list_slots(
    uow: UnitOfWork, clinic_id: UUID, location: str, kind: str, first_day: date, days: int
) -> SlotsView:  # fmt: skip
    """Free times of a kind of visit on some local days, in order, whoever comes: what one patient needs beside, such as
    an interpreter, is looked at where the patient is named, by `find_slots` and when it is booked.

    Raises FORBIDDEN, STAFF_BOOK_THIS for a patient, NO_CLINIC_FILE, INVALID_REQUEST.
    """
    by_patient = uow.caller.kind == "patient"
    if not by_patient:
        require_role(uow, clinic_id, *STAFF)
    wanted = _days(first_day, days)
    desk = await desk_of(uow, clinic_id, location, kind, wanted)
    if by_patient and not desk.kind.patient_may_book:
        raise STAFF_BOOK_THIS()
    return SlotsView(
        clinic_id=clinic_id, location=location, kind=kind, minutes=desk.kind.minutes,
        slots=[views.slot(block, desk.place.zone) for block in desk.free(wanted, uow.now)],
    )  # fmt: skip


async def propose_move(uow: UnitOfWork, appointment_id: UUID, request: MoveProposalRequest) -> MoveProposalView:
    """Where an appointment may go on some local days, and which rules the time asked for would break.

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST.
    """
    appointment = await records.find_for(uow, appointment_id, *STAFF, patient=True, lock=False)
    days = _days(request.first_day, request.days)
    room = await room_to_move(uow, appointment, request.location, (days[0], days[-1]))
    broken = []
    if request.time is not None:
        require_on_grid((await active_clinic(uow, appointment.clinic_id)).file, request.time)
        broken = room.violations(request.first_day, request.time)
    await records.audit(uow, "read", "appointment", appointment)
    return MoveProposalView(
        appointment_id=appointment.id, rules_broken=views.broken(broken),
        alternatives=[views.slot(block, appointment.zone) for block in room.alternatives(days)],
    )  # fmt: skip


def _days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]
