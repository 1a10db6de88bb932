"""A running infusion is paused, goes on, or runs at another rate. What it gave follows from that (domain C.2, C.4)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session
from services.scheduling.commands.chair.charting import append_entry
from services.scheduling.commands.chair.deviations import record_deviations
from services.scheduling.commands.chair.dosing import not_ready
from services.scheduling.commands.chair.given import keep_given, reckoned
from services.scheduling.commands.chair.steps import session_view
from services.scheduling.commands.chair.vitals import expect_vitals
from services.scheduling.commands.knowledge import require_attested
from services.scheduling.commands.moments import happened_at, is_record
from services.scheduling.domain.appointment import State
from services.scheduling.domain.care import Blocker
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.deviation import DeviationCode, Found, rate_above_order
from services.scheduling.domain.infusion import Change, ChangeDetail, ChangeReason, Step
from services.scheduling.domain.running import running_blockers
from services.scheduling.domain.spray import is_spray
from services.scheduling.floor.views import ordered, ran_until
from services.scheduling.models import Session
from services.scheduling.planning.cover import on_site
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.attestation import Attestation
from services.scheduling.schemas.infusion import InfusionChangeRequest, RateRequest, ResumeRequest
from services.scheduling.schemas.requests import Source
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_version
from shared.problems import CONFLICT, EVENTS_WAITING, INVALID_REQUEST, FieldError, problem_kind

NOT_AN_INFUSION = problem_kind(
    "NOT_AN_INFUSION", 409, "A nasal spray has no infusion", "Use no further device, or abort the session."
)
RATE_ABOVE_ORDER = problem_kind(
    "RATE_ABOVE_ORDER", 409, "The rate is above the ordered one",
    "Set at most `at_most` mL/h, or have a new order signed. What ran already is recorded with `happened`.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """A change that is asked for: `record` when it has happened already, so that no rule can refuse it."""

    session: Session
    chair: Chairside
    at: datetime
    record: bool


async def pause_infusion(
    uow: UnitOfWork, session_id: UUID, request: InfusionChangeRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """The infusion stands. The patient is observed as before; the peak is put off (C.3).

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, NOT_AN_INFUSION, INVALID_REQUEST for a moment outside the
    infusion.
    """
    told = await _told(uow, session_id, request, expected_version)
    _require_moves(uow, told, standing=False)
    return await _change(uow, told, request, Step.PAUSED)


async def resume_infusion(
    uow: UnitOfWork, session_id: UUID, request: ResumeRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """The infusion goes on, while the patient may still be treated and a prescriber is on site (D.2).

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, NOT_AN_INFUSION, EVENTS_WAITING, READINESS,
    ATTESTATION_NEEDED, INVALID_REQUEST for a moment outside the infusion.
    """
    told = await _told(uow, session_id, request, expected_version)
    _require_moves(uow, told, standing=True)
    if not told.record:
        if told.session.suspended_at is not None:
            raise CONFLICT(params={"state": "SUSPENDED"})
        await require_may_run(uow, told.session, told.chair, request.attestation)
        return await _change(uow, told, request, Step.RESUMED)
    blockers = await _blockers(uow, told.session, told.chair)
    codes = ", ".join(blocker.code for blocker in blockers)
    broken = [Found(DeviationCode.RESUMED_AGAINST_RULE, codes)] if blockers else []
    return await _change(uow, told, request, Step.RESUMED, broken=broken)


async def change_rate(
    uow: UnitOfWork, session_id: UUID, request: RateRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """The infusion runs at another rate, at most the ordered one; a higher one that ran already is a deviation.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, NOT_AN_INFUSION, RATE_ABOVE_ORDER, INVALID_REQUEST for a
    moment outside the infusion.
    """
    told = await _told(uow, session_id, request, expected_version)
    order = ordered(uow, told.session)
    above = rate_above_order(request.rate_ml_per_hour, order)
    if above is not None and not told.record:
        most = str(order.rate)
        raise RATE_ABOVE_ORDER(
            errors=[FieldError("/rate_ml_per_hour", "ABOVE_ORDER", {"at_most": most})], params={"at_most": most}
        )
    broken = [above] if above is not None else []
    return await _change(uow, told, request, Step.RATE_CHANGED, request.rate_ml_per_hour, broken)


async def require_may_run(
    uow: UnitOfWork, session: Session, chair: Chairside, attestation: Attestation | None
) -> None:  # fmt: skip
    """Whether a dose that stands may go on. Raises EVENTS_WAITING, READINESS, ATTESTATION_NEEDED.

    Who attested to the start when intake was not heard has attested to this session.
    """
    care = await records.care_of(uow, session.patient_id, session.clinic_id)
    if care.events_waiting:
        raise EVENTS_WAITING()
    if blockers := await _blockers(uow, session, chair):
        raise not_ready(blockers)
    if session.attestation is None:
        await require_attested(uow, session, care, attestation)


async def append_change(
    uow: UnitOfWork, session: Session, change: Change, reason: ChangeReason, source: Source
) -> None:  # fmt: skip
    """Write one change of an infusion into the session's chart."""
    detail = ChangeDetail(reason=reason, rate_ml_per_hour=change.rate)
    await append_entry(uow, session, EntryKind(change.step), change.at, source, detail)


