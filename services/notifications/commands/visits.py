"""What stands around a message: the appointment it is about and the patient's safety concerns. Higher versions win."""

from sqlalchemy.dialects.postgresql import insert

from services.notifications.commands.messages import concern_open, plan_confirmation
from services.notifications.commands.queue import drop_of_visit, hold, release
from services.notifications.domain.plan import Why, is_first_visit
from services.notifications.models import Concern, Visit
from shared.db.unit_of_work import UnitOfWork


async def note_visit(uow: UnitOfWork, visit: Visit, session_number: int | None) -> None:
    """Take over an appointment. A booking is confirmed once, by the text of its first visit (N05); what was planned for
    a cancelled one is dropped. An older version than the known one changes nothing."""
    statement = insert(Visit).values(visit.model_dump())
    newer = statement.on_conflict_do_update(
        index_elements=["id"], set_=dict(statement.excluded), where=statement.excluded.version > Visit.version
    )
    if (await uow.session.exec(newer)).rowcount == 0:
        return
    await uow.audit("update", "visit", visit.id, patient_id=visit.patient_id, clinic_id=visit.clinic_id,
                    version=visit.version)  # fmt: skip
    if visit.state == "CANCELLED":
        await drop_of_visit(uow, visit.id, visit.version, Why.CANCELLED)
    elif is_first_visit(session_number):
        await plan_confirmation(uow, visit)


async def note_concern(uow: UnitOfWork, concern: Concern) -> None:
    """Take over a safety concern: while one is open the patient gets no ordinary texts; when the last one is resolved
    what was held is looked at again."""
    statement = insert(Concern).values(concern.model_dump())
    newer = statement.on_conflict_do_update(
        index_elements=["id"], set_=dict(statement.excluded), where=statement.excluded.version > Concern.version
    )
    if (await uow.session.exec(newer)).rowcount == 0:
        return
    await uow.audit("update", "concern", concern.id, patient_id=concern.patient_id, version=concern.version)
    if await concern_open(uow, concern.patient_id):
        await hold(uow, concern.patient_id, Why.SAFETY_CONCERN)
    else:
        await release(uow, concern.patient_id, Why.SAFETY_CONCERN)
