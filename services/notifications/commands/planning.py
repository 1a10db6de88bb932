"""The message plan as rows (domain E.1): what becomes owed when something happened, and what no longer is.

Each row names the version of the appointment or screening that it is about. A row of an older version is dropped when
a newer one is told, and never clears the checks when it is due, whatever state it had got to.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import and_, col, or_, select

from services.notifications.commands import queue, tasks
from services.notifications.commands.messages import contact_zone
from services.notifications.domain.plan import CARE, Channel, State, Why
from services.notifications.domain.quiet_hours import QuietHours, recipient_zone
from services.notifications.domain.rows import (
    ASKS_FOR,
    BOTH,
    CHANGE,
    CONFIRMATION,
    Clock,
    Owed,
    after_discharge,
    after_screening,
    is_first_visit,
    reminders,
    told_now,
)
from services.notifications.files import clinic_file, zone_of
from services.notifications.models import Answered, Message, Screening, Visit
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import FollowUp
from shared.ids import derived_id


async def plan_booking(uow: UnitOfWork, visit: Visit) -> None:
    """A booking: N05 once for all of it, and each visit's reminders."""
    await _clear_older(uow, visit)
    if is_first_visit(visit.session_number):
        await _plan_visit(uow, visit, told_now(CONFIRMATION, BOTH, visit.starts_at, uow.now))
    await _plan_reminders(uow, visit)


async def plan_move(uow: UnitOfWork, visit: Visit) -> None:
    """A move: N06 where the patient knows of the visit, else N05 with the new time; the reminders anew."""
    await _clear_older(uow, visit)
    known = await _known_on(uow, visit)
    await _plan_visit(uow, visit, told_now(CHANGE, known, visit.starts_at, uow.now))
    if is_first_visit(visit.session_number):
        unknown = [channel for channel in BOTH if channel not in known]
        await _plan_visit(uow, visit, told_now(CONFIRMATION, unknown, visit.starts_at, uow.now))
    await _plan_reminders(uow, visit)


async def plan_cancellation(uow: UnitOfWork, visit: Visit) -> None:
    """A cancellation: N06 where the patient knows of the visit. A course whose confirmation had not left yet is
    confirmed by its next session."""
    dropped = await _clear_older(uow, visit)
    await _plan_visit(uow, visit, told_now(CHANGE, await _known_on(uow, visit), visit.starts_at, uow.now))
    unconfirmed = [Channel(message.channel) for message in dropped if message.plan_id == CONFIRMATION]
    successor = await _next_of_course(uow, visit) if unconfirmed else None
    if successor is not None:
        await _plan_visit(uow, successor, told_now(CONFIRMATION, unconfirmed, successor.starts_at, uow.now))


async def drop_missed(uow: UnitOfWork, visit: Visit) -> None:
    """The patient did not come: nothing about the visit is sent any more."""
    await _clear_older(uow, visit)


async def plan_aftercare(uow: UnitOfWork, visit: Visit, discharged_at: datetime) -> None:
    """A discharge: N11 to N13, and what was answered before it was known is dropped at once."""
    await _plan_visit(uow, visit, after_discharge(discharged_at, uow.now))
    before = select(Answered).where(
        Answered.appointment_id == visit.id, Answered.organisation_id == uow.organisation_id
    )
    for answered in (await uow.session.exec(before.order_by(col(Answered.due_id)))).all():
        await drop_answered(uow, answered)


async def drop_answered(uow: UnitOfWork, answered: Answered) -> None:
    """A check-in was answered: nobody writes or calls for it any more."""
    plan_id = ASKS_FOR[answered.occasion]
    await queue.drop_of_plan(uow, answered.appointment_id, plan_id, Why.ANSWERED)
    await tasks.withdraw_of_plan(uow, answered.appointment_id, plan_id)


