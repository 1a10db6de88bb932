"""What becomes due in intake."""

from services.intake import commands
from services.intake.commands.answers.asking import ASKS
from services.intake.commands.answers.due import OVERDUE
from services.intake.commands.answers.expiry import EXPIRES
from services.intake.commands.answers.schedule import DUE
from services.intake.commands.safety.oncall import UNANSWERED
from services.intake.commands.screening.deciding import LAPSES
from shared.db.unit_of_work import UnitOfWork
from shared.service import TimerHandler
from shared.timers import Stale, Timer


async def on_intake_asks(uow: UnitOfWork, timer: Timer) -> None:
    """A screening, or a clinic's file, may ask something else at intake than the one before. `version` is 1, or when
    the file came into force (microseconds since 1970)."""
    if not await commands.ask_at_intake(uow, timer):
        raise Stale


async def on_assessment_due(uow: UnitOfWork, timer: Timer) -> None:
    """An instrument or a check-in is to be answered from now on. `version` is that of the planned item."""
    if not await commands.open_due(uow, timer):
        raise Stale


async def on_assessment_overdue(uow: UnitOfWork, timer: Timer) -> None:
    """Nobody answered in time what was due. `version` is that of the planned item."""
    if not await commands.say_overdue(uow, timer):
        raise Stale


async def on_concern_unanswered(uow: UnitOfWork, timer: Timer) -> None:
    """Nobody acknowledged a safety concern in time. `version` is the number of the escalation."""
    if not await commands.escalate_concern(uow, timer):
        raise Stale


async def on_screening_lapses(uow: UnitOfWork, timer: Timer) -> None:
    """A fact of a screening grows too old, a condition lapses, a recheck or a birthday has come: decide again."""
    if not await commands.screening_lapsed(uow, timer):
        raise Stale


async def on_draft_expires(uow: UnitOfWork, timer: Timer) -> None:
    """Nobody sent a form in. `version` counts how often its time was lengthened before it came."""
    if not await commands.expire_draft(uow, timer):
        raise Stale


TIMERS: dict[str, TimerHandler] = {
    ASKS: on_intake_asks, DUE: on_assessment_due, OVERDUE: on_assessment_overdue,
    UNANSWERED: on_concern_unanswered, LAPSES: on_screening_lapses, EXPIRES: on_draft_expires,
}  # fmt: skip
