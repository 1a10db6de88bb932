"""What becomes due: at the chair, before and after sessions, slots held or offered, a day on paper, the drug ledger."""

from services.scheduling import commands
from services.scheduling.commands import (
    ALERT_UNANSWERED,
    DAY_PACK_DUE,
    DAY_PACK_OVER,
    HOLD_ENDS,
    LEDGER_ALARM,
    LOOK,
    OFFER_ENDS,
    READINESS_REVIEW,
    READINESS_SWEEP,
    REMS_FORM_LATE,
    REMS_FORM_REMINDER,
    VITAL_OVERDUE,
)
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


async def on_ledger_alarm(uow: UnitOfWork, timer: Timer) -> None:
    """A difference in the drug ledger, or a loss, still waits. `version` is the number of the escalation."""
    if not await commands.ledger_alarm(uow, timer):
        raise Stale


async def on_day_pack_due(uow: UnitOfWork, timer: Timer) -> None:
    """A location's pack is due. `version` is the minute for which it is due."""
    if not await commands.make_day_pack(uow, timer):
        raise Stale


async def on_day_pack_over(uow: UnitOfWork, timer: Timer) -> None:
    """A pack was kept for as long as the clinic keeps them."""
    if not await commands.remove_day_pack(uow, timer.aggregate_id):
        raise Stale


async def on_hold_ends(uow: UnitOfWork, timer: Timer) -> None:
    """A slot was held long enough; it is free again."""
    if not await commands.end_hold(uow, timer.aggregate_id):
        raise Stale


async def on_offer_ends(uow: UnitOfWork, timer: Timer) -> None:
    """Nobody answered an offer in time; it stays on the call list."""
    if not await commands.end_offer(uow, timer.aggregate_id):
        raise Stale


async def on_waitlist_look(uow: UnitOfWork, timer: Timer) -> None:
    """A slot is free: it is offered to the next who wait for one. `version` is the round."""
    if not await commands.look(uow, timer.aggregate_id):
        raise Stale


async def on_readiness_sweep(uow: UnitOfWork, timer: Timer) -> None:
    """A booked session comes near. `version` is that of its booking by a thousand, and the sweep's hours."""
    if not await commands.sweep_readiness(uow, timer):
        raise Stale


async def on_readiness_review(uow: UnitOfWork, timer: Timer) -> None:
    """A fact about a session that was swept is new. `version` counts them."""
    if not await commands.review_readiness(uow, timer):
        raise Stale


async def on_rems_form_reminder(uow: UnitOfWork, timer: Timer) -> None:
    """A session's monitoring form is not sent, days before the last one on which it is in time."""
    if not await commands.remind_of_form(uow, timer.aggregate_id):
        raise Stale


async def on_rems_form_late(uow: UnitOfWork, timer: Timer) -> None:
    """A session's monitoring form was not sent in its seven days."""
    if not await commands.remark_late_form(uow, timer.aggregate_id):
        raise Stale


TIMERS: dict[str, TimerHandler] = {
    VITAL_OVERDUE: on_vital_overdue, ALERT_UNANSWERED: on_alert_unanswered, DAY_PACK_DUE: on_day_pack_due,
    DAY_PACK_OVER: on_day_pack_over, HOLD_ENDS: on_hold_ends, OFFER_ENDS: on_offer_ends, LOOK: on_waitlist_look,
    READINESS_SWEEP: on_readiness_sweep, READINESS_REVIEW: on_readiness_review,
    LEDGER_ALARM: on_ledger_alarm, REMS_FORM_LATE: on_rems_form_late,
    REMS_FORM_REMINDER: on_rems_form_reminder,
}  # fmt: skip
