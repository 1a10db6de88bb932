"""Deciding anew without a new observation: time passed, or rules came into force; one patient, or several together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.intake.commands.safety.concerns import raise_concerns
from services.intake.commands.screening.deciding import Case, Found, decided, settled
from services.intake.domain.screening import concerns_of_decision
from services.intake.history import histories_of
from services.intake.models import Patient, Screening
from services.intake.records import InCare, locked_free, locked_person, newest_screening, standings_of
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.timers import Timer


@dataclass(frozen=True, slots=True)
class Together:
    """How many came to something else; `left`: each of them is to be looked at alone."""

    changed: int
    left: Sequence[UUID]


async def decide_together(uow: UnitOfWork, patient_ids: Sequence[UUID], clinic_id: UUID) -> Together:
    """Decide several patients anew at one clinic. Who is busy just now, merged into another record or not known here
    is left out, so that it waits for nobody. Says what `decide_again` says."""
    patients = await locked_free(uow, patient_ids)
    changed, here = await _again(uow, patients, clinic_id), {patient.id for patient in patients}
    left = [patient_id for patient_id in patient_ids if patient_id not in here]
    return Together(changed, left)


async def decide_again(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> bool:
    """Decide anew at one clinic, since time passed or its rules changed; kept and told only if it comes to something
    else. Opens the concerns of newly fired rules. Returns whether it was."""
    patient = await locked_person(uow, patient_id)
    return patient is not None and await _again(uow, [patient], clinic_id) == 1


async def screening_lapsed(uow: UnitOfWork, timer: Timer) -> bool:
    """What time alone can change of a screening may have changed. False when it no longer stands."""
    screening = await uow.session.get(Screening, timer.aggregate_id)
    if screening is None or screening.organisation_id != uow.organisation_id:
        return False
    patient = await locked_person(uow, screening.patient_id)
    newest = await newest_screening(uow, screening.patient_id, screening.clinic_id)
    if patient is None or newest is None or newest.id != screening.id:
        return False
    await _again(uow, [patient], screening.clinic_id)
    return True


async def _again(uow: UnitOfWork, patients: Sequence[Patient], clinic_id: UUID) -> int:
    """Read what is on record of all of them, decide one after the other, keep; how many came to something else."""
    if not patients:
        return 0
    histories = await histories_of(uow, patients)
    standings = await standings_of(uow, [patient.id for patient in patients], clinic_id)
    found: list[Found] = []
    for patient in patients:
        if histories[patient.id].questionnaires:
            clinic, standing = await active_clinic(uow, clinic_id), standings[patient.id].get(clinic_id)
            found.append(decided(uow, Case(patient, clinic, histories[patient.id], standing), observed=False))
            await asyncio.sleep(0)  # deciding takes milliseconds, and other loops share this process
    screened = await settled(uow, found)
    changed = [(one, now) for one, now in zip(found, screened, strict=True) if not one.same]
    for one, now in changed:
        concerns = concerns_of_decision(now.decision, now.previous)
        await raise_concerns(uow, InCare(one.case.patient, clinic_id), concerns)
    return len(changed)
