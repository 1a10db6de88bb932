"""What rules that are not in force would change: the same look as after an activation, with nothing kept or told."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from services.intake.commands.screening.activation import NEXT, PART, same_under
from services.intake.commands.screening.deciding import decide_under
from services.intake.domain.comparing import same_findings
from services.intake.domain.foreseeing import foreseen
from services.intake.domain.screening import Decision
from services.intake.history import history_of
from services.intake.models import Patient, Screening
from services.intake.records import decision_of, newest_review, person_of
from services.intake.schemas.impact import ForeseenView, ImpactRequest, ImpactView
from shared.aliases import people
from shared.clinicfile.hash import content_hash
from shared.clinicfile.staging import require_own, valid_file
from shared.clinicfile.store import ActiveClinic
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.trouble import Trouble, judge

_TOTAL = "SELECT count(DISTINCT patient_id) AS total FROM screening WHERE clinic_id = $1 AND organisation_id = $2"


class _Found(NamedTuple):
    patients: list[ForeseenView]
    undecided: list[UUID]


async def foresee_impact(uow: UnitOfWork, request: ImpactRequest) -> ImpactView:
    """Some patients under the file that is sent; only audit rows are written.

    Raises CLINIC_FILE_INVALID with every mistake, FORBIDDEN for another clinic's file.
    """
    file = valid_file(request.file, uow.now)
    require_own(uow, file, "director")
    clinic = ActiveClinic(content_hash(file), file)
    rows = await uow.sql(NEXT, file.clinic_id, request.after, PART)
    await people(uow, [row.patient_id for row in rows])  # asked once for all of them
    found = _Found([], [])
    for row in rows:
        await _look_at(uow, clinic, row, found)
    await uow.audit("read", "impact", file.clinic_id, clinic_id=file.clinic_id)
    return ImpactView(
        clinic_id=file.clinic_id, hash=clinic.hash, total=None if request.after else await _total(uow, clinic),
        looked=len(rows), patients=tuple(found.patients), undecided=tuple(found.undecided),
        next=rows[-1].patient_id if len(rows) == PART else None,
    )  # fmt: skip


async def _total(uow: UnitOfWork, clinic: ActiveClinic) -> int:
    return int((await uow.sql(_TOTAL, clinic.file.clinic_id, uow.organisation_id))[0].total)


async def _look_at(uow: UnitOfWork, clinic: ActiveClinic, row: Row[Any], found: _Found) -> None:
    """Who cannot be decided is named; trouble that passes by itself is raised."""
    try:
        seen = await _foreseen(uow, clinic, row)
    except Exception as error:
        if judge(error) is not Trouble.PERMANENT:
            raise
        found.undecided.append(row.patient_id)
    else:
        found.patients.extend([seen] if seen else [])


async def _foreseen(uow: UnitOfWork, clinic: ActiveClinic, row: Row[Any]) -> ForeseenView | None:
    patient_id: UUID = row.patient_id
    screening = await uow.session.get_one(Screening, row.id)
    standing = decision_of(uow, screening)
    if not row.corrected_since and await same_under(uow, clinic, standing):
        return None
    if (await people(uow, [patient_id]))[patient_id].survivor_id != patient_id:
        return None  # looked at with the record that it was merged into
    patient = await uow.session.get_one(Patient, patient_id)
    again = await _decided(uow, clinic, patient, screening, standing)
    if same_findings(again, standing):
        return None
    await uow.audit("read", "screening", screening.id, patient_id=patient_id, clinic_id=screening.clinic_id)
    return ForeseenView(
        patient_id=patient_id, record_number=person_of(uow, patient).record_number, changes=foreseen(standing, again)
    )


async def _decided(
    uow: UnitOfWork, clinic: ActiveClinic, patient: Patient, screening: Screening, standing: Decision
) -> Decision:
    reviewed = await newest_review(uow, screening) is not None
    return decide_under(clinic, await history_of(uow, patient), uow.now, standing, reviewed=reviewed)
