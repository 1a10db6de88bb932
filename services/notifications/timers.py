"""What becomes due."""

from services.notifications.commands.messages import decide_due
from services.notifications.commands.queue import DUE
from shared.db.unit_of_work import UnitOfWork
from shared.service import TimerHandler
from shared.timers import Timer


async def on_message_due(uow: UnitOfWork, timer: Timer) -> None:
    """A message is due, or must be looked at again. Raises Stale when it was decided about since."""
    await decide_due(uow, timer.aggregate_id, timer.version)


TIMERS: dict[str, TimerHandler] = {DUE: on_message_due}
