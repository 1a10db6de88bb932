"""What becomes due at the chair."""

from services.scheduling import commands
from services.scheduling.commands import ALERT_UNANSWERED, VITAL_OVERDUE
from shared.db.unit_of_work import UnitOfWork
from shared.service import TimerHandler
from shared.timers import Stale, Timer


async def on_vital_overdue(uow: UnitOfWork, timer: Timer) -> None:
    """AL-09: a scheduled measurement has not come for more than five minutes. `version` is the vitals round."""
    if not await commands.raise_overdue(uow, timer.aggregate_id, timer.version):
        raise Stale


async def on_alert_unanswered(uow: UnitOfWork, timer: Timer) -> None:
    """Nobody acknowledged an alert in time. `version` is the number of the escalation."""
    if not await commands.escalate_alert(uow, timer):
        raise Stale


TIMERS: dict[str, TimerHandler] = {VITAL_OVERDUE: on_vital_overdue, ALERT_UNANSWERED: on_alert_unanswered}
