"""An entry that was made in the wrong session is moved to the right one, and both are judged anew."""

from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session
from services.scheduling.commands.chair.charting import append_entry
from services.scheduling.commands.chair.given import keep_given, reckoned
from services.scheduling.commands.chair.judging import judge_again
from services.scheduling.commands.chair.vitals import expect_vitals
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.spray import is_spray
from services.scheduling.domain.vitals import Vitals
from services.scheduling.floor.chart import record_view
from services.scheduling.floor.records import STEPS, detail_of, medicine_of, moves_of
from services.scheduling.models import Appointment, EntryMove, Observation, Session, SessionEntry
from services.scheduling.schemas.record import MoveEntryRequest, SessionRecordView
from services.scheduling.schemas.requests import Source
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError

At = tuple[Session, Chairside]


async def move_entry(
    uow: UnitOfWork, session_id: UUID, entry_id: UUID, request: MoveEntryRequest
) -> SessionRecordView:  # fmt: skip
    """Move an observation, a medicine given, or a change of an infusion, to the session that it was made in. It stays
    visible where it was told, counts there no longer, and alerts and clocks of both follow from what stands now.

    Raises NOT_FOUND, FORBIDDEN at either, CONFLICT when it was moved before, or changes an infusion of a session that
    is over, INVALID_REQUEST for the same session or one whose patient was not there then.
    """
    source, target = await _both(uow, session_id, request.to_session_id)
    if entry_id in await moves_of(uow, session_id):
        raise CONFLICT(params={"state": "MOVED"})
    observation = await _observation(uow, session_id, entry_id)
    if observation is not None:
        new_entry_id = await _observed_there(uow, observation, target[0])
    else:
        new_entry_id = await _done_there(uow, await _entry(uow, session_id, entry_id), source, target)
    move = EntryMove(
        entry_id=entry_id, organisation_id=uow.organisation_id, session_id=session_id,
        to_session_id=request.to_session_id, new_entry_id=new_entry_id, reason=request.reason.value, moved_at=uow.now,
        moved_by=uow.caller.subject,
    )  # fmt: skip
    uow.session.add(move)
    await uow.session.flush()
    for session, _ in (source, target):
        await _follow(uow, session, request)
    return await record_view(uow, source[0])


async def _both(uow: UnitOfWork, session_id: UUID, other_id: UUID) -> tuple[At, At]:
    """Both sessions, their appointments locked first and in one order. Raises INVALID_REQUEST for one and the same."""
    if session_id == other_id:
        raise INVALID_REQUEST(errors=[FieldError("/to_session_id", "SAME_SESSION")])
    ids = [(await records.find(uow, Session, one)).appointment_id for one in (session_id, other_id)]
    rows = select(Appointment.id).where(col(Appointment.id).in_(ids)).order_by(col(Appointment.id))
    await uow.session.exec(rows.with_for_update())
    return (
        await at_session(uow, session_id, "nurse", "clinician"), await at_session(uow, other_id, "nurse", "clinician")
    )  # fmt: skip


async def _observation(uow: UnitOfWork, session_id: UUID, entry_id: UUID) -> Observation | None:
    rows = select(Observation).where(Observation.id == entry_id, Observation.session_id == session_id)
    return (await uow.session.exec(rows)).first()


async def _entry(uow: UnitOfWork, session_id: UUID, entry_id: UUID) -> SessionEntry:
    movable = (*STEPS, EntryKind.MEDICINE_GIVEN.value)
    rows = select(SessionEntry).where(
        SessionEntry.id == entry_id, SessionEntry.session_id == session_id, col(SessionEntry.kind).in_(movable)
    )
    row = (await uow.session.exec(rows)).first()
    if row is None:
        raise NOT_FOUND()
    return row


async def _observed_there(uow: UnitOfWork, row: Observation, target: Session) -> UUID:
    if row.occurred_at < target.checked_in_at:
        raise INVALID_REQUEST(errors=[FieldError("/to_session_id", "NOT_THERE_THEN")])
    vitals = uow.open_column("observation", "vitals", row.id, row.vitals, Vitals)
    copy_id = new_id()
    copy = Observation(
        id=copy_id, organisation_id=target.organisation_id, clinic_id=target.clinic_id, patient_id=target.patient_id,
        session_id=target.id, occurred_at=row.occurred_at, recorded_at=uow.now, recorded_by=uow.caller.subject,
        source=row.source, vitals=uow.seal_column("observation", "vitals", copy_id, vitals),
    )  # fmt: skip
    uow.session.add(copy)
    await uow.session.flush()
    return copy_id


async def _done_there(uow: UnitOfWork, row: SessionEntry, source: At, target: At) -> UUID:
    if row.kind != EntryKind.MEDICINE_GIVEN.value:
        return await _changed_there(uow, row, source, target)
    session, medicine = target[0], medicine_of(uow, row)
    if row.occurred_at < session.checked_in_at:
        raise INVALID_REQUEST(errors=[FieldError("/to_session_id", "NOT_THERE_THEN")])
    return await append_entry(uow, session, EntryKind.MEDICINE_GIVEN, row.occurred_at, Source(row.source), medicine)


async def _changed_there(uow: UnitOfWork, row: SessionEntry, source: At, target: At) -> UUID:
    """What an infusion gave follows; of a session that is over it was said already, and an addendum amends it."""
    session, chair = target
    if source[0].closed_at is not None or session.closed_at is not None:
        raise CONFLICT(params={"state": "OVER"})
    ran = session.started_at is not None and not is_spray(chair.protocol.modality)
    if not ran or session.started_at is None or row.occurred_at < session.started_at:
        raise INVALID_REQUEST(errors=[FieldError("/to_session_id", "NO_INFUSION_THEN")])
    for one, its in (source, target):
        one.version, its.appointment.version = one.version + 1, its.appointment.version + 1
    return await append_entry(
        uow, session, EntryKind(row.kind), row.occurred_at, Source(row.source), detail_of(uow, row)
    )


async def _follow(uow: UnitOfWork, session: Session, request: MoveEntryRequest) -> None:
    """Everything that follows from what stands in a session now."""
    _, chair = await at_session(uow, session.id, "nurse", "clinician")
    if session.reckoned and session.infusion_ended_at is not None and session.closed_at is None:
        keep_given(uow, session, reckoned(uow, session, chair.changes, session.infusion_ended_at))
    await judge_again(uow, session, chair)
    await expect_vitals(uow, session, chair)
    await uow.audit(
        "update", "session", session.id, patient_id=session.patient_id, clinic_id=session.clinic_id,
        version=session.version, reason=request.reason.value,
    )  # fmt: skip