async def plan_follow_up(
    uow: UnitOfWork, screening: Screening, clinic_id: UUID | None, follow_up: FollowUp | None
) -> None:
    """A screening: what was planned after an older one is dropped; N03 or N04 for this one."""
    await queue.drop_of_screening(uow, screening.patient_id, screening.version)
    if follow_up is None:
        return
    zone = await zone_of(uow, clinic_id)
    for owed in after_screening(follow_up.next_step, follow_up.recheck_after, uow.now, zone):
        await queue.plan(uow, _message(uow, owed, clinic_id, screening.patient_id, screening=screening))


async def _clear_older(uow: UnitOfWork, visit: Visit) -> list[Message]:
    why = Why.SUPERSEDED if visit.state == "CONFIRMED" else Why.CANCELLED
    await tasks.withdraw_of_visit(uow, visit.id, visit.version)
    return await queue.drop_of_visit(uow, visit.id, visit.version, why)


async def _plan_visit(uow: UnitOfWork, visit: Visit, owed: list[Owed]) -> None:
    for one in owed:
        await queue.plan(uow, _message(uow, one, visit.clinic_id, visit.patient_id, visit=visit))


async def _plan_reminders(uow: UnitOfWork, visit: Visit) -> None:
    """Timed by what is known now of zone and quiet hours; the hour is checked again when they are due."""
    file = await clinic_file(uow, visit.clinic_id)
    quiet = QuietHours(file.messages.quiet_from, file.messages.quiet_until) if file else QuietHours()
    zone = recipient_zone(await contact_zone(uow, visit.patient_id), file.zone if file else visit.zone)
    await _plan_visit(uow, visit, reminders(visit.starts_at, uow.now, Clock(zone, quiet)))


async def _known_on(uow: UnitOfWork, visit: Visit) -> list[Channel]:
    """The channels on which the patient was told of the visit, alone or with its course, whether or not it arrived."""
    left = or_(
        col(Message.state).in_((State.UNKNOWN, State.SENT, State.FAILED)),
        and_(col(Message.state) == State.SENDING, col(Message.attempted_at).is_not(None)),
    )
    told = select(Message.channel).where(
        col(Message.appointment_id).in_(await _booked_with(uow, visit)),
        col(Message.plan_id).in_((CONFIRMATION, CHANGE)), Message.organisation_id == uow.organisation_id, left,
    )  # fmt: skip
    channels = set((await uow.session.exec(told)).all())
    return [channel for channel in BOTH if channel in channels]


async def _booked_with(uow: UnitOfWork, visit: Visit) -> list[UUID]:
    if visit.course_id is None:
        return [visit.id]
    course = select(Visit.id).where(Visit.course_id == visit.course_id, Visit.organisation_id == uow.organisation_id)
    return list((await uow.session.exec(course)).all())


async def _next_of_course(uow: UnitOfWork, visit: Visit) -> Visit | None:
    if visit.course_id is None:
        return None
    later = select(Visit).where(
        Visit.course_id == visit.course_id, Visit.state == "CONFIRMED", Visit.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(later.order_by(col(Visit.starts_at)).limit(1))).first()


def _message(
    uow: UnitOfWork, owed: Owed, clinic_id: UUID | None, patient_id: UUID, *, visit: Visit | None = None,
    screening: Screening | None = None,
) -> Message:  # fmt: skip
    about, version = (visit.id, visit.version) if visit else (None, None)
    screened, screened_version = (screening.screening_id, screening.version) if screening else (None, None)
    name = f"{owed.plan_id}:{version or screened_version}:{owed.channel}"
    return Message(
        id=derived_id(about or screened or patient_id, name), organisation_id=uow.organisation_id, clinic_id=clinic_id,
        patient_id=patient_id, correlation_id=uow.correlation_id, plan_id=owed.plan_id, channel=owed.channel,
        message_class=CARE, appointment_id=about, appointment_version=version, screening_id=screened,
        screening_version=screened_version, state=State.PLANNED, planned_at=uow.now, due_at=owed.due_at,
        stale_at=owed.stale_at,
    )  # fmt: skip
