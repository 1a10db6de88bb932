"""The dose: when it may start, what was given, and ending early."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session, before_dose, take_turn
from services.scheduling.commands.booking.changes import settle_course
from services.scheduling.commands.booking.readying import expect_review
from services.scheduling.commands.chair.arrival import NOT_TODAY
from services.scheduling.commands.chair.charting import append_entry
from services.scheduling.commands.chair.deviations import record_deviations, remark_absence
from services.scheduling.commands.chair.forms import open_form
from services.scheduling.commands.chair.given import infused, keep_given, reckoned, recorded, remark, sprayed
from services.scheduling.commands.chair.steps import move, require_may_become, session_view
from services.scheduling.commands.chair.vitals import expect_vitals
from services.scheduling.commands.knowledge import require_attested
from services.scheduling.commands.moments import happened_at
from services.scheduling.domain.appointment import State
from services.scheduling.domain.care import Blocker, Order, holding
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.deviation import DeviationCode, Found
from services.scheduling.domain.spray import is_spray
from services.scheduling.floor.records import open_event
from services.scheduling.models import Session
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.attestation import Attestation
from services.scheduling.schemas.leaving import AbortRequest, LeavingView
from services.scheduling.schemas.requests import InfusionEndRequest, Source, StartRequest
from shared.calendar import local_date
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose
from shared.events.scheduling import SessionAborted, SessionStarted
from shared.http import require_version
from shared.problems import EVENTS_WAITING, INVALID_REQUEST, FieldError, Problem, problem_kind
from shared.sealing import Sealed

START_TOLERANCE = timedelta(minutes=5)
NOT_READY = problem_kind("READINESS", 409, "The dose may not start yet", "Settle each blocker in errors, then start.")
STARTS_WITH_A_DEVICE = problem_kind(
    "STARTS_WITH_A_DEVICE", 409, "A nasal spray starts with its first device", "Record the device."
)
FLOOR_EVENT_OPEN = problem_kind(
    "FLOOR_EVENT_OPEN", 409, "Something is going on at this location", "End the floor event, then start the dose."
)


class AbortNote(BaseModel):
    """Why a session ended early, as a code."""

    code: str


async def start_session(
    uow: UnitOfWork, session_id: UUID, request: StartRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """The dose starts under the newest signed order, when nothing stands in the way (A.5). One that started already, as
    paper says, is recorded; what stood in its way is a deviation.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, NOT_TODAY, EVENTS_WAITING, READINESS (naming each blocker),
    ATTESTATION_NEEDED, INVALID_REQUEST for a start in the future or more than five minutes ago.
    """
    session, chair = await at_session(uow, session_id, "nurse")
    require_version(session.version, expected_version)
    require_may_become(session.state, State.IN_PROGRESS)
    if is_spray(chair.protocol.modality):
        raise STARTS_WITH_A_DEVICE()
    record = request.source is Source.PAPER
    earliest = session.checked_in_at if record else uow.now - START_TOLERANCE
    starts_at = happened_at(uow, request.started_at, "/started_at", not_before=earliest)
    if record:
        order = await ran_under(uow, session, chair, starts_at)
        session.clocks_from = uow.now
    else:
        order = await ready_order(uow, session, chair, starts_at, request.attestation)
    await begin_dose(uow, session, chair, order, starts_at, request.source)
    await expect_vitals(uow, session, chair)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)


async def begin_dose(
    uow: UnitOfWork, session: Session, chair: Chairside, order: Order, starts_at: datetime, source: Source
) -> None:  # fmt: skip
    """The drug runs from now on, under this order."""
    session.started_at, session.order_id = starts_at, order.order_id
    session.order_content = uow.seal_column("session", "order_content", session.id, order.content)
    move(chair, session, State.IN_PROGRESS)
    await append_entry(uow, session, EntryKind.STARTED, starts_at, source)
    started = SessionStarted(
        session_id=session.id, appointment_id=session.appointment_id, patient_id=session.patient_id,
        started_at=starts_at,
    )  # fmt: skip
    uow.emit(started, key=session.patient_id, subject=session.id, clinic_id=session.clinic_id)
    await expect_review(uow, session.patient_id)


async def finish_infusion(
    uow: UnitOfWork, session_id: UUID, request: InfusionEndRequest, expected_version: int
) -> SessionView:
    """Record what was really given: a record is never refused for differing from the order, or from what the rates and
    the time say; both are deviations. What is not told follows from them.

    With a nasal spray it says that no further device is used, and its mg are those of the devices.
    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, INVALID_REQUEST for times or mg that cannot be.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    require_version(session.version, expected_version)
    require_may_become(session.state, State.RECOVERY)
    session.infusion_ended_at = happened_at(uow, request.ended_at, "/ended_at", not_before=session.started_at)
    keep_given(uow, session, _told(uow, session, chair, request))
    move(chair, session, State.RECOVERY)
    await append_entry(uow, session, EntryKind.INFUSION_ENDED, session.infusion_ended_at, request.source)
    if not is_spray(chair.protocol.modality):
        await remark(uow, session, chair.changes, chair.clinic.file.chart)
        await remark_absence(uow, session, chair.appointment, chair.clinic.file, session.infusion_ended_at)
    await expect_vitals(uow, session, chair)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)


