"""The record of a session."""

from uuid import UUID

from services.scheduling import records
from services.scheduling.floor.chart import record_view
from services.scheduling.models import Session
from services.scheduling.schemas.record import SessionRecordView
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role


async def get_session_record(uow: UnitOfWork, session_id: UUID) -> SessionRecordView:
    """Everything observed and done in a session, and whether its signature holds. Raises NOT_FOUND, FORBIDDEN."""
    session = await records.find(uow, Session, session_id)
    require_role(uow, session.clinic_id, "frontdesk", "nurse", "clinician")
    await records.audit(uow, "read", "session", session)
    return await record_view(uow, session)
