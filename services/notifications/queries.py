"""Reads: a patient's messages, what waits for a person, and which organisations a webhook is about."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select

from services.notifications.domain.plan import Channel
from services.notifications.domain.tasks import TaskState
from services.notifications.domain.wording import Mail, Outgoing
from services.notifications.files import zone_of
from services.notifications.models import CallTask, ContactPoint, InboundText, Message, Visit
from services.notifications.schemas import CallTaskView, Inbound, MessageView, ReplyView
from shared.aliases import of_person, survivor_of
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Contact
from shared.http import Page, Paging, instant, page, require_role
from shared.problems import NOT_FOUND
from shared.service import Service

READERS = ("frontdesk", "nurse", "clinician", "director", "admin")


async def messages_of(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[MessageView]:
    """The patient's messages by id. Raises NOT_FOUND for a patient nobody told of, FORBIDDEN."""
    require_role(uow, None, *READERS)
    theirs = select(Message).where(
        of_person(Message.patient_id, patient_id), Message.organisation_id == uow.organisation_id
    )
    after = paging.after(uow, "messages", patient_id)
    if after is not None:
        theirs = theirs.where(col(Message.id) > UUID(after[0]))
    found = (await uow.session.exec(theirs.order_by(col(Message.id)).limit(paging.fetch))).all()
    if not found and not await _known(uow, patient_id):
        raise NOT_FOUND()
    await uow.audit("read", "message", patient_id, patient_id=patient_id)
    views = [message_view(uow, message, await zone_of(uow, message.clinic_id)) for message in found]
    return page(uow, views, paging, lambda view: (view.id,), "messages", patient_id)


async def open_replies(uow: UnitOfWork, paging: Paging) -> Page[ReplyView]:
    """Texts from patients that no person has dealt with yet, by id. Raises FORBIDDEN."""
    require_role(uow, None, *READERS)
    waiting = select(InboundText).where(
        InboundText.organisation_id == uow.organisation_id, col(InboundText.handled_at).is_(None)
    )
    after = paging.after(uow, "replies")
    if after is not None:
        waiting = waiting.where(col(InboundText.id) > UUID(after[0]))
    found: Sequence[InboundText] = (
        await uow.session.exec(waiting.order_by(col(InboundText.id)).limit(paging.fetch))
    ).all()
    for text in found[: paging.limit]:
        await uow.audit("read", "inbound_text", text.id, patient_id=text.patient_id)
    views = [reply_view(uow, text, await zone_of(uow, text.clinic_id)) for text in found]
    return page(uow, views, paging, lambda view: (view.id,), "replies")


async def open_call_tasks(uow: UnitOfWork, paging: Paging) -> Page[CallTaskView]:
    """Whom a person has to call, the most urgent first. Raises FORBIDDEN."""
    require_role(uow, None, *READERS)
    waiting = select(CallTask).where(CallTask.organisation_id == uow.organisation_id, CallTask.state == TaskState.OPEN)
    after = paging.after(uow, "call-tasks")
    if after is not None:
        seen = (datetime.fromisoformat(after[0]), UUID(after[1]))
        waiting = waiting.where(tuple_(col(CallTask.due_at), col(CallTask.id)) > seen)
    ordered = waiting.order_by(col(CallTask.due_at), col(CallTask.id)).limit(paging.fetch)
    found = (await uow.session.exec(ordered)).all()
    for task in found[: paging.limit]:
        await uow.audit("read", "call_task", task.id, patient_id=task.patient_id, clinic_id=task.clinic_id)
    views = [await call_task_view(uow, task) for task in found]
    return page(uow, views, paging, lambda view: (view.due_at.utc.isoformat(), view.id), "call-tasks")


