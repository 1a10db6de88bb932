"""What is due around a session (domain B.8): planned from what scheduling says, opened in time, late when nobody
answers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from services.intake.commands.answers.schedule import due_item, plan, schedule_of
from services.intake.commands.answers.settling import asked_of, missed_before, overtaken_by, settle_instrument
from services.intake.domain.due import (
    SCREENER,
    Occasion,
    ToAnswer,
    Window,
    after_session,
    before_session,
    due_id,
    next_maintenance,
)
from services.intake.domain.phq9 import PHQ9
from services.intake.history import treatments_of
from services.intake.models import DueItem
from services.intake.records import locked_person
from shared.aliases import of_person, people
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import AssessmentDue, AssessmentOverdue
from shared.timers import Timer

OVERDUE = "assessment_overdue"
_AHEAD = ("PLANNED", "OPEN", "SETTLED")
_NEXT_SESSIONS = """
SELECT patient_id, min(late_from) AS starts_at FROM due_item
WHERE patient_id = ANY ($1) AND organisation_id = $2 AND occasion = $3 AND state = ANY ($4::varchar[])
  AND late_from > $5
GROUP BY patient_id
"""


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
    """The end of a session as scheduling told it: under which protocol, and which of its course, if that was told."""

    session_id: UUID
    appointment_id: UUID
    patient_id: UUID
    clinic_id: UUID | None
    discharged_at: datetime
    protocol: str
    number: int | None


async def plan_before_session(uow: UnitOfWork, visit: Visit) -> None:
    """Instruments become due 72 h before the session; a newer version of the appointment moves or drops them."""
    await locked_person(uow, visit.patient_id)  # so that no answer slips in between
    schedule = await schedule_of(uow, visit.patient_id, visit.clinic_id)
    asked = before_session(schedule.policy, schedule.tracks, visit.starts_at)
    for what in (*asked, *await _asked_beside(uow, visit, {one.instrument for one in asked})):
        item = due_item(
            uow, visit.patient_id, visit.clinic_id, what, visit.appointment_id,
            appointment_id=visit.appointment_id, version=visit.version,
        )  # fmt: skip
        item.state = "PLANNED" if visit.planned else "DROPPED"
        await plan(uow, item)


async def _asked_beside(uow: UnitOfWork, visit: Visit, asked: set[str]) -> list[ToAnswer]:
    """What was asked before this session for another reason, such as an answer that worries, moves with it."""
    rows = select(DueItem).where(
        DueItem.appointment_id == visit.appointment_id, of_person(DueItem.patient_id, visit.patient_id),
        DueItem.organisation_id == uow.organisation_id, DueItem.occasion == Occasion.BEFORE_SESSION,
        col(DueItem.instrument).not_in(asked),
    )  # fmt: skip
    return [
        ToAnswer(
            Occasion.BEFORE_SESSION, str(row.instrument),
            Window(row.opens_at, visit.starts_at, row.counts_from or row.opens_at),
        )
        for row in await uow.session.exec(rows)
    ]  # fmt: skip


async def plan_after_session(uow: UnitOfWork, end: Discharge) -> None:
    """Check-ins become due 24 and 72 h after discharge, an evaluation after some sessions, and instruments every four
    weeks when the course is over. What was not filled in before the session, and at intake, was missed.
    """
    await locked_person(uow, end.patient_id)
    await missed_before(uow, end.patient_id, end.appointment_id)
    await overtaken_by(uow, end.patient_id, end.session_id)
    schedule = await schedule_of(uow, end.patient_id, end.clinic_id, end.protocol)
    number = end.number or await _number(uow, end)
    sessions = schedule.protocol.course.sessions if schedule.protocol else None
    gate = schedule.protocol.gate_after_session if schedule.protocol else None
    for what in after_session(schedule.policy, schedule.tracks, end.discharged_at, number, sessions, gate):
        item = due_item(
            uow, end.patient_id, end.clinic_id, what, end.session_id,
            appointment_id=end.appointment_id, session_id=end.session_id,
        )  # fmt: skip
        await plan(uow, item)


async def _number(uow: UnitOfWork, end: Discharge) -> int:
    """Which session of its protocol it was, as far as is known here."""
    given = await treatments_of(uow, end.patient_id)
    return sum(one.protocol == end.protocol for one in given.values())


async def ask_screener(uow: UnitOfWork, patient_id: UUID) -> None:
    """Item 9 has points or was not answered, and a session is ahead: the Columbia screener is due before it (B.8)."""
    ahead = select(DueItem).where(
        DueItem.organisation_id == uow.organisation_id, of_person(DueItem.patient_id, patient_id),
        DueItem.occasion == Occasion.BEFORE_SESSION, DueItem.instrument == PHQ9, col(DueItem.state).in_(_AHEAD),
        DueItem.late_from > uow.now,
    )  # fmt: skip
    session = (await uow.session.exec(ahead.order_by(col(DueItem.late_from)).limit(1))).one_or_none()
    if session is None or session.appointment_id is None:
        return
    what = ToAnswer(Occasion.BEFORE_SESSION, SCREENER, Window(uow.now, session.late_from, uow.now))
    item = due_item(
        uow, session.patient_id, session.clinic_id, what, session.appointment_id,
        appointment_id=session.appointment_id, version=session.version,
    )  # fmt: skip
    await plan(uow, item)


async def instrument_filled(uow: UnitOfWork, patient_id: UUID, instrument: str) -> None:
    """An instrument was filled in now, well enough to count; what is asked every few weeks is due again after those."""
    for item in await settle_instrument(uow, patient_id, instrument):
        if item.occasion == Occasion.MAINTENANCE:
            await ask_again_later(uow, item)


async def ask_again_later(uow: UnitOfWork, item: DueItem | Row[Any]) -> None:
    """What is asked every few weeks was answered now: it is due again after those."""
    schedule, instrument = await schedule_of(uow, item.patient_id, item.clinic_id), str(item.instrument)
    what = ToAnswer(Occasion.MAINTENANCE, instrument, next_maintenance(schedule.policy, uow.now))
    before = await uow.session.get(DueItem, following_id(item.id, instrument), populate_existing=True)
    following = due_item(
        uow, item.patient_id, item.clinic_id, what, item.id, appointment_id=item.appointment_id,
        session_id=item.session_id, version=before.version + 1 if before else 1,
    )  # fmt: skip
    await plan(uow, following)


def following_id(item_id: UUID, instrument: str) -> UUID:
    """What is asked again some weeks after something was answered."""
    return due_id(item_id, Occasion.MAINTENANCE, instrument)


async def open_due(uow: UnitOfWork, timer: Timer) -> bool:
    """Say that something is due now; False when it was moved, dropped or answered meanwhile."""
    item = await _still(uow, timer, "PLANNED")
    if item is None:
        return False
    await make_due(uow, item)
    return True


async def make_due(uow: UnitOfWork, item: DueItem) -> None:
    """It is to be answered from now on: that is said, and said again when it is late."""
    item.state = "OPEN"
    event = AssessmentDue(
        due_id=item.id, patient_id=item.patient_id, occasion=item.occasion, asked=asked_of(item.instrument),
        appointment_id=item.appointment_id, session_id=item.session_id, due_at=item.opens_at, late_from=item.late_from,
    )  # fmt: skip
    uow.emit(event, key=item.patient_id, subject=item.id, clinic_id=item.clinic_id)
    await uow.audit("update", "due_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id)
    await uow.schedule(OVERDUE, item.id, item.version, item.late_from, key=item.patient_id, clinic_id=item.clinic_id)


async def say_overdue(uow: UnitOfWork, timer: Timer) -> bool:
    """Say that nobody answered in time; it stays open. False when it was moved, dropped or answered meanwhile."""
    item = await _still(uow, timer, "OPEN")
    if item is None:
        return False
    event = AssessmentOverdue(
        due_id=item.id, patient_id=item.patient_id, occasion=item.occasion, asked=asked_of(item.instrument),
        appointment_id=item.appointment_id, session_id=item.session_id, due_at=item.opens_at, late_from=item.late_from,
    )  # fmt: skip
    uow.emit(event, key=item.patient_id, subject=item.id, clinic_id=item.clinic_id)
    return True


async def _still(uow: UnitOfWork, timer: Timer, state: str) -> DueItem | None:
    found = select(DueItem).where(
        DueItem.id == timer.aggregate_id, DueItem.version == timer.version, DueItem.state == state
    )
    return (await uow.session.exec(found.with_for_update())).one_or_none()


async def next_session_at(uow: UnitOfWork, patient_id: UUID) -> datetime | None:
    """When the patient's next planned session starts, as far as is known here."""
    return (await next_sessions_at(uow, [patient_id])).get(patient_id)


async def next_sessions_at(uow: UnitOfWork, patient_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """The same of several, by one statement; who has none ahead is left out."""
    if not patient_ids:
        return {}
    await uow.session.flush()
    who = await people(uow, patient_ids)
    records = sorted({record for one in who.values() for record in one.ids})
    rows = await uow.sql(
        _NEXT_SESSIONS, records, uow.organisation_id, str(Occasion.BEFORE_SESSION), list(_AHEAD), uow.now
    )  # fmt: skip
    starts = {row.patient_id: row.starts_at for row in rows}
    ahead = {one: [starts[record] for record in who[one].ids if record in starts] for one in patient_ids}
    return {one: min(found) for one, found in ahead.items() if found}
