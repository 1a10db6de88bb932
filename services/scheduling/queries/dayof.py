"""The check on the day of a session, as it stands."""

from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import at_session, before_dose
from services.scheduling.dayof.views import day_check
from services.scheduling.schemas.dayof import DayCheckView
from shared.db.unit_of_work import UnitOfWork


async def get_day_check(uow: UnitOfWork, session_id: UUID) -> DayCheckView:
    """Each criterion: met, unmet, unknown or overridden. Raises NOT_FOUND, FORBIDDEN."""
    session, chair = await at_session(uow, session_id, "nurse", "clinician", lock=False)
    await records.audit(uow, "read", "session", session)
    return day_check(session.id, await before_dose(uow, chair), uow.now)
