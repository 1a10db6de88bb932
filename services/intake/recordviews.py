"""How what happened to a record as a whole is shown: merged with another, opened in an emergency."""

from services.intake.domain.worklist import PRIVACY
from services.intake.glass import Why
from services.intake.models import BreakGlass, Patient, PatientMerge
from services.intake.schemas.breaking import BreakGlassView
from services.intake.schemas.merging import MergeView
from services.intake.views import Wall, wall_of
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork


async def merge_view(uow: UnitOfWork, row: PatientMerge, patient: Patient) -> MergeView:
    """A merge in the time of a patient's clinic."""
    wall = await wall_of(uow, patient)
    return MergeView(
        id=row.id, survivor_id=row.survivor_id, absorbed_id=row.patient_id, version=row.version, state=row.state,
        merged_at=wall.at(row.merged_at), merged_by=row.merged_by, reason=row.reason,
        unlinked_at=wall.perhaps(row.unlinked_at), unlinked_by=row.unlinked_by, unlink_reason=row.unlink_reason,
    )  # fmt: skip


async def break_glass_view(uow: UnitOfWork, row: BreakGlass, looks: int) -> BreakGlassView:
    """The words are for those who answer for privacy at the clinic, and for whoever wrote them."""
    wall = Wall((await active_clinic(uow, row.clinic_id)).file.zone)
    theirs = uow.caller.subject == row.opened_by or uow.caller.may(row.clinic_id, *PRIVACY)
    why = uow.open_column("break_glass", "reason", row.id, row.reason, Why).text if theirs else None
    return BreakGlassView(
        id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, opened_by=row.opened_by,
        opened_at=wall.at(row.opened_at), until=wall.at(row.until), reason=why, looks=looks,
    )  # fmt: skip
