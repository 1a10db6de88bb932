"""Floor events and their roll-calls."""

from uuid import UUID

from sqlmodel import col, select

from services.scheduling.floor import records
from services.scheduling.floor.rollcall import event_view
from services.scheduling.models import FloorEvent
from services.scheduling.schemas.floor import FloorEventView
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_role

STAFF = ("frontdesk", "nurse", "clinician")


async def get_floor_event(uow: UnitOfWork, event_id: UUID) -> FloorEventView:
    """A floor event with its roll-call. Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE."""
    event = await records.floor_event(uow, event_id)
    require_role(uow, event.clinic_id, *STAFF)
    return await event_view(uow, event, (await active_clinic(uow, event.clinic_id)).file.zone)


async def list_floor_events(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[FloorEventView]:
    """A clinic's floor events, the newest first. Raises FORBIDDEN, NO_CLINIC_FILE."""
    require_role(uow, clinic_id, *STAFF)
    zone = (await active_clinic(uow, clinic_id)).file.zone
    after = paging.after(uow, "floor-events", clinic_id)
    rows = select(FloorEvent).where(
        FloorEvent.clinic_id == clinic_id, FloorEvent.organisation_id == uow.organisation_id
    )
    if after is not None:
        rows = rows.where(col(FloorEvent.id) < UUID(after[0]))
    found = (await uow.session.exec(rows.order_by(col(FloorEvent.id).desc()).limit(paging.fetch))).all()
    shown = [await event_view(uow, row, zone) for row in found]
    return page(uow, shown, paging, lambda view: (view.floor_event_id,), "floor-events", clinic_id)
