"""What messages are about: appointments, courses, discharges, screenings, safety concerns. Higher versions win."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.notifications.commands import planning
from services.notifications.commands.ledger import follow, one_at_a_time
from services.notifications.commands.messages import concern_open
from services.notifications.commands.queue import recall, release
from services.notifications.domain.plan import Why
from services.notifications.models import Answered, Concern, Course, Screening, Visit
from shared.aliases import Alias, keep_alias
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import FollowUp

Plan = Callable[[UnitOfWork, Visit], Awaitable[None]]


async def note_visit(uow: UnitOfWork, visit: Visit, plan: Plan) -> None:
    """Take over an appointment and plan what it asks for; an older version than the known one changes nothing."""
    await one_at_a_time(uow, visit.patient_id)
    statement = insert(Visit).values(visit.model_dump())
    newer = statement.on_conflict_do_update(
        index_elements=["id"], set_=dict(statement.excluded), where=statement.excluded.version > Visit.version
    )
    if (await uow.session.exec(newer)).rowcount == 0:
        return
    await uow.audit("update", "visit", visit.id, patient_id=visit.patient_id, clinic_id=visit.clinic_id,
                    version=visit.version)  # fmt: skip
    await plan(uow, visit)
    if visit.course_id is not None:
        await release(uow, visit.patient_id, Why.COURSE_INCOMPLETE)


async def note_course(uow: UnitOfWork, course: Course) -> None:
    """Take over how many sessions a course was planned with; its confirmation may have waited for that."""
    await one_at_a_time(uow, course.patient_id)
    if (await uow.session.exec(insert(Course).values(course.model_dump()).on_conflict_do_nothing())).rowcount == 0:
        return
    await uow.audit("create", "course", course.id, patient_id=course.patient_id)
    await release(uow, course.patient_id, Why.COURSE_INCOMPLETE)


async def note_discharge(uow: UnitOfWork, told: Visit, discharged_at: datetime) -> None:
    """The patient went home after a session. `told` stands for the appointment while nobody has told of it."""
    await one_at_a_time(uow, told.patient_id)
    await planning.plan_aftercare(uow, await uow.session.get(Visit, told.id) or told, discharged_at)


async def note_answered(uow: UnitOfWork, answered: Answered) -> None:
    """A check-in after a visit was answered, perhaps before anything of that visit is known here."""
    await one_at_a_time(uow, answered.patient_id)
    statement = insert(Answered).values(answered.model_dump()).on_conflict_do_nothing()
    if (await uow.session.exec(statement)).rowcount == 0:
        return
    await uow.audit("create", "answered", answered.due_id, patient_id=answered.patient_id)
    await planning.drop_answered(uow, answered)


async def note_screening(
    uow: UnitOfWork, screening: Screening, clinic_id: UUID | None, follow_up: FollowUp | None
) -> None:
    """Take over a screening and what the patient is told after it; an older one changes nothing."""
    await one_at_a_time(uow, screening.patient_id)
    statement = insert(Screening).values(screening.model_dump())
    newer = statement.on_conflict_do_update(
        index_elements=["patient_id"],
        set_=dict(statement.excluded),
        where=statement.excluded.version > Screening.version,
    )
    if (await uow.session.exec(newer)).rowcount == 0:
        return
    await uow.audit("update", "screening", screening.screening_id, patient_id=screening.patient_id, clinic_id=clinic_id,
                    version=screening.version)  # fmt: skip
    await planning.plan_follow_up(uow, screening, clinic_id, follow_up)


async def note_concern(uow: UnitOfWork, concern: Concern) -> None:
    """Take over a safety concern: while one is open the patient gets no ordinary messages; when the last one is
    resolved what was held is looked at again."""
    await one_at_a_time(uow, concern.patient_id)
    statement = insert(Concern).values(concern.model_dump())
    newer = statement.on_conflict_do_update(
        index_elements=["id"], set_=dict(statement.excluded), where=statement.excluded.version > Concern.version
    )
    if (await uow.session.exec(newer)).rowcount == 0:
        return
    await uow.audit("update", "concern", concern.id, patient_id=concern.patient_id, version=concern.version)
    if await concern_open(uow, concern.patient_id):
        await recall(uow, concern.patient_id)
    else:
        await release(uow, concern.patient_id, Why.SAFETY_CONCERN)


async def note_merge(uow: UnitOfWork, told: Alias) -> None:
    """Two records are one person, or no longer: holds, opt-outs and caps of either count for both, and messages go to
    where the survivor is reached. What was cleared and has not left, and what was held, is decided about anew."""
    ids = sorted((told.patient_id, told.survivor_id))
    for patient_id in ids:
        await one_at_a_time(uow, patient_id)
    if not await keep_alias(uow, told):
        return
    for patient_id in ids:
        await release(uow, patient_id, Why.SAFETY_CONCERN)
        await recall(uow, patient_id)
        if point := await one_at_a_time(uow, patient_id):
            await follow(uow, point)
