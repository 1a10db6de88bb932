"""The dose: when it may start, what was given, and ending early."""

from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from pydantic import BaseModel

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session
from services.scheduling.commands.changes import settle_course
from services.scheduling.commands.moments import happened_at
from services.scheduling.commands.steps import move, require_may_become, session_view
from services.scheduling.commands.vitals import expect_vitals
from services.scheduling.domain.appointment import State
from services.scheduling.domain.care import Order
from services.scheduling.models import Session
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.requests import AbortRequest, InfusionEndRequest, StartRequest
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose, OrderContent
from shared.events.scheduling import SessionAborted, SessionStarted
from shared.http import require_version
from shared.problems import EVENTS_WAITING, INVALID_REQUEST, FieldError, problem_kind
from shared.sealing import Sealed

START_TOLERANCE = timedelta(minutes=5)
NOT_READY = problem_kind("READINESS", 409, "The dose may not start yet", "Settle each blocker in errors, then start.")


class AbortNote(BaseModel):
    """Why a session ended early, as a code."""

    code: str


async def start_session(
    uow: UnitOfWork, session_id: UUID, request: StartRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """The dose starts under the newest signed order, when nothing stands in the way (A.5).

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, EVENTS_WAITING, READINESS (naming each blocker),
    INVALID_REQUEST for a start in the future or more than five minutes ago.
    """
    session, chair = await at_session(uow, session_id, "nurse")
    require_version(session.version, expected_version)
    require_may_become(session.state, State.IN_PROGRESS)
    starts_at = happened_at(uow, request.started_at, "/started_at", not_before=uow.now - START_TOLERANCE)
    order = await _ready_order(uow, chair, starts_at)
    session.started_at, session.order_id = starts_at, order.order_id
    session.order_content = uow.seal_column("session", "order_content", session.id, order.content)
    move(chair, session, State.IN_PROGRESS)
    await expect_vitals(uow, session, chair)
    started = SessionStarted(
        session_id=session.id, appointment_id=session.appointment_id, patient_id=session.patient_id,
        started_at=starts_at,
    )  # fmt: skip
    uow.emit(started, key=session.patient_id, subject=session.id, clinic_id=session.clinic_id)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)


async def finish_infusion(
    uow: UnitOfWork, session_id: UUID, request: InfusionEndRequest, expected_version: int
) -> SessionView:
    """Record what was really given: a record is never refused for differing from the order.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, INVALID_REQUEST for times that cannot be.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    require_version(session.version, expected_version)
    require_may_become(session.state, State.RECOVERY)
    session.infusion_ended_at = happened_at(uow, request.ended_at, "/ended_at", not_before=session.started_at)
    delivered = _delivered(uow, session, request.dose_mg, request.minutes)
    session.delivered = uow.seal_column("session", "delivered", session.id, delivered)
    move(chair, session, State.RECOVERY)
    await expect_vitals(uow, session, chair)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)


async def abort_session(
    uow: UnitOfWork, session_id: UUID, request: AbortRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """The session ends early, during the infusion or in recovery, with what had run until then.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, INVALID_REQUEST when dose or minutes are missing.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    require_version(session.version, expected_version)
    require_may_become(session.state, State.ABORTED)
    since = session.infusion_ended_at or session.started_at
    aborted_at = happened_at(uow, request.aborted_at, "/aborted_at", not_before=since)
    delivered = _given_until(uow, session, request, aborted_at)
    session.delivered = uow.seal_column("session", "delivered", session.id, delivered)
    session.abort_reason = uow.seal_column("session", "abort_reason", session.id, AbortNote(code=request.reason.value))
    session.closed_at = aborted_at
    move(chair, session, State.ABORTED)
    aborted = SessionAborted(
        session_id=session.id, appointment_id=session.appointment_id, patient_id=session.patient_id,
        aborted_at=aborted_at, delivered=Sealed.of(delivered),
    )  # fmt: skip
    uow.emit(aborted, key=session.patient_id, subject=session.id, clinic_id=session.clinic_id)
    await settle_course(uow, chair.appointment, carried_out=False)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)


async def _ready_order(uow: UnitOfWork, chair: Chairside, starts_at: datetime) -> Order:
    """The order that the dose runs under. Raises EVENTS_WAITING, READINESS."""
    care = await records.care_of(uow, chair.appointment.patient_id)
    if care.events_waiting:
        raise EVENTS_WAITING()
    blockers = chair.blockers(care, starts_at)
    order = care.order_for(chair.protocol)
    if blockers or order is None:
        errors = [FieldError("", b.code, {"owner": b.owner, "detail": b.wording}) for b in blockers]
        raise NOT_READY(errors=errors, params={"blockers": [b.code for b in blockers]})
    return order


def _given_until(uow: UnitOfWork, session: Session, request: AbortRequest, aborted_at: datetime) -> DeliveredDose:
    """What ran: as recorded when the infusion ended, else as told now."""
    if session.delivered is not None:
        return uow.open_column("session", "delivered", session.id, session.delivered, DeliveredDose)
    missing = [name for name in ("dose_mg", "minutes") if getattr(request, name) is None]
    if missing or request.dose_mg is None or request.minutes is None:
        raise INVALID_REQUEST(errors=[FieldError(f"/{name}", "MISSING") for name in missing])
    session.infusion_ended_at = aborted_at
    return _delivered(uow, session, request.dose_mg, request.minutes)


def _delivered(uow: UnitOfWork, session: Session, dose_mg: int, minutes: int) -> DeliveredDose:
    """What was given, beside the order it was given under. Raises INVALID_REQUEST for more minutes than passed."""
    started_at = promised(session.started_at, "session.started_at")
    ended_at = promised(session.infusion_ended_at, "session.infusion_ended_at")
    elapsed = ceil((ended_at - started_at) / timedelta(minutes=1))
    if minutes > elapsed:
        raise INVALID_REQUEST(errors=[FieldError("/minutes", "LONGER_THAN_THE_INFUSION", {"at_most": elapsed})])
    token = promised(session.order_content, "session.order_content")
    order = uow.open_column("session", "order_content", session.id, token, OrderContent)
    return DeliveredDose(
        modality=order.modality, protocol=order.protocol, order_id=promised(session.order_id, "session.order_id"),
        dose_mg=dose_mg, minutes=minutes, infusion_started_at=started_at, infusion_ended_at=ended_at,
    )  # fmt: skip
