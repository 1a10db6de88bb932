"""A plan that reacts: proposed after each session where the clinic wants it, accepted or rejected by a clinician."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlmodel import col, select

from services.intake.commands.orders.histories import After, Seen, seen_after
from services.intake.commands.orders.signing import revoke_order, sign_order
from services.intake.commands.screening.worklist import free_for_me
from services.intake.domain.plan import BASES, Proposal, propose
from services.intake.domain.worklist import Kind
from services.intake.models import DoseProposal, Patient
from services.intake.records import InCare, locked_person, patient_in_care, proposal_of
from services.intake.schemas.care import OrderRequest
from services.intake.schemas.plans import AcceptRequest, ProposalView, RejectRequest
from services.intake.views import proposal_view
from shared.aliases import of_person, survivor_of
from shared.clinicfile.store import NO_CLINIC_FILE, ActiveClinic, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import PlanProposalDecided, PlanProposed
from shared.http import require_version
from shared.ids import derived_id
from shared.problems import CONFLICT, NOT_FOUND, Problem, problem_kind

PROPOSAL_OUTDATED = problem_kind(
    "PROPOSAL_OUTDATED", 409, "The history speaks for something else by now", "Renew the proposal and decide anew."
)


async def propose_plan(uow: UnitOfWork, after: After) -> None:
    """Propose what comes next, where the clinic wants that and enough is known. Emits PlanProposed, and what it says of
    proposals that this one overtakes.
    """
    patient = await locked_person(uow, after.patient_id)
    clinic = await _wanting(uow, after.clinic_id)
    if patient is None or clinic is None or after.clinic_id is None:
        return
    seen, row_id = await seen_after(uow, patient, clinic, after), derived_id(after.session_id, "proposal")
    if seen is None or (await uow.session.get(DoseProposal, row_id)) is not None:
        return
    await _overtake(uow, after)
    content = propose(seen.course, clinic.file.prescribing.reacting_plan)
    row = DoseProposal(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=after.clinic_id, patient_id=patient.id,
        session_id=after.session_id, session_number=after.number, proposed_at=uow.now,
        content=uow.seal_column("dose_proposal", "content", row_id, content),
    )  # fmt: skip
    uow.session.add(row)
    await _tell(uow, row, "create")


async def _wanting(uow: UnitOfWork, clinic_id: UUID | None) -> ActiveClinic | None:
    """The clinic if it wants proposals; one without a file in force wants nothing."""
    try:
        clinic = await active_clinic(uow, clinic_id) if clinic_id else None
    except Problem as problem:
        if problem.kind is NO_CLINIC_FILE:
            return None
        raise
    return clinic if clinic and clinic.file.prescribing.reacting_plan.enabled else None


async def renew_proposal(uow: UnitOfWork, proposal_id: UUID, expected_version: int) -> ProposalView:
    """Make an open proposal anew from what is known now. Raises as `accept_proposal`, but for PROPOSAL_OUTDATED."""
    row = await _open(uow, proposal_id, expected_version)
    await _renew(uow, row, await _today(uow, row))
    return await proposal_view(uow, row)


async def renew_after_check_in(uow: UnitOfWork, care: InCare, session_id: UUID) -> None:
    """A check-in says how the session was borne: what was proposed after it and nobody decided is made anew."""
    proposed = select(DoseProposal).where(
        DoseProposal.session_id == session_id, of_person(DoseProposal.patient_id, care.patient.id),
        DoseProposal.organisation_id == uow.organisation_id, DoseProposal.state == "OPEN",
    )  # fmt: skip
    row = (await uow.session.exec(proposed)).one_or_none()
    if row is None:
        return
    await _make_anew(uow, row, care.patient, await active_clinic(uow, row.clinic_id))


async def renew_open(uow: UnitOfWork, patient: Patient) -> None:
    """A session or a measurement is told otherwise now: whatever nobody decided about the patient is made anew."""
    proposed = select(DoseProposal).where(
        of_person(DoseProposal.patient_id, patient.id), DoseProposal.organisation_id == uow.organisation_id,
        DoseProposal.state == "OPEN",
    )  # fmt: skip
    for row in (await uow.session.exec(proposed.order_by(col(DoseProposal.id)))).all():
        if (clinic := await _wanting(uow, row.clinic_id)) is not None:
            await _make_anew(uow, row, patient, clinic)


async def _make_anew(uow: UnitOfWork, row: DoseProposal, patient: Patient, clinic: ActiveClinic) -> None:
    seen = await seen_after(uow, patient, clinic, _after(row))
    await _renew(uow, row, propose(seen.course, clinic.file.prescribing.reacting_plan) if seen else None)


async def _renew(uow: UnitOfWork, row: DoseProposal, content: Proposal | None) -> None:
    if content is not None and content != proposal_of(uow, row):
        row.version, row.proposed_at = row.version + 1, uow.now
        row.content = uow.seal_column("dose_proposal", "content", row.id, content)
        await _tell(uow, row, "update")


def _after(row: DoseProposal) -> After:
    return After(row.session_id, row.patient_id, row.clinic_id, row.session_number)


async def accept_proposal(
    uow: UnitOfWork, proposal_id: UUID, request: AcceptRequest, expected_version: int
) -> ProposalView:
    """RAISE signs a new order as `sign_order` does, and so does CONTINUE with another interval; otherwise it leaves the
    order, and HOLD revokes it.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT (decided already), ITEM_TAKEN, PROPOSAL_OUTDATED, and whatever
    signing refuses.
    """
    row = await _open(uow, proposal_id, expected_version)
    proposal, seen = proposal_of(uow, row), await _seen_again(uow, row)
    if seen is None or await _today(uow, row) != proposal:
        raise PROPOSAL_OUTDATED()
    if proposal.kind == "RAISE" or (proposal.kind == "CONTINUE" and _other_interval(proposal, seen)):
        patient_id = await survivor_of(uow, row.patient_id)
        row.order_id = (await sign_order(uow, patient_id, _order(row, proposal, seen, request))).id
    elif proposal.kind == "HOLD" and seen.order.state == "SIGNED":
        await revoke_order(uow, seen.order.id, seen.order.version)
    return await _decided(uow, row, "ACCEPTED", None)


async def reject_proposal(
    uow: UnitOfWork, proposal_id: UUID, request: RejectRequest, expected_version: int
) -> ProposalView:
    """Nothing changes, for a reason. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, ITEM_TAKEN."""
    row = await _open(uow, proposal_id, expected_version)
    return await _decided(uow, row, "REJECTED", request.reason_code)


def _other_interval(proposal: Proposal, seen: Seen) -> bool:
    """Whether the order is in force and has to be signed again for the interval."""
    ordered = seen.signed.content.interval_days
    return proposal.interval_days not in (None, ordered) and seen.order.state == "SIGNED"


def _order(row: DoseProposal, proposal: Proposal, seen: Seen, request: AcceptRequest) -> OrderRequest:
    """The order before with the proposed dose and interval."""
    before = seen.signed.content
    return OrderRequest(
        clinic_id=row.clinic_id, modality=before.modality, protocol=before.protocol, mg_per_kg=proposal.mg_per_kg,
        minutes=before.minutes, stock_mg_per_ml=_stock(before.stock_mg_per_ml),
        diluted_to_mg_per_ml=request.diluted_to_mg_per_ml, weight_basis=BASES.get(seen.signed.weight_basis),
        standing=tuple(one.id for one in before.standing), no_known_allergies=seen.signed.none_known_stated,
        interval_days=proposal.interval_days,
    )  # fmt: skip


def _stock(mg_per_ml: Decimal) -> Literal[10, 50, 100] | None:
    """The strength if it is one that an order names, else the clinic's own."""
    known: dict[Decimal, Literal[10, 50, 100]] = {Decimal(10): 10, Decimal(50): 50, Decimal(100): 100}
    return known.get(mg_per_ml)


