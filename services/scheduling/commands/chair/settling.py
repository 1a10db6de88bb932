"""A chair after a floor event: the dose goes on, or it is over and the patient is watched, or the session ends."""

from dataclasses import replace
from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session
from services.scheduling.commands.chair.deviations import remark_absence
from services.scheduling.commands.chair.dosing import end_early
from services.scheduling.commands.chair.given import end_by_reckoning, keep_given, sprayed
from services.scheduling.commands.chair.infusing import append_change, require_may_run
from services.scheduling.commands.chair.steps import move, session_view
from services.scheduling.commands.chair.vitals import expect_vitals
from services.scheduling.domain.appointment import State
from services.scheduling.domain.floor import ChairOutcome, may_settle
from services.scheduling.domain.infusion import Change, ChangeReason, Step, pauses
from services.scheduling.domain.spray import is_spray
from services.scheduling.floor.records import detail_of, entries_of, open_seat
from services.scheduling.models import Session
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.attestation import Attestation
from services.scheduling.schemas.floor import SettleChairRequest
from services.scheduling.schemas.leaving import AbortReason, AbortRequest
from services.scheduling.schemas.requests import Source
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_version
from shared.problems import CONFLICT


async def settle_chair(
    uow: UnitOfWork, session_id: UUID, request: SettleChairRequest, expected_version: int
) -> SessionView:  # fmt: skip
    """Settle one chair. What goes on is what was under way: an infusion that somebody had paused before stays paused.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT (nothing to settle, or not so), and for a dose that would go on
    EVENTS_WAITING, READINESS, ATTESTATION_NEEDED.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    require_version(session.version, expected_version)
    seat, state = await open_seat(uow, session_id), State(session.state)
    if seat is None or not may_settle(state, request.outcome):
        raise CONFLICT(params={"state": session.state})
    seat.outcome, seat.settled_at, seat.settled_by = request.outcome.value, uow.now, uow.caller.subject
    session.suspended_at, session.clocks_from = None, uow.now
    await uow.session.flush()
    if state is State.IN_PROGRESS:
        if request.outcome is ChairOutcome.RESUMED:
            chair = await _go_on(uow, session, chair, request.attestation)
        else:
            await _end(uow, session, chair)
    if request.outcome is ChairOutcome.STOPPED:
        ended = AbortRequest(reason=AbortReason.FLOOR_EVENT, disposition=request.disposition)
        return await end_early(uow, session, chair, ended)
    session.version, chair.appointment.version = session.version + 1, chair.appointment.version + 1
    await expect_vitals(uow, session, chair)
    await records.audit(uow, "update", "session", session)
    return await session_view(uow, session, chair)


async def _go_on(
    uow: UnitOfWork, session: Session, chair: Chairside, attestation: Attestation | None
) -> Chairside:  # fmt: skip
    if not is_spray(chair.protocol.modality) and not await _stands_for_the_event(uow, session, chair):
        return chair
    await require_may_run(uow, session, chair, attestation)
    if is_spray(chair.protocol.modality):
        return chair
    resumed = Change(Step.RESUMED, uow.now)
    await append_change(uow, session, resumed, ChangeReason.FLOOR_EVENT, Source.STAFF)
    return replace(chair, changes=[*chair.changes, resumed])


async def _stands_for_the_event(uow: UnitOfWork, session: Session, chair: Chairside) -> bool:
    """Whether the pause that holds the infusion is the floor event's own."""
    since = pauses(chair.changes)[1]
    held = [row for row in await entries_of(uow, [session.id]) if row.kind == Step.PAUSED and row.occurred_at == since]
    return any(detail_of(uow, row).reason is ChangeReason.FLOOR_EVENT for row in held)


async def _end(uow: UnitOfWork, session: Session, chair: Chairside) -> None:
    """The dose is over since it stood; of a nasal spray, since its last device."""
    if is_spray(chair.protocol.modality):
        session.infusion_ended_at = max(device.given_at for device in chair.devices)
        keep_given(uow, session, sprayed(uow, session, chair, uow.now))
    else:
        ended_at = pauses(chair.changes)[1] or uow.now
        await end_by_reckoning(uow, session, chair.changes, ended_at, chair.clinic.file.chart)
        await remark_absence(uow, session, chair.appointment, chair.clinic.file, ended_at)
    move(chair, session, State.RECOVERY)