async def _told(uow: UnitOfWork, session_id: UUID, request: InfusionChangeRequest, expected_version: int) -> _Told:
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    require_version(session.version, expected_version)
    if is_spray(chair.protocol.modality):
        raise NOT_AN_INFUSION()
    if session.started_at is None or session.closed_at is not None:
        raise CONFLICT(params={"state": session.state})
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=session.started_at)
    record = request.happened or is_record(uow, at, request.source.value, chair.clinic.file.chart)
    if session.state == State.RECOVERY.value:
        if not record:
            raise CONFLICT(params={"state": session.state})
        if session.infusion_ended_at is not None and at > session.infusion_ended_at:
            raise INVALID_REQUEST(errors=[FieldError("/occurred_at", "AFTER_THE_INFUSION")])
    return _Told(session, chair, at, record)


def _require_moves(uow: UnitOfWork, told: _Told, *, standing: bool) -> None:
    """A pause needs what runs, a resumption what stands, unless it has happened. Raises CONFLICT."""
    now = ran_until(uow, told.session, told.chair.changes, told.at)
    later = any(change.at > told.at for change in told.chair.changes)
    if not told.record and (later or (now.paused_since is not None) is not standing):
        raise CONFLICT(params={"state": "RUNNING" if now.paused_since is None else "PAUSED"})


async def _blockers(uow: UnitOfWork, session: Session, chair: Chairside) -> list[Blocker]:
    booked, file = chair.appointment, chair.clinic.file
    care = await records.care_of(uow, booked.patient_id, booked.clinic_id)
    there = await on_site(uow, booked.clinic_id, file, booked.location, uow.now)
    return running_blockers(care, session.order_id, there, chair.protocol, file, uow.now)


async def _change(
    uow: UnitOfWork, told: _Told, request: InfusionChangeRequest, step: Step, rate: Decimal | None = None,
    broken: Iterable[Found] = (),
) -> SessionView:  # fmt: skip
    session, change = told.session, Change(step, told.at, rate)
    await append_change(uow, session, change, request.reason, request.source)
    chair = replace(told.chair, changes=[*told.chair.changes, change])
    session.version, chair.appointment.version = session.version + 1, chair.appointment.version + 1
    if session.infusion_ended_at is not None and session.reckoned:
        keep_given(uow, session, reckoned(uow, session, chair.changes, session.infusion_ended_at))
    await record_deviations(uow, session, broken, told.at)
    await expect_vitals(uow, session, chair)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)
