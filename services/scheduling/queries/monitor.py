"""What monitors sent."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.chairside import at_session
from services.scheduling.domain.vitals import Vitals
from services.scheduling.models import MonitorReading
from services.scheduling.schemas.monitor import MonitorReadingView
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page

STAFF = ("frontdesk", "nurse", "clinician")


async def list_monitor_readings(uow: UnitOfWork, session_id: UUID, paging: Paging) -> Page[MonitorReadingView]:
    """What monitors sent about a session, in the order in which it was measured. Raises NOT_FOUND, FORBIDDEN."""
    session, _ = await at_session(uow, session_id, *STAFF, lock=False)
    after = paging.after(uow, "monitor readings", session_id)
    rows = select(MonitorReading).where(MonitorReading.session_id == session_id)
    if after is not None:
        at, last = datetime.fromisoformat(after[0]), UUID(after[1])
        same = (col(MonitorReading.taken_at) == at) & (col(MonitorReading.id) > last)
        rows = rows.where((col(MonitorReading.taken_at) > at) | same)
    ordered = rows.order_by(col(MonitorReading.taken_at), col(MonitorReading.id)).limit(paging.fetch)
    shown = [_view(uow, row) for row in await uow.session.exec(ordered)]
    await records.audit(uow, "read", "session", session)
    return page(uow, shown, paging, lambda view: (view.taken_at, view.reading_id), "monitor readings", session_id)


def _view(uow: UnitOfWork, row: MonitorReading) -> MonitorReadingView:
    vitals = uow.open_column("monitor_reading", "vitals", row.id, row.vitals, Vitals)
    return MonitorReadingView(
        reading_id=row.id, device_id=row.device_id, taken_at=row.taken_at, received_at=row.received_at, vitals=vitals
    )
