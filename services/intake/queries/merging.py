"""Which records were found to be one person."""

from uuid import UUID

from sqlmodel import col, or_, select

from services.intake.domain.why import why_merge
from services.intake.models import PatientMerge
from services.intake.records import patient_of
from services.intake.recordviews import merge_view
from services.intake.schemas.merging import MergesView
from shared.db.unit_of_work import UnitOfWork

STAFF = ("frontdesk", "nurse", "clinician", "admin")
_OF_BOTH = """
SELECT m.id,
  (SELECT count(DISTINCT d.patient_id) FROM due_item d WHERE d.patient_id IN (m.patient_id, m.survivor_id)
   AND d.occasion = 'BEFORE_SESSION' AND d.state IN ('PLANNED', 'OPEN', 'SETTLED') AND d.late_from > $3) AS sessions,
  (SELECT count(DISTINCT o.patient_id) FROM dose_order o WHERE o.patient_id IN (m.patient_id, m.survivor_id)
   AND o.state IN ('PENDING', 'SIGNED') AND o.expires_at > $3) AS orders
FROM patient_merge m WHERE m.id = ANY ($1) AND m.organisation_id = $2
"""


async def list_merges(uow: UnitOfWork, patient_id: UUID) -> MergesView:
    """Every merge of this record, those that were taken back too, oldest first. Raises NOT_FOUND, FORBIDDEN."""
    patient = await patient_of(uow, patient_id, *STAFF)
    await uow.audit("read", "patient_merge", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
    about = or_(PatientMerge.patient_id == patient.id, PatientMerge.survivor_id == patient.id)
    rows = select(PatientMerge).where(about, PatientMerge.organisation_id == uow.organisation_id)
    found = await uow.session.exec(rows.order_by(col(PatientMerge.merged_at), col(PatientMerge.id)))
    return MergesView(items=tuple([await merge_view(uow, row, patient) for row in found]))


async def why_merged(uow: UnitOfWork, merges: set[UUID]) -> dict[UUID, tuple[str, ...]]:
    """What of each merge conflicts as things stand: both records have sessions to come, or an order in force."""
    if not merges:
        return {}
    rows = await uow.sql(_OF_BOTH, sorted(merges), uow.organisation_id, uow.now)
    both = {row.id: [name for name in ("sessions", "orders") if getattr(row, name) > 1] for row in rows}
    return {merge_id: why_merge([name.upper() for name in names]) for merge_id, names in both.items()}
