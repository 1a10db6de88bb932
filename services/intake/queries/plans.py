"""What was proposed after the sessions of a patient."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.intake.models import DoseProposal
from services.intake.records import patient_of
from services.intake.schemas.plans import ProposalView
from services.intake.views import proposal_view
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page


async def list_proposals(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[ProposalView]:
    """The proposals of a patient, the newest first. Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID."""
    patient = await patient_of(uow, patient_id, "nurse", "clinician")
    after = paging.after(uow, "proposals", patient.id)
    owned = select(DoseProposal).where(
        of_person(DoseProposal.patient_id, patient.id), DoseProposal.organisation_id == uow.organisation_id
    )
    if after is not None:
        at, before = datetime.fromisoformat(after[0]), UUID(after[1])
        same_time = (col(DoseProposal.proposed_at) == at) & (col(DoseProposal.id) < before)
        owned = owned.where((col(DoseProposal.proposed_at) < at) | same_time)
    newest = owned.order_by(col(DoseProposal.proposed_at).desc(), col(DoseProposal.id).desc()).limit(paging.fetch)
    shown = [await proposal_view(uow, row) for row in await uow.session.exec(newest)]
    await uow.audit("read", "dose_proposal", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
    return page(uow, shown, paging, lambda view: (view.proposed_at.utc, view.id), "proposals", patient.id)
