"""Sessions with their infusion, and floor events with their roll-call, as answers."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from services.scheduling import records, views
from services.scheduling.chairside import Chairside
from services.scheduling.domain.appointment import State
from services.scheduling.domain.infusion import Change, Ordered, Ran, Step, ran
from services.scheduling.domain.spray import is_spray
from services.scheduling.floor.records import detail_of, deviations_of, entries_of
from services.scheduling.models import Deviation, Session, SessionEntry
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.infusion import ChangeView, DeviationView, InfusionView
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeviationDetail
from shared.events.prescribing import OrderContent


async def session(uow: UnitOfWork, row: Session, chair: Chairside) -> SessionView:
    """A session with its alerts, what is due next, how far its infusion has come, and its deviations."""
    shown = views.session(uow, row, chair.dues, await records.alerts_of(uow, row.id), chair.devices)
    deviations = [deviation(uow, one) for one in await deviations_of(uow, row.id)]
    infusion = None
    if row.started_at is not None and not is_spray(chair.protocol.modality):
        infusion = _infusion(uow, row, chair, await entries_of(uow, [row.id]))
    return shown.model_copy(update={"infusion": infusion, "suspended_at": row.suspended_at, "deviations": deviations})


def deviation(uow: UnitOfWork, row: Deviation) -> DeviationView:
    """A deviation with what was found."""
    detail = uow.open_column("deviation", "detail", row.id, row.detail, DeviationDetail)
    return DeviationView(
        deviation_id=row.id, occurred_at=row.occurred_at, recorded_at=row.recorded_at, **detail.model_dump()
    )


def ordered(uow: UnitOfWork, row: Session) -> Ordered:
    """What the order of a session that was started says."""
    token = promised(row.order_content, "session.order_content")
    order = uow.open_column("session", "order_content", row.id, token, OrderContent)
    return Ordered(order.dose_mg, order.minutes, order.rate_ml_per_hour)


def ran_until(uow: UnitOfWork, row: Session, changes: Sequence[Change], until: datetime) -> Ran:
    """How far the infusion of a session that was started had come at a moment, at most at its end."""
    ended_at = row.infusion_ended_at
    at = until if ended_at is None else min(until, ended_at)
    return ran(ordered(uow, row), promised(row.started_at, "session.started_at"), changes, at)


def tenths(so_far: Ran) -> Decimal:
    """mg to a tenth, half up."""
    return Decimal((so_far.mg.numerator * 20 // so_far.mg.denominator + 1) // 2).scaleb(-1)


def _infusion(uow: UnitOfWork, row: Session, chair: Chairside, entries: Sequence[SessionEntry]) -> InfusionView:
    so_far = ran_until(uow, row, chair.changes, uow.now)
    return InfusionView(
        given_mg=tenths(so_far), minutes=so_far.minutes, rate_ml_per_hour=so_far.rate,
        paused_since=so_far.paused_since if row.state == State.IN_PROGRESS.value else None,
        changes=[_change(uow, entry) for entry in entries],
    )  # fmt: skip


def _change(uow: UnitOfWork, row: SessionEntry) -> ChangeView:
    detail = detail_of(uow, row)
    return ChangeView(
        step=Step(row.kind), reason=detail.reason, rate_ml_per_hour=detail.rate_ml_per_hour,
        occurred_at=row.occurred_at, recorded_at=row.recorded_at, recorded_by=row.recorded_by, source=row.source,
    )  # fmt: skip
