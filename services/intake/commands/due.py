"""What is due around a session (domain B.8): planned from what scheduling says, opened in time, settled by answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.intake.domain.due import CHECK_INS, Occasion, Window, after_session, before_session, due_id
from services.intake.domain.phq9 import PHQ9, Phq9Result
from services.intake.models import Assessment, CheckIn, DueItem, Patient
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import AssessmentAnswered, AssessmentDue
from shared.timers import Timer

DUE = "assessment_due"
_SETTLE = "UPDATE due_item SET state = $1, settled_at = $2 WHERE organisation_id = $3 AND patient_id = $4"
_UNANSWERED = " AND state IN ('PLANNED', 'OPEN')"
_SETTLED = " RETURNING id, patient_id, clinic_id, occasion, appointment_id, session_id"


@dataclass(frozen=True, slots=True)
class Visit:
    """A session's appointment as scheduling told it; `planned` says whether it is still to take place."""

    appointment_id: UUID
    patient_id: UUID
    clinic_id: UUID | None
    version: int
    starts_at: datetime
    planned: bool


@dataclass(frozen=True, slots=True)
class Discharge:
    """The end of a session as scheduling told it."""

    session_id: UUID
    appointment_id: UUID
    patient_id: UUID
    clinic_id: UUID | None
    discharged_at: datetime


async def plan_before_session(uow: UnitOfWork, visit: Visit) -> None:
    """A PHQ-9 becomes due 72 h before the session; a newer version of the appointment moves or drops it."""
    await _lock(uow, visit.patient_id)
    window = before_session(visit.starts_at)
    state = "PLANNED" if visit.planned else "DROPPED"
    if visit.planned and await _phq9_within(uow, visit.patient_id, window):
        state = "SETTLED"
    item = DueItem(
        id=due_id(visit.appointment_id, Occasion.BEFORE_SESSION), organisation_id=uow.organisation_id,
        clinic_id=visit.clinic_id, patient_id=visit.patient_id, occasion=Occasion.BEFORE_SESSION,
        appointment_id=visit.appointment_id, version=visit.version, state=state, opens_at=window.opens_at,
        late_from=window.late_from, settled_at=uow.now if state == "SETTLED" else None,
    )  # fmt: skip
    await _plan(uow, item)


async def plan_check_ins(uow: UnitOfWork, end: Discharge) -> None:
    """Check-ins become due 24 and 72 h after discharge; a PHQ-9 that was not filled before the session was missed."""
    await _lock(uow, end.patient_id)
    await uow.sql(
        f"{_SETTLE} AND id = $5 {_UNANSWERED}", "MISSED", uow.now, uow.organisation_id, end.patient_id,
        due_id(end.appointment_id, Occasion.BEFORE_SESSION),
    )  # fmt: skip
    for occasion in CHECK_INS:
        window = after_session(occasion, end.discharged_at)
        answered = await _checked_in(uow, end.session_id, occasion, window)
        item = DueItem(
            id=due_id(end.session_id, occasion), organisation_id=uow.organisation_id, clinic_id=end.clinic_id,
            patient_id=end.patient_id, occasion=occasion, appointment_id=end.appointment_id, session_id=end.session_id,
            version=1, state="SETTLED" if answered else "PLANNED", opens_at=window.opens_at,
            late_from=window.late_from, settled_at=uow.now if answered else None,
        )  # fmt: skip
        await _plan(uow, item)


