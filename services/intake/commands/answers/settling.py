"""What is due is settled by an answer (domain B.8), and that is said."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.intake.domain.due import CHECK_IN, Occasion, due_id
from services.intake.models import DueItem
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import AssessmentAnswered, IntakeAssessmentAnswered
from shared.events.parts import AssessmentAsked
from shared.sealing import Sealed

_SETTLE = """
UPDATE due_item SET state = 'SETTLED', settled_at = $1
WHERE organisation_id = $2 AND patient_id = ANY (one_person($3)) AND state IN ('PLANNED', 'OPEN')
  AND coalesce(counts_from, opens_at) <= $1
"""
# A row of a process from before an item had an instrument asks what its occasion asked then.
_INSTRUMENT = "coalesce(instrument, CASE occasion WHEN 'BEFORE_SESSION' THEN 'PHQ9' ELSE 'CHECK_IN' END)"
_FILLED = f"{_SETTLE} AND {_INSTRUMENT} = $4 AND (late_from >= $1 OR occasion <> 'BEFORE_SESSION')"
_CHECKED_IN = f"{_SETTLE} AND id = $4"
_SETTLED = f"RETURNING id, patient_id, clinic_id, occasion, {_INSTRUMENT} AS instrument, appointment_id, session_id"
_MISSED = """
UPDATE due_item SET state = 'MISSED', settled_at = $1
WHERE organisation_id = $2 AND patient_id = ANY (one_person($3)) AND state IN ('PLANNED', 'OPEN')
  AND (appointment_id = $4 AND occasion = 'BEFORE_SESSION' OR occasion = 'INTAKE')
"""
_OVERTAKEN = """
UPDATE due_item SET state = 'DROPPED', settled_at = $1
WHERE organisation_id = $2 AND patient_id = ANY (one_person($3)) AND state IN ('PLANNED', 'OPEN')
  AND occasion = 'MAINTENANCE' AND session_id <> $4
"""


async def settle_instrument(uow: UnitOfWork, patient_id: UUID, instrument: str) -> list[Row[Any]]:
    """An instrument was filled in now: it counts wherever it is due, and for a session whose time has come.

    One answer may settle several; those that are settled.
    """
    settled = await uow.sql(f"{_FILLED} {_SETTLED}", uow.now, uow.organisation_id, patient_id, instrument)
    for item in settled:
        say_answered(uow, item)
    return list(settled)


async def settle_check_in(uow: UnitOfWork, patient_id: UUID, session_id: UUID, occasion: Occasion) -> None:
    """A check-in was answered now, if it was due. One that comes too early leaves it to be asked again."""
    settled = await uow.sql(
        f"{_CHECKED_IN} {_SETTLED}", uow.now, uow.organisation_id, patient_id, due_id(session_id, occasion, CHECK_IN)
    )  # fmt: skip
    for item in settled:
        say_answered(uow, item)


async def missed_before(uow: UnitOfWork, patient_id: UUID, appointment_id: UUID) -> None:
    """The session took place: what was not filled in before it, and at intake, was missed."""
    await uow.sql(_MISSED, uow.now, uow.organisation_id, patient_id, appointment_id)


async def overtaken_by(uow: UnitOfWork, patient_id: UUID, session_id: UUID) -> None:
    """Another session took place: what was asked every few weeks since an earlier one is counted from this one."""
    await uow.sql(_OVERTAKEN, uow.now, uow.organisation_id, patient_id, session_id)


def asked_of(instrument: str | None) -> Sealed[AssessmentAsked] | None:
    """What an event tells to whom the instrument concerns; a row from before there were several names none."""
    return Sealed.of(AssessmentAsked(instrument=instrument)) if instrument else None


def say_answered(uow: UnitOfWork, item: DueItem | Row[Any]) -> None:
    """Nobody has to be reminded of it any more. What is asked at intake hangs on no appointment, and an event of
    its own tells it (docs/decisions/0016)."""
    if item.appointment_id is None:
        at_intake = IntakeAssessmentAnswered(
            due_id=item.id, patient_id=item.patient_id, occasion=item.occasion, asked=asked_of(item.instrument),
            recorded_at=uow.now,
        )  # fmt: skip
        uow.emit(at_intake, key=item.patient_id, subject=item.id, clinic_id=item.clinic_id)
        return
    event = AssessmentAnswered(
        due_id=item.id, patient_id=item.patient_id, occasion=item.occasion, asked=asked_of(item.instrument),
        appointment_id=item.appointment_id, session_id=item.session_id, recorded_at=uow.now,
    )  # fmt: skip
    uow.emit(event, key=item.patient_id, subject=item.id, clinic_id=item.clinic_id)
