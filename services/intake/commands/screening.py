"""Screening a patient from everything on record; a part of every command that observes something."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.intake.commands.safety import raise_concerns
from services.intake.domain.facts import History, known_facts
from services.intake.domain.following import follow_up
from services.intake.domain.formulary import formulary_of
from services.intake.domain.known import Facts
from services.intake.domain.safety import Concern
from services.intake.domain.screening import Decision, concerns_of_decision, same_decision, screen, summary
from services.intake.models import Patient, Screening
from services.intake.records import InCare, decision_of, history_of, newest_screening, screened_clinics
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import PatientScreened
from shared.ids import new_id
from shared.sealing import Sealed


@dataclass(frozen=True, slots=True)
class Screened:
    """The standing screening at a clinic, what would be decided now, and what was decided before."""

    row: Screening
    decision: Decision
    previous: Decision | None


async def screen_and_raise(
    uow: UnitOfWork, care: InCare, found: Iterable[Concern] = (), answer: UUID | None = None
) -> Screened | None:
    """Screen where care happens, and wherever else a screening stands: what is observed counts in all the organisation.

    Deals with what worries: `found`, which the observation `answer` gave, and newly fired rules. None until there is a
    questionnaire. The patient's row must be locked. Emits PatientScreened for every clinic where something changed,
    SafetyConcernRaised, SafetyTaskOpened.
    """
    await uow.session.flush()
    history = await history_of(uow, care.patient)
    others = await screened_clinics(uow, care.patient.id) - {care.clinic_id}
    screened = [await _screen(uow, care.patient, clinic, history) for clinic in (care.clinic_id, *sorted(others))]
    newly = (c for s in screened if s for c in concerns_of_decision(s.decision, s.previous))
    await raise_concerns(uow, care, (*found, *newly), answer)
    return screened[0]


async def rescreen(uow: UnitOfWork, patient_id: UUID) -> None:
    """Decide anew wherever a screening stands, since something became known otherwise than by an observation.

    Nothing happens to a patient of whom intake knows nothing yet. Says what `screen_and_raise` says.
    """
    patient = await uow.session.get(Patient, patient_id, with_for_update=True)
    if patient is None or patient.organisation_id != uow.organisation_id:
        return
    for clinic_id in sorted(await screened_clinics(uow, patient.id))[:1]:
        await screen_and_raise(uow, InCare(patient, clinic_id))


def facts_at(file: ClinicFile, history: History, at: datetime) -> Facts:
    """What is known of a patient at an instant, as the clinic counts it: consents to its treatments, not to others."""
    consents = [one for one in history.consents if file.counts_as_consent(one.document, one.version)]
    return known_facts(
        replace(history, consents=consents),
        at,
        ZoneInfo(file.zone),
        site_certified=file.rems_site is not None,
        formulary=formulary_of(file),
    )


async def _screen(uow: UnitOfWork, patient: Patient, clinic_id: UUID, history: History) -> Screened | None:
    """Decide anew under the clinic's rules in force; keep and tell it if it differs."""
    if not history.questionnaires:
        return None
    clinic = await active_clinic(uow, clinic_id)
    facts = facts_at(clinic.file, history, uow.now)
    decision = screen(clinic.file, clinic.hash, facts, uow.now)
    standing = await newest_screening(uow, patient.id, clinic_id)
    previous = decision_of(uow, standing) if standing else None
    if standing and previous and same_decision(decision, previous):
        return Screened(standing, previous, previous)
    return Screened(await _keep(uow, patient, clinic_id, decision), decision, previous)


async def _keep(uow: UnitOfWork, patient: Patient, clinic_id: UUID, decision: Decision) -> Screening:
    patient.decisions += 1
    row_id = new_id()
    row = Screening(
        id=row_id, organisation_id=patient.organisation_id, clinic_id=clinic_id, patient_id=patient.id,
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
        follow_up=Sealed.of(follow_up(decision)),
    )
    uow.emit(event, key=patient.id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit(
        "create", "screening", row.id, patient_id=patient.id, clinic_id=row.clinic_id, version=row.version
    )  # fmt: skip
    return row