async def call_task_view(uow: UnitOfWork, task: CallTask) -> CallTaskView:
    """A call task as staff see it, with whom to call."""
    zone = await zone_of(uow, task.clinic_id)
    visit = await uow.session.get(Visit, task.appointment_id) if task.appointment_id else None
    point = await uow.session.get(ContactPoint, await survivor_of(uow, task.patient_id))
    contact = point and uow.open_column("contact_point", "contact", point.patient_id, point.contact, Contact)
    return CallTaskView(
        id=task.id, patient_id=task.patient_id, plan_id=task.plan_id, way=task.way, reason=task.reason,
        due_at=instant(task.due_at, zone), appointment_id=task.appointment_id,
        appointment_version=task.appointment_version, visit_state=visit.state if visit else None,
        visit_starts_at=instant(visit.starts_at, visit.zone) if visit else None,
        given_name=contact.given_name if contact else None, phone=contact.phone if contact else None,
        state=task.state, outcome=task.outcome, settled_by=task.settled_by, version=task.version,
        settled_at=instant(task.settled_at, zone) if task.settled_at else None,
    )  # fmt: skip


def message_view(uow: UnitOfWork, message: Message, zone: str) -> MessageView:
    """A message as staff see it, with its text once it was cleared to go."""
    outgoing = outgoing_of(uow, message) if message.outgoing else None
    mail = outgoing if isinstance(outgoing, Mail) else None
    return MessageView(
        id=message.id, plan_id=message.plan_id, channel=message.channel, message_class=message.message_class,
        state=message.state, reason=message.reason, appointment_id=message.appointment_id,
        appointment_version=message.appointment_version, due_at=instant(message.due_at, zone),
        sent_at=instant(message.sent_at, zone) if message.sent_at else None, provider_status=message.provider_status,
        text=outgoing.text if outgoing else None, subject=mail.subject if mail else None,
        attachments=len(mail.calendars) if mail else 0,
    )  # fmt: skip


def outgoing_of(uow: UnitOfWork, message: Message) -> Outgoing | Mail:
    """What goes out, or went: a text or an e-mail."""
    sealed = message.outgoing or ""  # never empty once cleared: a CHECK of the table
    if message.channel == Channel.EMAIL:
        return uow.open_column("message", "outgoing", message.id, sealed, Mail)
    return uow.open_column("message", "outgoing", message.id, sealed, Outgoing)


def reply_view(uow: UnitOfWork, text: InboundText, zone: str) -> ReplyView:
    """A text that came in, as staff see it."""
    inbound = uow.open_column("inbound_text", "body", text.id, text.body, Inbound)
    return ReplyView(
        id=text.id, patient_id=text.patient_id, ask=text.ask, sender=inbound.sender, text=inbound.body,
        received_at=instant(text.received_at, zone), version=text.version,
        handled_at=instant(text.handled_at, zone) if text.handled_at else None, handled_by=text.handled_by,
    )  # fmt: skip


async def origin_of_message(service: Service, message_id: UUID) -> tuple[UUID, UUID] | None:
    """Organisation and correlation id of the message that a status callback is about."""
    pool = await service.database.pool()
    found = await pool.fetchrow("SELECT organisation_id, correlation_id FROM message WHERE id = $1", message_id)
    return (found["organisation_id"], found["correlation_id"]) if found else None


async def organisations_at(service: Service, number_index: str) -> list[UUID]:
    """The organisations that reach somebody at a number, in a fixed order. For a number that nobody is known by, all
    that send from here: a STOP holds whoever the sender is."""
    pool = await service.database.pool()
    known = await pool.fetch(
        "SELECT DISTINCT organisation_id FROM contact_point WHERE number_index = $1 ORDER BY 1", number_index
    )
    rows = known or await pool.fetch("SELECT DISTINCT organisation_id FROM clinic_active ORDER BY 1")
    return [row["organisation_id"] for row in rows]


async def _known(uow: UnitOfWork, patient_id: UUID) -> bool:
    mine = select(ContactPoint.patient_id).where(
        of_person(ContactPoint.patient_id, patient_id), ContactPoint.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(mine)).first() is not None
