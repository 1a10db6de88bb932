"""A safety concern that nobody acknowledged climbs the on-call ladder of the clinic file (domain A.6)."""

from uuid import UUID

from services.intake.concerns import concern_of, told_of
from services.intake.domain.oncall import at_once
from services.intake.domain.safety import Concern
from services.intake.models import ConcernPage, SafetyConcern
from services.intake.records import locked_person
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import SafetyConcernEscalated
from shared.oncall import climbing
from shared.oncall.duty import Duty
from shared.sealing import Sealed
from shared.timers import Timer

UNANSWERED = "concern_unanswered"


async def watch(uow: UnitOfWork, concern: SafetyConcern, why: Concern) -> None:
    """From the moment a concern is raised: page the first rung if it is urgent, and see to it that it climbs."""
    on_call = await climbing.on_call_of(uow, concern.clinic_id)
    await climbing.watch(
        uow, DUTY, concern, on_call, at_once=at_once(why.risk, on_call), raised_at=concern.raised_at,
        acknowledge_by=concern.acknowledge_by,
    )  # fmt: skip


async def escalate_concern(uow: UnitOfWork, timer: Timer) -> bool:
    """Page the next rung, the last one again and again; False when somebody has answered. Emits SafetyConcernEscalated.

    `timer.version` is the number of the escalation.
    """
    return await climbing.escalate(uow, DUTY, timer)


def _climbed(uow: UnitOfWork, concern: SafetyConcern) -> None:
    event = SafetyConcernEscalated(
        concern_id=concern.id, patient_id=concern.patient_id, version=concern.version, raised_at=concern.raised_at,
        acknowledge_by=concern.acknowledge_by, escalated_at=uow.now, escalation=concern.escalations, rung=concern.rung,
        detail=Sealed.of(told_of(concern_of(uow, concern))),
    )  # fmt: skip
    uow.emit(event, key=concern.patient_id, subject=concern.id, clinic_id=concern.clinic_id)


async def _lock(uow: UnitOfWork, patient_id: UUID) -> None:
    """Everything about one patient happens in turn."""
    await locked_person(uow, patient_id)


DUTY = Duty(
    timer=UNANSWERED, subjects=SafetyConcern, pages=ConcernPage, about="concern_id", lock=_lock,
    text=lambda on_call: on_call.text, climbed=_climbed,
)  # fmt: skip