async def abort_session(
    uow: UnitOfWork, session_id: UUID, request: AbortRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """The session ends early, during the infusion or in recovery, with what had run until then.

    How the patient left is recorded as it was told: what happened is never refused.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, INVALID_REQUEST when only one of dose and minutes is told.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    require_version(session.version, expected_version)
    return await end_early(uow, session, chair, request)


async def end_early(uow: UnitOfWork, session: Session, chair: Chairside, request: AbortRequest) -> SessionView:
    """The same, of a session that is locked. Emits SessionAborted. Raises CONFLICT, INVALID_REQUEST."""
    require_may_become(session.state, State.ABORTED)
    since = session.infusion_ended_at or session.started_at
    aborted_at = happened_at(uow, request.aborted_at, "/aborted_at", not_before=since)
    ran_still = session.infusion_ended_at is None
    delivered = _given_until(uow, session, chair, request, aborted_at)
    keep_given(uow, session, delivered)
    session.abort_reason = uow.seal_column("session", "abort_reason", session.id, AbortNote(code=request.reason.value))
    if request.disposition is not None:
        left = LeavingView(disposition=request.disposition)
        session.leaving = uow.seal_column("session", "leaving", session.id, left)
    session.closed_at = aborted_at
    move(chair, session, State.ABORTED)
    await append_entry(uow, session, EntryKind.ABORTED, aborted_at, request.source)
    spray = is_spray(chair.protocol.modality)
    if ran_still and not spray:
        await remark(uow, session, chair.changes, chair.clinic.file.chart)
    if ran_still or spray:
        await remark_absence(uow, session, chair.appointment, chair.clinic.file, aborted_at)
    aborted = SessionAborted(
        session_id=session.id, appointment_id=session.appointment_id, patient_id=session.patient_id,
        aborted_at=aborted_at, delivered=Sealed.of(delivered),
    )  # fmt: skip
    uow.emit(aborted, key=session.patient_id, subject=session.id, clinic_id=session.clinic_id)
    await open_form(uow, session, chair)
    await settle_course(uow, chair.appointment, carried_out=False)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)


async def ready_order(
    uow: UnitOfWork, session: Session, chair: Chairside, starts_at: datetime, attestation: Attestation | None
) -> Order:
    """The order that the dose runs under. Raises NOT_TODAY for whoever came on an earlier day, FLOOR_EVENT_OPEN,
    EVENTS_WAITING, READINESS, ATTESTATION_NEEDED.
    """
    booked = chair.appointment
    if local_date(session.checked_in_at, booked.zone) != local_date(starts_at, booked.zone):
        raise NOT_TODAY()
    if await open_event(uow, booked.clinic_id, booked.location) is not None:
        raise FLOOR_EVENT_OPEN()
    care = await records.care_of(uow, booked.patient_id, booked.clinic_id)
    if care.events_waiting:
        raise EVENTS_WAITING()
    await take_turn(uow, booked.chair_id)
    blockers = holding((await before_dose(uow, chair)).blockers(care, starts_at))
    order = care.order_for(chair.protocol)
    if blockers or order is None:
        raise not_ready(blockers)
    await require_attested(uow, session, care, attestation)
    return order


async def ran_under(uow: UnitOfWork, session: Session, chair: Chairside, started_at: datetime) -> Order:
    """The order of a dose that has started already; what should have held it is a deviation.

    Raises READINESS when no order is known here that says what ran.
    """
    booked = chair.appointment
    care = await records.care_of(uow, booked.patient_id, booked.clinic_id)
    blockers = holding((await before_dose(uow, chair)).blockers(care, started_at))
    order = care.order_for(chair.protocol)
    if order is None:
        raise not_ready(blockers)
    codes = [blocker.code for blocker in blockers] + (["KNOWLEDGE_STALE"] if care.stale else [])
    if await open_event(uow, booked.clinic_id, booked.location) is not None:
        codes.append("FLOOR_EVENT_OPEN")
    broken = [Found(DeviationCode.STARTED_AGAINST_RULE, ", ".join(codes))] if codes else []
    await record_deviations(uow, session, broken, started_at)
    return order


def not_ready(blockers: Sequence[Blocker]) -> Problem:
    """READINESS, naming each blocker."""
    errors = [FieldError("", b.code, b.params()) for b in blockers]
    return NOT_READY(errors=errors, params={"blockers": [b.code for b in blockers]})


def _told(uow: UnitOfWork, session: Session, chair: Chairside, request: InfusionEndRequest) -> DeliveredDose:
    ended_at = promised(session.infusion_ended_at, "session.infusion_ended_at")
    if not is_spray(chair.protocol.modality):
        return _infused(uow, session, chair, request, ended_at)
    delivered = sprayed(uow, session, chair, ended_at)
    if request.dose_mg is not None and delivered.dose_mg != request.dose_mg:
        raise INVALID_REQUEST(errors=[FieldError("/dose_mg", "NOT_WHAT_THE_DEVICES_HELD")])
    return delivered


def _given_until(
    uow: UnitOfWork, session: Session, chair: Chairside, request: AbortRequest, aborted_at: datetime
) -> DeliveredDose:
    """What ran: as recorded by devices or when the infusion ended, else as told now, or by rate and time."""
    known = recorded(uow, session, chair, aborted_at)
    if known is not None:
        return known
    session.infusion_ended_at = aborted_at
    return _infused(uow, session, chair, request, aborted_at)


def _infused(
    uow: UnitOfWork, session: Session, chair: Chairside, request: AbortRequest | InfusionEndRequest, until: datetime
) -> DeliveredDose:
    """As told, or by rate and time. Raises INVALID_REQUEST when only one of mg and minutes is told."""
    if request.dose_mg is None and request.minutes is None:
        session.reckoned = True
        return reckoned(uow, session, chair.changes, until)
    if request.dose_mg is None or request.minutes is None:
        missing = "dose_mg" if request.dose_mg is None else "minutes"
        raise INVALID_REQUEST(errors=[FieldError(f"/{missing}", "MISSING")])
    return infused(uow, session, request.dose_mg, request.minutes)
