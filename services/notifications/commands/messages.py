"""The message plan until a message is cleared to go (domain E.1, E.2)."""

from uuid import UUID

from sqlmodel import select

from services.notifications.commands import ledger, queue
from services.notifications.domain import plan
from services.notifications.domain.plan import CARE, Clinic, Next, Recipient, Situation, State, Why
from services.notifications.domain.quiet_hours import QuietHours
from services.notifications.domain.wording import Occasion, Outgoing, visit_values
from services.notifications.files import clinic_file
from services.notifications.models import Concern, ContactPoint, Message, Visit
from shared.clinicfile.lint import fill, lint
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Contact
from shared.ids import derived_id
from shared.messaging.streams import events_waiting
from shared.timers import Stale

CONFIRMATION = "N05"
CONSUMER = "notifications.commands"


async def plan_confirmation(uow: UnitOfWork, visit: Visit) -> None:
    """Plan the one confirmation of a booking (N05), due now. One that is still unsent for an older version gives way;
    once one was sent there is no second (E.5)."""
    await queue.drop_of_visit(uow, visit.id, visit.version - 1, Why.SUPERSEDED)
    if await _confirmed_before(uow, visit.id):
        return
    message = Message(
        id=derived_id(visit.id, f"{CONFIRMATION}:{visit.version}"), organisation_id=visit.organisation_id,
        clinic_id=visit.clinic_id, patient_id=visit.patient_id, correlation_id=uow.correlation_id,
        plan_id=CONFIRMATION, message_class=CARE,
        appointment_id=visit.id, appointment_version=visit.version, state=State.PLANNED, planned_at=uow.now,
        due_at=uow.now, stale_at=visit.starts_at,
    )  # fmt: skip
    uow.session.add(message)
    await queue.look_at(uow, message)
    await queue.audit(uow, message, "create")


async def decide_due(uow: UnitOfWork, message_id: UUID, version: int) -> None:
    """Decide about a due message and, if it may go, clear it for the network: state SENDING, with its text.

    Raises Stale when it was decided about since.
    """
    message = await queue.lock(uow, message_id)
    if message is None or message.version != version or message.state not in (State.PLANNED, State.HELD):
        raise Stale
    if message.message_class == CARE and message.patient_id is not None:
        next_ = await _decide_care(uow, message, message.patient_id)
    else:
        next_ = plan.decide_reply(uow.now, message.stale_at)
    await queue.move(uow, message, next_)


async def concern_open(uow: UnitOfWork, patient_id: UUID) -> bool:
    """Whether a safety concern about the patient is open."""
    open_ = select(Concern.id).where(
        Concern.patient_id == patient_id, Concern.organisation_id == uow.organisation_id, Concern.state == "OPEN"
    )
    return (await uow.session.exec(open_)).first() is not None


async def _confirmed_before(uow: UnitOfWork, visit_id: UUID) -> bool:
    kept = select(Message.id).where(
        Message.appointment_id == visit_id, Message.plan_id == CONFIRMATION, Message.state != State.DROPPED
    )
    return (await uow.session.exec(kept)).first() is not None


async def _decide_care(uow: UnitOfWork, message: Message, patient_id: UUID) -> Next:
    visit = (await uow.session.exec(select(Visit).where(Visit.id == message.appointment_id))).one()
    point = await _point(uow, patient_id)
    file = await clinic_file(uow, message.clinic_id)
    next_ = plan.decide(
        Situation(
            now=uow.now,
            stale_at=message.stale_at,
            cancelled=visit.state == "CANCELLED",
            superseded=visit.version != message.appointment_version,
            concern_open=await concern_open(uow, patient_id),
            events_waiting=await events_waiting(uow, CONSUMER, patient_id),
            recipient=await _recipient(uow, point) if point else None,
            clinic=Clinic(file.zone, QuietHours(file.messages.quiet_from, file.messages.quiet_until)) if file else None,
        )
    )
    if next_.state is State.SENDING and point and file:
        return _write(uow, message, visit, _contact(uow, point), file)
    return next_


async def _point(uow: UnitOfWork, patient_id: UUID) -> ContactPoint | None:
    mine = select(ContactPoint).where(
        ContactPoint.patient_id == patient_id, ContactPoint.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(mine)).one_or_none()


def _contact(uow: UnitOfWork, point: ContactPoint) -> Contact:
    return uow.open_column("contact_point", "contact", point.patient_id, point.contact, Contact)


async def _recipient(uow: UnitOfWork, point: ContactPoint) -> Recipient:
    zone = _contact(uow, point).zone
    if point.number_index is None:
        return Recipient(zone, None)
    return Recipient(zone, await ledger.ruling(uow, point.patient_id, point.number_index, CARE))


def _write(uow: UnitOfWork, message: Message, visit: Visit, contact: Contact, file: ClinicFile) -> Next:
    """Put the finished text into the message; without a template, or when E.3 forbids the text, it fails instead."""
    template, portal = file.messages.templates.get(f"{message.plan_id}.sms"), uow.service.settings.portal_url
    if template is None or contact.phone is None:
        return Next(State.FAILED, Why.NO_TEMPLATE if template is None else Why.NO_NUMBER)
    occasion = Occasion(visit.location, visit.starts_at, visit.zone)
    text = fill(template, visit_values(file, occasion, contact.given_name, portal))
    if lint(text, portal):
        return Next(State.FAILED, Why.CONTENT)
    outgoing = Outgoing(to=contact.phone, text=text)
    message.outgoing = uow.seal_column("message", "outgoing", message.id, outgoing)
    return Next(State.SENDING)