async def open_due(uow: UnitOfWork, timer: Timer) -> bool:
    """Say that something is due now; False when it was moved, dropped or answered meanwhile."""
    planned = select(DueItem).where(
        DueItem.id == timer.aggregate_id, DueItem.version == timer.version, DueItem.state == "PLANNED"
    )
    item = (await uow.session.exec(planned.with_for_update())).one_or_none()
    if item is None:
        return False
    item.state = "OPEN"
    event = AssessmentDue(
        due_id=item.id, patient_id=item.patient_id, occasion=item.occasion, appointment_id=item.appointment_id,
        session_id=item.session_id, due_at=item.opens_at,
    )  # fmt: skip
    uow.emit(event, key=item.patient_id, subject=item.id, clinic_id=item.clinic_id)
    await uow.audit("update", "due_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id)
    return True


async def settle_before_sessions(uow: UnitOfWork, patient_id: UUID) -> None:
    """A PHQ-9 was filled now: it counts for every session that starts within the next 72 h."""
    settled = await uow.sql(
        f"{_SETTLE} AND occasion = $5 AND opens_at <= $2 AND late_from >= $2 {_UNANSWERED} {_SETTLED}",
        "SETTLED", uow.now, uow.organisation_id, patient_id, Occasion.BEFORE_SESSION,
    )  # fmt: skip
    for item in settled:
        _say_answered(uow, item)


async def settle_check_in(uow: UnitOfWork, patient_id: UUID, session_id: UUID, occasion: Occasion) -> None:
    """A check-in was answered now, if it was due. One that comes too early leaves it to be asked again."""
    settled = await uow.sql(
        f"{_SETTLE} AND id = $5 AND opens_at <= $2 {_UNANSWERED} {_SETTLED}",
        "SETTLED", uow.now, uow.organisation_id, patient_id, due_id(session_id, occasion),
    )  # fmt: skip
    for item in settled:
        _say_answered(uow, item)


async def next_session_at(uow: UnitOfWork, patient_id: UUID) -> datetime | None:
    """When the patient's next planned session starts, as far as is known here."""
    planned = select(DueItem.late_from).where(
        DueItem.organisation_id == uow.organisation_id, DueItem.patient_id == patient_id,
        DueItem.occasion == Occasion.BEFORE_SESSION, col(DueItem.state).in_(("PLANNED", "OPEN", "SETTLED")),
        DueItem.late_from > uow.now,
    )  # fmt: skip
    return (await uow.session.exec(planned.order_by(col(DueItem.late_from)).limit(1))).first()


def _say_answered(uow: UnitOfWork, item: DueItem | Row[Any]) -> None:
    event = AssessmentAnswered(
        due_id=item.id, patient_id=item.patient_id, occasion=item.occasion, appointment_id=item.appointment_id,
        session_id=item.session_id, recorded_at=uow.now,
    )  # fmt: skip
    uow.emit(event, key=item.patient_id, subject=item.id, clinic_id=item.clinic_id)


async def _lock(uow: UnitOfWork, patient_id: UUID) -> None:
    """Everything about one patient happens in turn, so that no answer slips in between."""
    await uow.session.exec(select(Patient.id).where(Patient.id == patient_id).with_for_update())


async def _plan(uow: UnitOfWork, item: DueItem) -> None:
    """Keep the item unless a newer version is known, and make it due; it may be answered already."""
    given = item.model_dump()
    newest = insert(DueItem).values(given)
    kept = newest.on_conflict_do_update(
        index_elements=["id"],
        set_={name: newest.excluded[name] for name in given if name != "id"},
        where=newest.excluded.version > col(DueItem.version),
    ).returning(col(DueItem.id))
    if (await uow.session.exec(kept)).first() is None:
        return
    await uow.audit("update", "due_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id)
    if item.state == "SETTLED":
        _say_answered(uow, item)
    if item.state == "PLANNED":
        await uow.schedule(DUE, item.id, item.version, item.opens_at, key=item.patient_id, clinic_id=item.clinic_id)


async def _phq9_within(uow: UnitOfWork, patient_id: UUID, window: Window) -> bool:
    """Whether a PHQ-9 with a total was filled in the window."""
    rows = await uow.session.exec(
        select(Assessment).where(
            Assessment.organisation_id == uow.organisation_id, Assessment.patient_id == patient_id,
            Assessment.instrument == PHQ9, Assessment.recorded_at >= window.opens_at,
            Assessment.recorded_at <= window.late_from,
        )
    )  # fmt: skip
    results = [uow.open_column("assessment", "result", row.id, row.result, Phq9Result) for row in rows]
    return any(result.score.total is not None for result in results)


async def _checked_in(uow: UnitOfWork, session_id: UUID, occasion: Occasion, window: Window) -> bool:
    """Whether the check-in was answered before the end of the session was known here."""
    given = select(CheckIn.id).where(
        CheckIn.organisation_id == uow.organisation_id, CheckIn.session_id == session_id,
        CheckIn.occasion == occasion, CheckIn.recorded_at >= window.opens_at,
    )  # fmt: skip
    return (await uow.session.exec(given.limit(1))).first() is not None
