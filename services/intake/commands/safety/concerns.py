"""Safety concerns: opened by what was observed, acknowledged by a clinician, settled with a disposition (A.6)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import select

from services.intake.commands.answers.due import next_session_at
from services.intake.commands.safety.guardians import name_guardian
from services.intake.commands.safety.oncall import watch
from services.intake.commands.safety.tasks import CARE, open_task
from services.intake.concerns import ConcernRecord, concern_of, concerns_of, known_of, task_of, tasks_of, told_of
from services.intake.domain.facts import known_facts
from services.intake.domain.handling import (
    Further,
    Known,
    Step,
    acknowledge_at,
    covering,
    heard_before,
    settled_lately,
    step_for,
    worst_of_each,
)
from services.intake.domain.observations import Indication
from services.intake.domain.safety import FLAG, Concern, Risk, acknowledge_by, stage
from services.intake.history import history_of
from services.intake.models import SafetyConcern
from services.intake.records import InCare, locked_patient, patient_in_care
from services.intake.schemas.safety import AcknowledgeRequest, ConcernView, FlagRequest, ResolveRequest
from services.intake.views import concern_view
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import SafetyConcernAcknowledged, SafetyConcernRaised, SafetyConcernResolved
from shared.http import require_version
from shared.ids import new_id
from shared.problems import CONFLICT, NOT_FOUND
from shared.sealing import Sealed


async def raise_concerns(uow: UnitOfWork, care: InCare, found: Iterable[Concern], answer: UUID | None = None) -> None:
    """Deal with everything found (domain/handling.py): a new concern, more about an open one, or a task.

    `answer` is the observation that it was found in, for what does not name one. The patient's row must be locked.
    """
    named = (c if c.answer or answer is None else c.model_copy(update={"answer": str(answer)}) for c in found)
    if not (worst := worst_of_each(named)):
        return
    await uow.session.flush()
    rows = {row.id: row for row in await concerns_of(uow, care.patient.id)}
    known = [known_of(row, concern_of(uow, row)) for row in rows.values()]
    heard = [*(a for k in known for a in k.answers), *await _asked_about(uow, care.patient.id)]
    for concern in worst:
        if not heard_before(concern, heard):
            await _handle(uow, care, concern, rows, known)


async def _handle(
    uow: UnitOfWork, care: InCare, concern: Concern, rows: Mapping[UUID, SafetyConcern], known: Sequence[Known]
) -> None:
    policy = (await active_clinic(uow, care.clinic_id)).file.safety
    sought = settled_lately(concern, known, uow.now, policy) and await _sought(uow, care)
    step, open_one = step_for(concern, known, uow.now, policy, sought=sought), covering(concern, known)
    if step is Step.RAISE:
        await _raise(uow, care, concern)
    if step in (Step.ADD, Step.ADD_AND_ASK) and open_one is not None:
        await _add(uow, rows[open_one.id], concern)
    if step in (Step.ASK, Step.ADD_AND_ASK):
        await _ask(uow, care, concern, known)


async def _asked_about(uow: UnitOfWork, patient_id: UUID) -> list[tuple[str, str, Risk]]:
    """The answers that tasks know of."""
    entries = (entry for row in await tasks_of(uow, patient_id) for entry in task_of(uow, row).entries)
    return [(entry.source, entry.answer, entry.risk) for entry in entries if entry.answer and entry.risk]


async def _sought(uow: UnitOfWork, care: InCare) -> bool:
    """Whether suicidality is what treatment is sought for, by the newest answer; unknown is no."""
    zone = ZoneInfo((await active_clinic(uow, care.clinic_id)).file.zone)
    sought = known_facts(await history_of(uow, care.patient), uow.now, zone).get("primary_indication")
    return sought is not None and sought.value == Indication.SUICIDAL_IDEATION


async def _add(uow: UnitOfWork, row: SafetyConcern, concern: Concern) -> None:
    """Whoever deals with the open concern sees this answer too."""
    detail = concern_of(uow, row)
    further = (*detail.further, _further(uow, concern))
    row.version += 1
    row.detail = uow.seal_column("safety_concern", "detail", row.id, detail.model_copy(update={"further": further}))
    await _audit_change(uow, row, "ANSWERED_AGAIN")


async def _ask(uow: UnitOfWork, care: InCare, concern: Concern, known: Sequence[Known]) -> None:
    file = (await active_clinic(uow, care.clinic_id)).file
    settled = max((k.resolved_at for k in known if k.resolved_at), default=uow.now)
    lapses_at = settled + timedelta(days=file.safety.disposition_days)
    session_at = await next_session_at(uow, care.patient.id)
    due_at = acknowledge_at(uow.now, session_at, lapses_at, file.screening.concern_acknowledge_hours)
    entry = _further(uow, concern)
    await open_task(uow, care.patient.id, care.clinic_id, "ANSWER_TO_ACKNOWLEDGE", entry, due_at)


def _further(uow: UnitOfWork, concern: Concern) -> Further:
    return Further(at=uow.now, source=concern.source, risk=concern.risk, answer=concern.answer)


async def _raise(uow: UnitOfWork, care: InCare, concern: Concern, reason: str | None = None) -> SafetyConcern:
    patient, file = care.patient, (await active_clinic(uow, care.clinic_id)).file
    row_id = new_id()
    detail = ConcernRecord(**concern.model_dump(), reason=reason)
    row = SafetyConcern(
        id=row_id, organisation_id=patient.organisation_id, clinic_id=care.clinic_id, patient_id=patient.id,
        raised_at=uow.now, acknowledge_by=acknowledge_by(concern, uow.now, file),
        detail=uow.seal_column("safety_concern", "detail", row_id, detail),
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    await watch(uow, row, concern)
    about = _further(uow, concern).model_copy(update={"concern_id": row.id})
    await name_guardian(uow, patient.id, care.clinic_id, about, row.acknowledge_by)
    event = SafetyConcernRaised(
        concern_id=row.id, patient_id=patient.id, version=row.version, raised_at=row.raised_at,
        acknowledge_by=row.acknowledge_by, detail=Sealed.of(told_of(detail)),
    )  # fmt: skip
    uow.emit(event, key=patient.id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit("create", "safety_concern", row.id, patient_id=patient.id, clinic_id=row.clinic_id, version=1)
    return row


async def flag_concern(uow: UnitOfWork, patient_id: UUID, request: FlagRequest) -> ConcernView:
    """Care staff sees a danger: a concern of its own, whatever else is open or settled. Raises NOT_FOUND, FORBIDDEN."""
    care = await patient_in_care(uow, patient_id, *CARE, at=request.clinic_id)
    row = await _raise(uow, care, Concern(risk=request.risk, source=FLAG), request.reason)
    return await concern_view(uow, row)


async def acknowledge_concern(uow: UnitOfWork, concern_id: UUID, request: AcknowledgeRequest) -> ConcernView:
    """A clinician takes up an open concern and says what comes next; it goes on holding booking and dosing.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT if somebody has acknowledged or resolved it, STALE_VERSION.
    """
    row = await _concern(uow, concern_id)
    if (reached := stage(row.state, row.acknowledged_at)) != "RAISED":
        raise CONFLICT(params={"state": reached})
    _require_seen(row, request.version)
    detail = concern_of(uow, row).model_copy(update=request.model_dump(exclude={"version"}))
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
    _require_seen(row, request.version)
    detail = concern_of(uow, row).model_copy(update=request.model_dump(exclude={"version"}))
    row.state, row.version, row.resolved_at = "RESOLVED", row.version + 1, uow.now
    row.detail = uow.seal_column("safety_concern", "detail", row.id, detail)
    event = SafetyConcernResolved(
        concern_id=row.id, patient_id=row.patient_id, version=row.version, resolved_at=uow.now,
        detail=Sealed.of(told_of(detail)),
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await _audit_change(uow, row, request.disposition)
    return await concern_view(uow, row)


def _require_seen(row: SafetyConcern, version: int | None) -> None:
    """Nobody settles an answer that they have not seen. Raises STALE_VERSION."""
    if version is not None:
        require_version(row.version, version)


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
