"""Screening a patient from everything on record; a part of every command that observes something."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.intake.domain.facts import known_facts
from services.intake.domain.screening import Decision, same_decision, screen, summary
from services.intake.models import Patient, Screening
from services.intake.records import decision_of, history_of, newest_screening
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import PatientScreened
from shared.ids import new_id
from shared.sealing import Sealed


@dataclass(frozen=True, slots=True)
class Screened:
    """The standing screening, what would be decided now, and what was decided before."""

    row: Screening
    decision: Decision
    previous: Decision | None


async def screen_again(uow: UnitOfWork, patient: Patient) -> Screened | None:
    """Decide anew under the rules in force, once there is a questionnaire; keep and tell it if it differs.

    The patient's row must be locked. Emits PatientScreened.
    """
    await uow.session.flush()
    history = await history_of(uow, patient)
    if not history.questionnaires:
        return None
    clinic = await active_clinic(uow, patient.clinic_id)
    facts = known_facts(history, uow.now, ZoneInfo(clinic.file.zone))
    decision = screen(clinic.file, clinic.hash, facts, uow.now)
    standing = await newest_screening(uow, patient.id)
    previous = decision_of(uow, standing) if standing else None
    if standing and previous and same_decision(decision, previous):
        return Screened(standing, previous, previous)
    return Screened(await _keep(uow, patient, decision), decision, previous)


async def _keep(uow: UnitOfWork, patient: Patient, decision: Decision) -> Screening:
    patient.decisions += 1
    row_id = new_id()
    row = Screening(
        id=row_id, organisation_id=patient.organisation_id, clinic_id=patient.clinic_id, patient_id=patient.id,
        version=patient.decisions, screened_at=uow.now, rule_set_hash=decision.rule_set_hash,
        decision=uow.seal_column("screening", "decision", row_id, decision),
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    event = PatientScreened(
        screening_id=row.id,
        patient_id=patient.id,
        version=row.version,
        screened_at=row.screened_at,
        rule_set_hash=row.rule_set_hash,
        summary=Sealed.of(summary(decision)),
    )
    uow.emit(event, key=patient.id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit(
        "create", "screening", row.id, patient_id=patient.id, clinic_id=row.clinic_id, version=row.version
    )  # fmt: skip
    return row
