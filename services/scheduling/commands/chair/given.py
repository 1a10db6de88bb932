"""What was really given in a session, whatever the order said."""

from datetime import datetime, timedelta
from math import ceil

from services.scheduling.chairside import Chairside
from services.scheduling.domain.spray import is_spray
from services.scheduling.models import Session
from services.scheduling.promised import promised
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
