"""Slots that keep every rule, and slots that are held."""

from datetime import timedelta
from uuid import UUID

from services.scheduling import views
from services.scheduling.dayof.blockers import blocker_view
from services.scheduling.planning.ground import require_on_grid
from services.scheduling.planning.moving import room_to_move
from services.scheduling.planning.wanted import blockers_against, wanted
from services.scheduling.schemas.slots import FindRequest, FoundView, HoldView
from services.scheduling.slots import views as slot_views
from services.scheduling.slots.records import find_hold
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork


async def find_slots(uow: UnitOfWork, request: FindRequest) -> FoundView:
    """Slots on some local days, and which rules the time asked for would break.

    Raises NOT_FOUND, FORBIDDEN, STAFF_BOOK_THIS for a patient, NO_CLINIC_FILE, INVALID_REQUEST.
    """
    appointment = await wanted(uow, request)
    days = [request.first_day + timedelta(days=n) for n in range(request.days)]
    room = await room_to_move(uow, appointment, request.location, (days[0], days[-1]))
    broken = []
    if request.time is not None:
        require_on_grid((await active_clinic(uow, appointment.clinic_id)).file, request.time)
        broken = room.violations(request.first_day, request.time)
    blockers = await blockers_against(uow, request, appointment)
    free = [] if blockers else room.alternatives(days)
    patient_id, clinic_id = appointment.patient_id, appointment.clinic_id
    await uow.audit("read", "slots", appointment.id, patient_id=patient_id, clinic_id=clinic_id)
    return FoundView(
        patient_id=patient_id, clinic_id=clinic_id, location=room.location.id, kind=appointment.kind,
        slots=[views.slot(block, appointment.zone) for block in free], why_not=slot_views.why_not(broken),
        blockers=[blocker_view(one) for one in blockers],
    )  # fmt: skip


async def get_hold(uow: UnitOfWork, hold_id: UUID) -> HoldView:
    """A slot that is or was held. Raises NOT_FOUND, FORBIDDEN."""
    hold = await find_hold(uow, hold_id)
    await uow.audit("read", "slot_hold", hold.id, patient_id=hold.patient_id, clinic_id=hold.clinic_id)
    return slot_views.hold(hold)
