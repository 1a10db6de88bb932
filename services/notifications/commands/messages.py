"""A due message: may it go, now, to whom, in which words (domain E.1, E.2)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, func, select

from services.notifications.commands import ledger, queue
from services.notifications.commands.composing import compose
from services.notifications.domain import plan
from services.notifications.domain.caps import LOOKS_BACK, Coming, outranking, share_of
from services.notifications.domain.consent import Ruling
from services.notifications.domain.plan import (
    CARE,
    WHOLE_COURSE_WITHIN,
    Channel,
    Clinic,
    Recipient,
    Situation,
    State,
    Why,
)
from services.notifications.domain.quiet_hours import QuietHours
from services.notifications.domain.rows import CONFIRMATION, OF_VISIT, SKIPPED_WHEN_QUIET, TEXT_ALONE, channels_of
from services.notifications.files import clinic_file
from services.notifications.models import Concern, ContactPoint, Course, Message, Offer, Screening, Visit
from shared.aliases import of_person, screened_from, survivor_of
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Contact
from shared.messaging.streams import events_waiting
from shared.timers import Stale

CONSUMER = "notifications.commands"
_WENT = (State.SENDING, State.UNKNOWN, State.SENT)


async def decide_due(uow: UnitOfWork, message_id: UUID, version: int) -> None:
    """Decide about a due message and, if it may go, clear it for the network: state SENDING, with its words.

    Raises Stale when it was decided about since.
    """
    point, message = await ledger.lock_message(uow, message_id)
    if message is None or message.version != version or message.state not in (State.PLANNED, State.HELD):
        raise Stale
    if message.message_class == CARE and message.patient_id is not None:
        await _decide_care(uow, message, message.patient_id, point)
    else:
        await queue.move(uow, message, plan.decide_reply(uow.now, message.stale_at))


async def concern_open(uow: UnitOfWork, patient_id: UUID) -> bool:
    """Whether a safety concern about the patient is open."""
    open_ = select(Concern.id).where(
        of_person(Concern.patient_id, patient_id), Concern.organisation_id == uow.organisation_id,
        Concern.state == "OPEN",
    )  # fmt: skip
    return (await uow.session.exec(open_)).first() is not None


async def contact_zone(uow: UnitOfWork, patient_id: UUID) -> str | None:
    """The zone of the patient's profile, if it is known."""
    mine = select(ContactPoint).where(
        ContactPoint.patient_id == await survivor_of(uow, patient_id),
        ContactPoint.organisation_id == uow.organisation_id,
    )  # fmt: skip
    point = (await uow.session.exec(mine)).one_or_none()
    return _contact(uow, point).zone if point else None


async def _decide_care(uow: UnitOfWork, message: Message, patient_id: UUID, point: ContactPoint | None) -> None:
    visit = await uow.session.get(Visit, message.appointment_id) if message.appointment_id else None
    file = await clinic_file(uow, message.clinic_id)
    course = await _whole_course(uow, message, visit)
    offer = await uow.session.get(Offer, message.offer_id) if message.offer_id else None
    recipient = await _recipient(uow, message, point) if point else None
    superseded = _offer_over(message, offer, visit) if message.offer_id else await _superseded(uow, message, visit)
    next_ = plan.decide(
        Situation(
            now=uow.now,
            stale_at=message.stale_at,
            cancelled=superseded and visit is not None and visit.state != "CONFIRMED",
            superseded=superseded,
            concern_open=await concern_open(uow, patient_id),
            events_waiting=await events_waiting(uow, CONSUMER, patient_id),
            recipient=recipient,
            clinic=Clinic(file.zone, QuietHours(file.messages.quiet_from, file.messages.quiet_until)) if file else None,
            channel=Channel(message.channel),
            skip_when_quiet=message.plan_id in SKIPPED_WHEN_QUIET,
            waits_for_course=message.planned_at + WHOLE_COURSE_WITHIN if course is None else None,
            texts=await _texts(uow, patient_id, message.plan_id),
            share=share_of(message.plan_id),
        )
    )
    if next_.state is State.SENDING and point and file:
        next_ = compose(uow, message, _contact(uow, point), file, visit, course or (), offer)
    await queue.move(uow, message, next_)
    if next_.why is Why.OPTED_OUT and next_.state is State.HELD and recipient and not recipient.elsewhere:
        await queue.ask_for_call(uow, message, Why.OPTED_OUT)


