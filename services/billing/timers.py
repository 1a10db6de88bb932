"""What becomes due in billing."""

from services.billing import commands
from services.billing.commands import AUTHORISATION_ENDS, AUTHORISATION_ENDS_SOON
from shared.db.unit_of_work import UnitOfWork
from shared.service import TimerHandler
from shared.timers import Stale, Timer


async def on_authorisation_ends(uow: UnitOfWork, timer: Timer) -> None:
    """The last day of an authorisation has passed: say so, that nobody books on it."""
    await commands.end_authorisation(uow, timer.aggregate_id)


async def on_authorisation_ends_soon(uow: UnitOfWork, timer: Timer) -> None:
    """An authorisation ends in 30, 14 or 7 days (F.3). `version` is that number."""
    if not await commands.warn_of_end(uow, timer.aggregate_id, timer.version):
        raise Stale


TIMERS: dict[str, TimerHandler] = {
    AUTHORISATION_ENDS: on_authorisation_ends,
    AUTHORISATION_ENDS_SOON: on_authorisation_ends_soon,
}