async def _open(uow: UnitOfWork, proposal_id: UUID, expected_version: int) -> DoseProposal:
    """The proposal if it is open, its patient locked before it is read, and the item about it nobody else's."""
    owned = select(DoseProposal.patient_id, DoseProposal.clinic_id).where(
        DoseProposal.id == proposal_id, DoseProposal.organisation_id == uow.organisation_id
    )
    found = (await uow.session.exec(owned)).one_or_none()
    if found is None:
        raise NOT_FOUND()
    await patient_in_care(uow, found[0], "clinician", at=found[1])
    row = (await uow.session.exec(select(DoseProposal).where(DoseProposal.id == proposal_id))).one()
    require_version(row.version, expected_version)
    if row.state != "OPEN":
        raise CONFLICT(params={"state": row.state})
    await free_for_me(uow, Kind.PLAN_PROPOSAL, row.id)
    return row


async def _decided(uow: UnitOfWork, row: DoseProposal, state: str, reason: str | None) -> ProposalView:
    await _settle(uow, row, state, reason)
    return await proposal_view(uow, row)


async def _settle(uow: UnitOfWork, row: DoseProposal, state: str, reason: str | None) -> None:
    row.state, row.version, row.decided_at, row.decided_by = state, row.version + 1, uow.now, uow.caller.subject
    event = PlanProposalDecided(
        proposal_id=row.id, patient_id=row.patient_id, version=row.version, state=state, decided_at=uow.now
    )
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit(
        "update", "dose_proposal", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version,
        reason=reason or state,
    )  # fmt: skip


async def _overtake(uow: UnitOfWork, after: After) -> None:
    """What was proposed after an earlier session and nobody decided is over."""
    earlier = select(DoseProposal).where(
        of_person(DoseProposal.patient_id, after.patient_id), DoseProposal.clinic_id == after.clinic_id,
        DoseProposal.state == "OPEN", DoseProposal.organisation_id == uow.organisation_id,
    )  # fmt: skip
    for row in (await uow.session.exec(earlier)).all():
        await _settle(uow, row, "OVERTAKEN", None)


async def _tell(uow: UnitOfWork, row: DoseProposal, action: str) -> None:
    event = PlanProposed(
        proposal_id=row.id, patient_id=row.patient_id, version=row.version, session_id=row.session_id,
        proposed_at=row.proposed_at,
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit(
        action, "dose_proposal", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version
    )


async def _today(uow: UnitOfWork, row: DoseProposal) -> Proposal | None:
    """What would be proposed now."""
    seen, clinic = await _seen_again(uow, row), await active_clinic(uow, row.clinic_id)
    return propose(seen.course, clinic.file.prescribing.reacting_plan) if seen else None


async def _seen_again(uow: UnitOfWork, row: DoseProposal) -> Seen | None:
    care = await patient_in_care(uow, row.patient_id, "clinician", at=row.clinic_id)
    return await seen_after(uow, care.patient, await active_clinic(uow, row.clinic_id), _after(row))
