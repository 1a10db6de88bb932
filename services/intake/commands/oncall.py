"""A safety concern that nobody acknowledges climbs the on-call ladder of the clinic file (domain A.6)."""

from uuid import UUID

from sqlmodel import select

from services.intake.commands.paging import concern_of_page, end_attempt, needed, owe_page, try_again
from services.intake.concerns import concern_of, told_of
from services.intake.domain.oncall import Outcome, at_once, climb, first_climb_at
from services.intake.domain.safety import Concern
from services.intake.models import ConcernPage, Patient, SafetyConcern
from shared.clinicfile.oncall import OnCall
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import SafetyConcernEscalated
from shared.sealing import Sealed
from shared.timers import Timer

UNANSWERED = "concern_unanswered"


async def watch(uow: UnitOfWork, concern: SafetyConcern, why: Concern) -> None:
    """From the moment a concern is raised: page the first rung if it is urgent, and see to it that it climbs."""
    on_call = await _on_call(uow, concern)
    if at_once(why.risk, on_call):
        concern.rung = 1
        await owe_page(uow, concern, on_call.ladder[0])
    due_at = first_climb_at(why.risk, concern.raised_at, concern.acknowledge_by, on_call)
    await uow.schedule(UNANSWERED, concern.id, 1, due_at, key=concern.patient_id, clinic_id=concern.clinic_id)


async def escalate_concern(uow: UnitOfWork, timer: Timer) -> bool:
    """Page the next rung, the last one again and again; False when somebody has answered. Emits SafetyConcernEscalated.

    `timer.version` is the number of the escalation.
    """
    await _lock(uow, timer.key)
    concern = (await uow.session.exec(select(SafetyConcern).where(SafetyConcern.id == timer.aggregate_id))).one()
    answered = concern.state != "OPEN" or concern.acknowledged_at is not None
    if answered or timer.version != concern.escalations + 1:
        return False
    await _climb(uow, concern, await _on_call(uow, concern))
    return True


async def end_page(uow: UnitOfWork, patient_id: UUID, attempt_id: UUID, outcome: Outcome) -> None:
    """An attempt to page has ended. One that nobody certainly took is made again; an address that does not exist lets
    the concern climb at once."""
    await _lock(uow, patient_id)
    page = await end_attempt(uow, attempt_id, outcome)
    if page is None or outcome is Outcome.TAKEN:
        return
    concern = await concern_of_page(uow, page)
    on_call = await _on_call(uow, concern)
    if not needed(concern, page):
        return
    if outcome is Outcome.REFUSED and _may_climb(concern, page, on_call):
        await _climb(uow, concern, on_call)
    else:
        await try_again(uow, concern, page)


def _may_climb(concern: SafetyConcern, page: ConcernPage, on_call: OnCall) -> bool:
    return page.rung == concern.rung < len(on_call.ladder)


async def _climb(uow: UnitOfWork, concern: SafetyConcern, on_call: OnCall) -> None:
    step = climb(concern.rung, on_call, uow.now)
    concern.rung, concern.escalations, concern.escalated_at = step.rung, concern.escalations + 1, uow.now
    concern.version += 1
    if step.rung:
        await owe_page(uow, concern, on_call.ladder[step.rung - 1])
    event = SafetyConcernEscalated(
        concern_id=concern.id, patient_id=concern.patient_id, version=concern.version, raised_at=concern.raised_at,
        acknowledge_by=concern.acknowledge_by, escalated_at=uow.now, escalation=concern.escalations, rung=step.rung,
        detail=Sealed.of(told_of(concern_of(uow, concern))),
    )  # fmt: skip
    uow.emit(event, key=concern.patient_id, subject=concern.id, clinic_id=concern.clinic_id)
    await uow.schedule(
        UNANSWERED, concern.id, concern.escalations + 1, step.again_at, key=concern.patient_id,
        clinic_id=concern.clinic_id,
    )  # fmt: skip
    await uow.audit(
        "update", "safety_concern", concern.id, patient_id=concern.patient_id, clinic_id=concern.clinic_id,
        version=concern.version, reason="ESCALATED",
    )  # fmt: skip


async def _on_call(uow: UnitOfWork, concern: SafetyConcern) -> OnCall:
    return (await active_clinic(uow, concern.clinic_id)).file.on_call


async def _lock(uow: UnitOfWork, patient_id: UUID) -> None:
    """Everything about one patient happens in turn."""
    await uow.session.exec(select(Patient.id).where(Patient.id == patient_id).with_for_update())
