"""What was really given in a session, whatever the order said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from services.scheduling.chairside import Chairside
from services.scheduling.commands.chair.charting import append_entry
from services.scheduling.commands.chair.deviations import record_deviations
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.deviation import given_otherwise
from services.scheduling.domain.infusion import Change, ran
from services.scheduling.domain.spray import is_spray
from services.scheduling.floor.views import ordered, ran_until
from services.scheduling.models import Session
from services.scheduling.promised import promised
from services.scheduling.schemas.requests import Source
from shared.clinicfile.policies import ChartPolicy
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose
from shared.events.prescribing import OrderContent
from shared.problems import INVALID_REQUEST, FieldError


def infused(uow: UnitOfWork, session: Session, dose_mg: int, minutes: int) -> DeliveredDose:
    """What an infusion gave. Raises INVALID_REQUEST for more minutes than passed."""
    started_at = promised(session.started_at, "session.started_at")
    ended_at = promised(session.infusion_ended_at, "session.infusion_ended_at")
    elapsed = ceil((ended_at - started_at) / timedelta(minutes=1))
    if minutes > elapsed:
        raise INVALID_REQUEST(errors=[FieldError("/minutes", "LONGER_THAN_THE_INFUSION", {"at_most": elapsed})])
    return _under_order(uow, session, dose_mg, minutes, ended_at, None)


def reckoned(uow: UnitOfWork, session: Session, changes: Sequence[Change], until: datetime) -> DeliveredDose:
    """What an infusion gave by a moment, from the rates and the time that it ran."""
    started_at = promised(session.started_at, "session.started_at")
    so_far = ran(ordered(uow, session), started_at, changes, until)
    return _under_order(uow, session, so_far.whole_mg, so_far.minutes, until, None)


def keep_given(uow: UnitOfWork, session: Session, given: DeliveredDose) -> None:
    """Keep what was given, sealed."""
    session.delivered = uow.seal_column("session", "delivered", session.id, given)


async def end_by_reckoning(
    uow: UnitOfWork, session: Session, changes: Sequence[Change], ended_at: datetime, policy: ChartPolicy
) -> None:  # fmt: skip
    """The infusion ended, and nobody tells what it gave: that follows from rate and time."""
    session.infusion_ended_at, session.reckoned = ended_at, True
    await append_entry(uow, session, EntryKind.INFUSION_ENDED, ended_at, Source.STAFF)
    keep_given(uow, session, reckoned(uow, session, changes, ended_at))
    await remark(uow, session, changes, policy)


async def remark(uow: UnitOfWork, session: Session, changes: Sequence[Change], policy: ChartPolicy) -> None:
    """An infusion is over: what it gave is compared with its order, and with what rate and time say."""
    ended_at = promised(session.infusion_ended_at, "session.infusion_ended_at")
    token = promised(session.delivered, "session.delivered")
    given = uow.open_column("session", "delivered", session.id, token, DeliveredDose)
    so_far = ran_until(uow, session, changes, ended_at)
    found = given_otherwise(given.dose_mg, ordered(uow, session), so_far, policy.given_tolerance_percent)
    await record_deviations(uow, session, found, ended_at)


def sprayed(uow: UnitOfWork, session: Session, chair: Chairside, until: datetime) -> DeliveredDose:
    """What the devices gave; its minutes run from the first device until observation ended."""
    started_at = promised(session.started_at, "session.started_at")
    count = len(chair.devices)
    minutes = (until - started_at) // timedelta(minutes=1)
    last_at = max(device.given_at for device in chair.devices)
    return _under_order(uow, session, count * chair.protocol.dose.device_mg, minutes, last_at, count)


def recorded(uow: UnitOfWork, session: Session, chair: Chairside, until: datetime) -> DeliveredDose | None:
    """What is recorded by now; None while an infusion runs."""
    if is_spray(chair.protocol.modality):
        return sprayed(uow, session, chair, until)
    if session.delivered is None:
        return None
    return uow.open_column("session", "delivered", session.id, session.delivered, DeliveredDose)


def _under_order(
    uow: UnitOfWork, session: Session, dose_mg: int, minutes: int, ended_at: datetime, devices: int | None
) -> DeliveredDose:
    token = promised(session.order_content, "session.order_content")
    order = uow.open_column("session", "order_content", session.id, token, OrderContent)
    return DeliveredDose(
        modality=order.modality, protocol=order.protocol, order_id=promised(session.order_id, "session.order_id"),
        dose_mg=dose_mg, minutes=minutes, infusion_ended_at=ended_at, devices=devices,
        infusion_started_at=promised(session.started_at, "session.started_at"),
    )  # fmt: skip
