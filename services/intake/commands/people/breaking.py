"""Care staff opens a record that is closed to them, in an emergency (domain H.1)."""

from datetime import timedelta
from uuid import UUID

from services.intake.glass import Why, grant_of, is_closed
from services.intake.models import BreakGlass, Patient
from services.intake.recordviews import break_glass_view
from services.intake.schemas.breaking import BreakGlassRequest, BreakGlassView
from shared.clinicfile.store import active_clinic
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import RecordOpened
from shared.http import require_role
from shared.ids import new_id
from shared.problems import CONFLICT, NOT_FOUND

BREAKERS = ("nurse", "clinician")


async def break_glass(uow: UnitOfWork, patient_id: UUID, request: BreakGlassRequest) -> BreakGlassView:
    """Let the caller read a closed record for as long as the patient's clinic allows (`policy`). Emits RecordOpened.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT when the record is open to the caller already.
    """
    require_role(uow, None, *BREAKERS)
    patient = await uow.session.get(Patient, patient_id, with_for_update=True)
    if patient is None or patient.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    if not await is_closed(uow, patient_id) or await grant_of(uow, patient_id) is not None:
        raise CONFLICT(params={"state": "OPEN"})
    minutes = (await active_clinic(uow, patient.clinic_id)).file.privacy.break_glass_minutes
    row_id = new_id()
    row = BreakGlass(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=patient.clinic_id, patient_id=patient_id,
        opened_by=uow.caller.subject, opened_at=uow.now, until=wall_now() + timedelta(minutes=minutes),
        reason=uow.seal_column("break_glass", "reason", row_id, Why(text=request.reason)),
    )  # fmt: skip
    uow.session.add(row)
    event = RecordOpened(grant_id=row.id, patient_id=patient_id, opened_at=row.opened_at, until=row.until)
    uow.emit(event, key=patient_id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit("create", "break_glass", row.id, patient_id=patient_id, clinic_id=row.clinic_id)
    return await break_glass_view(uow, row, 0)
