"""What is asked at intake, before the first session (the intake row of domain B.8)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from services.intake.commands.answers.schedule import due_item, plan, schedule_of
from services.intake.domain.due import Occasion, ToAnswer, asks_anew, at_intake, headed_for_treatment
from services.intake.domain.screening import Decision
from services.intake.history import treatments_of
from services.intake.models import DueItem, Screening
from services.intake.records import decision_of, locked_person, newest_screening
from shared.aliases import of_person
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.ids import derived_id
from shared.timers import Timer

ASKS = "intake_asks"
_WAITING = ("PLANNED", "OPEN")


async def look_at_intake(uow: UnitOfWork, row: Screening, decision: Decision, previous: Decision | None) -> None:
    """A screening may ask something else at intake than the one before: looked at when whoever is still filling in
    forms had some time for it."""
    if asks_anew(decision, previous):
        policy = (await active_clinic(uow, row.clinic_id)).file.assessments
        due_at = uow.now + timedelta(minutes=policy.intake_after_minutes)
        await uow.schedule(ASKS, row.id, 1, due_at, key=row.patient_id, clinic_id=row.clinic_id)


async def ask_at_intake(uow: UnitOfWork, timer: Timer) -> bool:
    """Whoever was screened and can be treated is asked what B.8 asks at intake of what is sought, each once; whoever
    cannot, or seeks something else by now, is no longer asked what was not answered.

    False when the screening is none of here, or a session has taken place.
    """
    about = await uow.session.get(Screening, timer.aggregate_id)
    if about is None or about.organisation_id != uow.organisation_id:
        return False
    patient = await locked_person(uow, about.patient_id)
    newest = await newest_screening(uow, about.patient_id, about.clinic_id)
    if patient is None or newest is None or await treatments_of(uow, patient.id):
        return False
    wanted = await _wanted(uow, patient.id, newest)
    asked = {str(item.instrument): item for item in await _asked(uow, patient.id, newest.clinic_id)}
    for what in wanted:
        await _ask(uow, patient.id, newest.clinic_id, what, asked.get(what.instrument))
    for instrument in sorted(asked.keys() - {what.instrument for what in wanted}):
        await _drop(uow, asked[instrument])
    return True


async def _wanted(uow: UnitOfWork, patient_id: UUID, screening: Screening) -> tuple[ToAnswer, ...]:
    if not headed_for_treatment(decision_of(uow, screening)):
        return ()
    schedule = await schedule_of(uow, patient_id, screening.clinic_id)
    return at_intake(schedule.policy, schedule.tracks, uow.now)


async def _asked(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> Sequence[DueItem]:
    rows = select(DueItem).where(
        of_person(DueItem.patient_id, patient_id), DueItem.organisation_id == uow.organisation_id,
        DueItem.clinic_id == clinic_id, DueItem.occasion == Occasion.INTAKE,
    )  # fmt: skip
    return (await uow.session.exec(rows.order_by(col(DueItem.version)))).all()


async def _ask(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID, what: ToAnswer, before: DueItem | None) -> None:
    """Ask, unless that was done; what was dropped meanwhile is asked again."""
    if before is not None and before.state != "DROPPED":
        return
    about = derived_id(patient_id, f"clinic:{clinic_id}")
    await plan(uow, due_item(uow, patient_id, clinic_id, what, about, version=before.version + 1 if before else 1))


async def _drop(uow: UnitOfWork, item: DueItem) -> None:
    if item.state in _WAITING:
        item.state, item.settled_at = "DROPPED", uow.now
        await uow.audit("update", "due_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id)
