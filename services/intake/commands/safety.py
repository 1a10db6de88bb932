"""Safety concerns: opened by what was observed, acknowledged by a clinician, settled with a disposition (A.6)."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import select

from services.intake.commands.oncall import watch
from services.intake.domain.safety import Concern, acknowledge_by, stage, to_raise
from services.intake.models import SafetyConcern
from services.intake.records import ConcernRecord, InCare, concern_of, locked_patient, open_concerns, told_of
from services.intake.schemas.screening import AcknowledgeRequest, ConcernView, ResolveRequest
from services.intake.views import concern_view
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import SafetyConcernAcknowledged, SafetyConcernRaised, SafetyConcernResolved
from shared.ids import new_id
from shared.problems import CONFLICT, NOT_FOUND
from shared.sealing import Sealed


async def raise_concerns(uow: UnitOfWork, care: InCare, found: Iterable[Concern]) -> None:
    """Open a concern for everything found that no open concern covers yet. The patient's row must be locked."""
    found = tuple(found)
    if not found:
        return
    still_open = [concern_of(uow, row) for row in await open_concerns(uow, care.patient.id)]
    for concern in to_raise(found, still_open):
        await _raise(uow, care, concern)


async def _raise(uow: UnitOfWork, care: InCare, concern: Concern) -> None:
    patient, policy = care.patient, (await active_clinic(uow, care.clinic_id)).file.screening
    row_id = new_id()
    detail = ConcernRecord(risk=concern.risk, source=concern.source)
    row = SafetyConcern(
        id=row_id, organisation_id=patient.organisation_id, clinic_id=care.clinic_id, patient_id=patient.id,
        raised_at=uow.now, acknowledge_by=acknowledge_by(concern, uow.now, policy),
        detail=uow.seal_column("safety_concern", "detail", row_id, detail),
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    await watch(uow, row, concern)
    event = SafetyConcernRaised(
        concern_id=row.id, patient_id=patient.id, version=row.version, raised_at=row.raised_at,
        acknowledge_by=row.acknowledge_by, detail=Sealed.of(told_of(detail)),
    )  # fmt: skip
    uow.emit(event, key=patient.id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit("create", "safety_concern", row.id, patient_id=patient.id, clinic_id=row.clinic_id, version=1)


async def acknowledge_concern(uow: UnitOfWork, concern_id: UUID, request: AcknowledgeRequest) -> ConcernView:
    """A clinician takes up an open concern and says what comes next; it goes on holding booking and dosing.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT if somebody has acknowledged or resolved it.
    """
    row = await _concern(uow, concern_id)
    if (reached := stage(row.state, row.acknowledged_at)) != "RAISED":
        raise CONFLICT(params={"state": reached})
    detail = concern_of(uow, row).model_copy(update=request.model_dump())
    row.version, row.acknowledged_at, row.acknowledged_by = row.version + 1, uow.now, uow.caller.subject
    row.detail = uow.seal_column("safety_concern", "detail", row.id, detail)
    event = SafetyConcernAcknowledged(
        concern_id=row.id, patient_id=row.patient_id, version=row.version, raised_at=row.raised_at,
        acknowledge_by=row.acknowledge_by, acknowledged_at=uow.now, detail=Sealed.of(told_of(detail)),
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await _audit_change(uow, row, "ACKNOWLEDGED")
    return await concern_view(uow, row)


async def resolve_concern(uow: UnitOfWork, concern_id: UUID, request: ResolveRequest) -> ConcernView:
    """Settle an open concern with a disposition and a note. Raises NOT_FOUND, FORBIDDEN, CONFLICT if it is settled."""
    row = await _concern(uow, concern_id)
    if row.state != "OPEN":
        raise CONFLICT(params={"state": row.state})
    detail = concern_of(uow, row).model_copy(update=request.model_dump())
    row.state, row.version, row.resolved_at = "RESOLVED", row.version + 1, uow.now
    row.detail = uow.seal_column("safety_concern", "detail", row.id, detail)
    event = SafetyConcernResolved(
        concern_id=row.id, patient_id=row.patient_id, version=row.version, resolved_at=uow.now,
        detail=Sealed.of(told_of(detail)),
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await _audit_change(uow, row, request.disposition)
    return await concern_view(uow, row)


async def _concern(uow: UnitOfWork, concern_id: UUID) -> SafetyConcern:
    """The concern, with its patient locked before it is read. It belongs to the organisation: any clinician may."""
    owned = select(SafetyConcern.patient_id).where(
        SafetyConcern.id == concern_id, SafetyConcern.organisation_id == uow.organisation_id
    )
    patient_id = (await uow.session.exec(owned)).one_or_none()
    if patient_id is None:
        raise NOT_FOUND()
    await locked_patient(uow, patient_id, "clinician")
    return (await uow.session.exec(select(SafetyConcern).where(SafetyConcern.id == concern_id))).one()


async def _audit_change(uow: UnitOfWork, row: SafetyConcern, reason: str) -> None:
    await uow.audit(
        "update", "safety_concern", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version,
        reason=reason,
    )  # fmt: skip
