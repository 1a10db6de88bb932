"""Routes about what is proposed after a session."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.intake import commands, queries
from services.intake.commands.orders.doses import DOSE_REFUSED
from services.intake.commands.orders.plans import PROPOSAL_OUTDATED
from services.intake.commands.orders.signing import ORDER_NOT_ALLOWED
from services.intake.commands.screening.worklist import ITEM_TAKEN
from services.intake.schemas.plans import AcceptRequest, ProposalView, RejectRequest
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.guards import STEP_UP_NEEDED
from shared.http.paging import CURSOR_INVALID
from shared.problems import CONFLICT, STALE_VERSION, VERSION_REQUIRED

router = APIRouter()
DECIDING = (CONFLICT, STALE_VERSION, VERSION_REQUIRED, ITEM_TAKEN)


@router.get(
    "/v1/patients/{patient_id}/proposals", operation_id="listProposals", response_model=Page[ProposalView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_proposals(
    patient_id: UUID, pages: Pages, read: Reading = Depends(reading("nurse", "clinician"))
) -> Response:
    """What was proposed after the sessions of a patient and what became of it, the newest first."""
    return await read.run(lambda uow: queries.list_proposals(uow, patient_id, pages))


@router.post(
    "/v1/proposals/{proposal_id}/renew", operation_id="renewProposal", response_model=ProposalView,
    responses=problems(*DECIDING),
)  # fmt: skip
async def renew_proposal(proposal_id: UUID, act: Acting = Depends(acting("clinician"))) -> Response:
    """Make an open proposal anew from what is known now. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.renew_proposal(uow, proposal_id, expected))


@router.post(
    "/v1/proposals/{proposal_id}/accept", operation_id="acceptProposal", response_model=ProposalView,
    responses=problems(*DECIDING, PROPOSAL_OUTDATED, ORDER_NOT_ALLOWED, DOSE_REFUSED, STEP_UP_NEEDED),
)  # fmt: skip
async def accept_proposal(
    proposal_id: UUID, body: AcceptRequest, act: Acting = Depends(acting("clinician"))
) -> Response:
    """Do as proposed: RAISE signs an order, HOLD revokes it, CONTINUE leaves it. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.accept_proposal(uow, proposal_id, body, expected))


@router.post(
    "/v1/proposals/{proposal_id}/reject", operation_id="rejectProposal", response_model=ProposalView,
    responses=problems(*DECIDING),
)  # fmt: skip
async def reject_proposal(
    proposal_id: UUID, body: RejectRequest, act: Acting = Depends(acting("clinician"))
) -> Response:
    """Leave everything as it is, for a reason. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.reject_proposal(uow, proposal_id, body, expected))
