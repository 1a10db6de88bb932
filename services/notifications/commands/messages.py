"""The message plan until a message is cleared to go (domain E.1, E.2)."""

from uuid import UUID

from sqlmodel import select

from services.notifications.commands import ledger, queue
from services.notifications.domain import plan
from services.notifications.domain.plan import CARE, Clinic, Next, Recipient, Situation, State, Why
from services.notifications.domain.quiet_hours import QuietHours
from services.notifications.domain.wording import Outgoing, visit_values
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
        clinic_id=visit.clinic_id, patient_id=visit.patient_id, plan_id=CONFIRMATION, message_class=CARE,
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
    if message.message_class == CARE:
        next_ = await _decide_care(uow, message)
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


async def _decide_care(uow: UnitOfWork, message: Message) -> Next:
    assert message.patient_id is not None and message.appointment_id is not None, "the plan is about a patient's visit"
    visit = (await uow.session.exec(select(Visit).where(Visit.id == message.appointment_id))).one()
    recipient = await _recipient(uow, message.patient_id)
    file = await clinic_file(uow, message.clinic_id)
    next_ = plan.decide(
        Situation(
            now=uow.now, stale_at=message.stale_at, cancelled=visit.state == "CANCELLED",
            superseded=visit.version != message.appointment_version,
            concern_open=await concern_open(uow, message.patient_id),
            events_waiting=await events_waiting(uow, CONSUMER, message.patient_id), recipient=recipient,
            clinic=Clinic(file.zone, QuietHours(file.messages.quiet_from, file.messages.quiet_until)) if file else None,
        )
    )  # fmt: skip
    if next_.state is not State.SENDING:
        return next_
    assert file is not None, "nothing is cleared to go without a clinic file"
    return await _write(uow, message, visit, file)


async def _recipient(uow: UnitOfWork, patient_id: UUID) -> Recipient | None:
    point = await _point(uow, patient_id)
    if point is None:
        return None
    zone = _contact(uow, point).zone
    if point.number_index is None:
        return Recipient(zone, None)
    return Recipient(zone, await ledger.ruling(uow, patient_id, point.number_index, CARE))


async def _point(uow: UnitOfWork, patient_id: UUID) -> ContactPoint | None:
    mine = select(ContactPoint).where(
        ContactPoint.patient_id == patient_id, ContactPoint.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(mine)).one_or_none()


def _contact(uow: UnitOfWork, point: ContactPoint) -> Contact:
    return uow.open_column("contact_point", "contact", point.patient_id, point.contact, Contact)


async def _write(uow: UnitOfWork, message: Message, visit: Visit, file: ClinicFile) -> Next:
    """Put the finished text into the message; without a template, or when E.3 forbids the text, it fails instead."""
    template = file.messages.templates.get(f"{message.plan_id}.sms")
    if template is None:
        return Next(State.FAILED, Why.NO_TEMPLATE)
    point = await _point(uow, visit.patient_id)
    assert point is not None, "nothing is cleared to go to an unknown contact"
    contact, portal = _contact(uow, point), uow.service.settings.portal_url
    text = fill(template, visit_values(file, visit.location, visit.starts_at, visit.zone, contact.given_name, portal))
    if lint(text, portal):
        return Next(State.FAILED, Why.CONTENT)
    outgoing = Outgoing(to=contact.phone or "", text=text)
    message.outgoing = uow.seal_column("message", "outgoing", message.id, outgoing)
    return Next(State.SENDING)
