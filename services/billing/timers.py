"""What becomes due in billing."""

from services.billing import commands
from services.billing.commands import AUTHORISATION_ENDS
from shared.db.unit_of_work import UnitOfWork
from shared.service import TimerHandler
from shared.timers import Timer


async def on_authorisation_ends(uow: UnitOfWork, timer: Timer) -> None:
    """The last day of an authorisation has passed: say so, that nobody books on it."""
    await commands.end_authorisation(uow, timer.aggregate_id)


TIMERS: dict[str, TimerHandler] = {AUTHORISATION_ENDS: on_authorisation_ends}