def _contact(uow: UnitOfWork, point: ContactPoint) -> Contact:
    return uow.open_column("contact_point", "contact", point.patient_id, point.contact, Contact)


async def _recipient(uow: UnitOfWork, message: Message, point: ContactPoint) -> Recipient:
    """A text is spared whom e-mail reaches, unless none says the same; that e-mail does not reach somebody is said by
    the text beside it."""
    channel = Channel(message.channel)
    ruling = await ledger.ruling(uow, point, channel, CARE)
    if channel is Channel.EMAIL:
        elsewhere = Channel.SMS in channels_of(message.plan_id)
    elif message.plan_id in TEXT_ALONE:
        elsewhere = False
    else:
        elsewhere = await ledger.ruling(uow, point, Channel.EMAIL, CARE) is Ruling.ALLOWED
    return Recipient(_contact(uow, point).zone, ruling, elsewhere)


async def _superseded(uow: UnitOfWork, message: Message, visit: Visit | None) -> bool:
    """Whether what the message is about has changed since it was planned. What follows a discharge stays true."""
    if message.screening_id is not None and message.patient_id is not None:
        newest = await uow.session.get(Screening, message.patient_id)
        of_half = newest is not None and newest.version < await screened_from(uow, message.patient_id)
        return newest is None or newest.version != message.screening_version or of_half
    return message.plan_id in OF_VISIT and (visit is None or visit.version != message.appointment_version)


def _offer_over(message: Message, offer: Offer | None, visit: Visit | None) -> bool:
    """Whether an offer has ended since the message about it was planned, or the visit is not any more what the words
    say that it is instead of."""
    if offer is None or offer.version != message.offer_version:
        return True
    return visit is not None and (visit.state != "CONFIRMED" or visit.starts_at != offer.previous_starts_at)


async def _whole_course(uow: UnitOfWork, message: Message, visit: Visit | None) -> Sequence[Visit] | None:
    """The sessions that the e-mail which confirms a course tells, in order; None while some are not known yet."""
    if message.plan_id != CONFIRMATION or message.channel != Channel.EMAIL or visit is None or visit.course_id is None:
        return ()
    theirs = select(Visit).where(Visit.course_id == visit.course_id, Visit.organisation_id == uow.organisation_id)
    visits = (await uow.session.exec(theirs.order_by(col(Visit.starts_at)))).all()
    planned = await uow.session.get(Course, visit.course_id)
    if (planned is None or len(visits) < planned.session_count) and uow.now < message.planned_at + WHOLE_COURSE_WITHIN:
        return None
    return [one for one in visits if one.state == "CONFIRMED"]


async def _texts(uow: UnitOfWork, patient_id: UUID, plan_id: str) -> tuple[datetime, ...]:
    """What a text of this row of the plan must fit among: caps count texts (E.5)."""
    coming = outranking(plan_id, await _coming(uow, patient_id), uow.now)
    return (*await _sent(uow, patient_id), *coming)


async def _coming(uow: UnitOfWork, patient_id: UUID) -> list[Coming]:
    """The patient's visits of these days. Only sessions, which belong to a course, are followed up."""
    theirs = select(Visit).where(
        of_person(Visit.patient_id, patient_id), Visit.organisation_id == uow.organisation_id,
        Visit.state == "CONFIRMED", Visit.starts_at > uow.now - LOOKS_BACK, Visit.starts_at < uow.now + LOOKS_BACK,
    )  # fmt: skip
    visits = (await uow.session.exec(theirs)).all()
    return [Coming(one.starts_at, one.ends_at or one.starts_at, one.course_id is not None) for one in visits]


async def _sent(uow: UnitOfWork, patient_id: UUID) -> tuple[datetime, ...]:
    """When the patient's ordinary texts of the last days went out."""
    went_at = func.coalesce(Message.sent_at, Message.due_at)
    texts = select(went_at).where(
        of_person(Message.patient_id, patient_id), Message.organisation_id == uow.organisation_id,
        Message.channel == Channel.SMS, Message.message_class == CARE, col(Message.state).in_(_WENT),
        went_at > uow.now - LOOKS_BACK,
    )  # fmt: skip
    return tuple((await uow.session.exec(texts)).all())
