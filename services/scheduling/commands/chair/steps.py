"""What every step of a session does: check the state, move session and appointment together, show the session."""

from services.scheduling.chairside import Chairside
from services.scheduling.domain.appointment import State, may_become
from services.scheduling.floor import views
from services.scheduling.models import Session
from services.scheduling.schemas.answers import SessionView
from shared.db.unit_of_work import UnitOfWork
from shared.problems import CONFLICT


def require_may_become(current: str, wanted: State) -> None:
    """Raises CONFLICT with the current state."""
    if not may_become(State(current), wanted):
        raise CONFLICT(params={"state": current, "wanted": wanted.value})


def move(chair: Chairside, session: Session, state: State) -> None:
    """Session and appointment change state together, each with its version."""
    for row in (session, chair.appointment):
        row.state, row.version = state.value, row.version + 1


async def session_view(uow: UnitOfWork, session: Session, chair: Chairside) -> SessionView:
    return await views.session(uow, session, chair)
