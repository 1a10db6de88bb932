"""The nasal spray: device by device, and what it adds up to (domain C.1)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session, devices_of
from services.scheduling.commands.chair.deviations import record_deviations
from services.scheduling.commands.chair.dosing import START_TOLERANCE, begin_dose, ran_under, ready_order
from services.scheduling.commands.chair.steps import move, require_may_become, session_view
from services.scheduling.commands.chair.vitals import expect_vitals
from services.scheduling.commands.moments import happened_at
from services.scheduling.domain.appointment import State
from services.scheduling.domain.deviation import DeviationCode, Found, devices_above_order
from services.scheduling.domain.spray import DeviceDetail, devices_ordered, is_spray, next_device_at
from services.scheduling.models import Device, Session
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.requests import DeviceRequest, Source
from shared.db.unit_of_work import UnitOfWork
from shared.events.prescribing import OrderContent
from shared.http import require_version
from shared.ids import new_id
from shared.problems import CONFLICT, problem_kind

NOT_A_SPRAY = problem_kind(
    "NOT_A_SPRAY", 409, "This session is an infusion", "Start the session and record the end of the infusion."
)
DEVICE_TOO_SOON = problem_kind(
    "DEVICE_TOO_SOON", 409, "Five minutes of rest lie between two devices", "Wait until `next_at` in params."
)


async def use_device(
    uow: UnitOfWork, session_id: UUID, request: DeviceRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """The patient uses a device. The first one starts the session, when nothing stands in the way (A.5); each further
    one follows at least five minutes later; with the last one of the ordered dose the observation goes on alone. What
    was used already, as paper says, is recorded whatever stood in its way, until the patient has left.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, NOT_A_SPRAY, DEVICE_TOO_SOON, EVENTS_WAITING, READINESS,
    ATTESTATION_NEEDED, INVALID_REQUEST for a moment in the future or more than five minutes ago.
    """
    session, chair = await at_session(uow, session_id, "nurse")
    require_version(session.version, expected_version)
    if not is_spray(chair.protocol.modality):
        raise NOT_A_SPRAY()
    record = request.source is Source.PAPER
    if session.suspended_at is not None and not record:
        raise CONFLICT(params={"state": "SUSPENDED"})
    earliest = session.checked_in_at if record else uow.now - START_TOLERANCE
    given_at = happened_at(uow, request.at, "/at", not_before=earliest)
    if session.started_at is None:
        await _first(uow, session, chair, request, given_at)
    else:
        await _next(uow, session, chair, given_at, record=record)
    await _record(uow, session, chair, request, given_at)
    await uow.session.flush()
    chair = replace(chair, devices=await devices_of(uow, session.id))
    await expect_vitals(uow, session, chair)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)


async def _first(
    uow: UnitOfWork, session: Session, chair: Chairside, request: DeviceRequest, given_at: datetime
) -> None:  # fmt: skip
    require_may_become(session.state, State.IN_PROGRESS)
    if request.source is Source.PAPER:
        order = await ran_under(uow, session, chair, given_at)
        session.clocks_from = uow.now
    else:
        order = await ready_order(uow, session, chair, given_at, request.attestation)
    await begin_dose(uow, session, chair, order, given_at, request.source)


async def _next(uow: UnitOfWork, session: Session, chair: Chairside, given_at: datetime, *, record: bool) -> None:
    """Five minutes after the one before; sooner, or after the dose was said to be over, only if it happened."""
    if session.state != State.IN_PROGRESS.value and not (record and session.state == State.RECOVERY.value):
        raise CONFLICT(params={"state": session.state})
    next_at = next_device_at([device.given_at for device in chair.devices])
    session.version, chair.appointment.version = session.version + 1, chair.appointment.version + 1
    if next_at is None or given_at >= next_at:
        return
    if not record:
        raise DEVICE_TOO_SOON(params={"next_at": next_at.isoformat()})
    broken = [Found(DeviationCode.DEVICE_TOO_SOON, "less than five minutes after the one before")]
    await record_deviations(uow, session, broken, given_at)


async def _record(
    uow: UnitOfWork, session: Session, chair: Chairside, request: DeviceRequest, given_at: datetime
) -> None:  # fmt: skip
    device_id, each = new_id(), chair.protocol.dose.device_mg
    device = Device(
        id=device_id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, session_id=session.id, number=len(chair.devices) + 1, given_at=given_at,
        recorded_at=uow.now, recorded_by=uow.caller.subject, source=request.source.value,
        detail=uow.seal_column("device", "detail", device_id, DeviceDetail(lot=request.lot, dose_mg=each)),
    )  # fmt: skip
    uow.session.add(device)
    token = promised(session.order_content, "session.order_content")
    order = uow.open_column("session", "order_content", session.id, token, OrderContent)
    if session.infusion_ended_at is not None:
        session.infusion_ended_at = max(session.infusion_ended_at, given_at)
    elif device.number >= devices_ordered(order.dose_mg, chair.protocol.dose):
        session.infusion_ended_at = given_at
        move(chair, session, State.RECOVERY)
    await record_deviations(uow, session, devices_above_order(device.number * each, order.dose_mg), given_at)
