"""What patients text back (domain E.2, E.5, A.6): keywords are obeyed at once, everything else goes to a person.

C confirms the visit that the last reminder (N08) was about; without one, a person reads it.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.notifications.commands import ledger, queue
from services.notifications.domain.consent import ALL, ActKind
from services.notifications.domain.keywords import Ask, asked
from services.notifications.domain.plan import AUTO, CRISIS, Channel, State
from services.notifications.domain.wording import PLAN_OF_REPLY, Outgoing, reply_text
from services.notifications.files import clinic_file, crisis_words, zone_of
from services.notifications.models import ConsentAct, ContactPoint, InboundText, Message, Visit
from services.notifications.numbers import number_index
from services.notifications.queries import reply_view
from services.notifications.schemas import Inbound, ReplyView
from shared.db.unit_of_work import UnitOfWork
from shared.events.notifications import ReplyReceived
from shared.http import require_version
from shared.ids import derived_id
from shared.problems import CONFLICT, NOT_FOUND

_KEEPS = {"N23": timedelta(hours=1), "N24": timedelta(minutes=5), "N25": timedelta(minutes=10)}
_SETTLED_BY_SOFTWARE = (Ask.STOP, Ask.START, Ask.HELP, Ask.CONFIRM)
_MEANS = {Ask.HELP: "HELP", Ask.START: "START", Ask.CRISIS: "CRISIS", Ask.CONFIRM: "CONFIRM"}


async def receive_text(uow: UnitOfWork, inbound: Inbound, *, answer: bool) -> None:
    """Take an inbound text, once per provider sid: STOP and START go into the ledger for everybody at that number, HELP
    and crisis words are answered, C confirms a visit, the rest waits for a person. Everything but STOP, which says
    OptOutReceived, is told as ReplyReceived. `answer` is False where another organisation answers."""
    index = number_index(uow.service.settings, inbound.sender)
    everybody = await ledger.lock_points(uow, index)
    points = await ledger.one_each(uow, everybody)
    stopped = await ledger.number_stopped(uow, index)
    words = await crisis_words(uow, [point.clinic_id for point in points])
    ask = _meant(asked(inbound.body, words), stopped)
    confirmed = await _reminded_of(uow, points) if ask is Ask.CONFIRM else None
    if ask is Ask.CONFIRM and confirmed is None:
        ask = Ask.OTHER
    text = _row(uow, inbound, index, points, ask)
    if (await uow.session.exec(insert(InboundText).values(text.model_dump()).on_conflict_do_nothing())).rowcount == 0:
        return
    await uow.audit("create", "inbound_text", text.id, patient_id=text.patient_id, reason=ask)
    if ask is Ask.STOP:
        await _stop(uow, text, everybody)
    if ask is Ask.START:
        await _start(uow, text, points)
    _say_received(uow, text, points, confirmed)
    if answer and ask in PLAN_OF_REPLY and not (ask is Ask.STOP and stopped):
        await _reply(uow, text, inbound.sender, PLAN_OF_REPLY[ask])


async def settle_reply(uow: UnitOfWork, reply_id: UUID, expected: int) -> ReplyView:
    """A person has dealt with a text. Raises NOT_FOUND, STALE_VERSION, CONFLICT when it is settled already."""
    mine = select(InboundText).where(InboundText.id == reply_id, InboundText.organisation_id == uow.organisation_id)
    text = (await uow.session.exec(mine.with_for_update())).one_or_none()
    if text is None:
        raise NOT_FOUND()
    require_version(text.version, expected)
    if text.handled_at is not None:
        raise CONFLICT()
    text.handled_at, text.handled_by, text.version = uow.now, uow.caller.subject, text.version + 1
    uow.session.add(text)
    await uow.audit("update", "inbound_text", text.id, patient_id=text.patient_id, version=text.version)
    return reply_view(uow, text, await zone_of(uow, text.clinic_id))


def _meant(ask: Ask, stopped: bool) -> Ask:
    """YES brings back somebody who opted out (E.2); otherwise it answers something that a person must look up."""
    return Ask.START if ask is Ask.YES and stopped else ask


async def _reminded_of(uow: UnitOfWork, points: list[ContactPoint]) -> UUID | None:
    """The visit ahead that the one patient at this number was reminded of last."""
    if len(points) != 1:
        return None
    reminded = select(Visit.id).join(Message, col(Message.appointment_id) == Visit.id).where(
        Message.patient_id == points[0].patient_id, Message.organisation_id == uow.organisation_id,
        Message.plan_id == "N08", Message.state == State.SENT, Message.appointment_version == Visit.version,
        Visit.state == "CONFIRMED", Visit.starts_at > uow.now,
    )  # fmt: skip
    return (await uow.session.exec(reminded.order_by(col(Message.sent_at).desc()).limit(1))).first()


def _say_received(uow: UnitOfWork, text: InboundText, points: list[ContactPoint], confirmed: UUID | None) -> None:
    """Told for the one patient at the number; crisis words for everybody there, since any of them may be in danger."""
    ask = Ask(text.ask)
    whose = points if len(points) == 1 or ask is Ask.CRISIS else []
    for point in whose if ask is not Ask.STOP else []:
        received = ReplyReceived(
            reply_id=text.id, patient_id=point.patient_id, meaning=_MEANS.get(ask, "FOR_A_PERSON"),
            appointment_id=confirmed, received_at=text.received_at,
        )  # fmt: skip
        uow.emit(received, key=point.patient_id, subject=text.id, clinic_id=point.clinic_id)


def _row(uow: UnitOfWork, inbound: Inbound, index: str, points: list[ContactPoint], ask: Ask) -> InboundText:
    text_id = derived_id(uow.organisation_id, f"inbound:{inbound.sid}")
    by_software = ask in _SETTLED_BY_SOFTWARE
    return InboundText(
        id=text_id, organisation_id=uow.organisation_id, clinic_id=points[0].clinic_id if points else None,
        patient_id=points[0].patient_id if len(points) == 1 else None, provider_sid=inbound.sid, number_index=index,
        ask=ask, body=uow.seal_column("inbound_text", "body", text_id, inbound), received_at=uow.now,
        handled_at=uow.now if by_software else None, handled_by=uow.caller.subject if by_software else None,
    )  # fmt: skip


async def _stop(uow: UnitOfWork, text: InboundText, points: list[ContactPoint]) -> None:
    for point in points:
        await ledger.opt_out(uow, point, text.id, "STOP_WORD", text.received_at)
    if not points:
        await ledger.add(uow, _act_of_number(uow, text, None, ActKind.REVOKE))


async def _start(uow: UnitOfWork, text: InboundText, points: list[ContactPoint]) -> None:
    for point in points:
        await ledger.add(uow, _act_of_number(uow, text, point.patient_id, ActKind.RESUME))
        await ledger.follow(uow, point)
    if not points:
        await ledger.add(uow, _act_of_number(uow, text, None, ActKind.RESUME))


def _act_of_number(uow: UnitOfWork, text: InboundText, patient_id: UUID | None, kind: ActKind) -> ConsentAct:
    return ConsentAct(
        id=derived_id(text.id, f"{kind}:{patient_id}"), organisation_id=uow.organisation_id, patient_id=patient_id,
        number_index=text.number_index, kind=kind, channel=Channel.SMS, purpose=ALL, method=f"{text.ask}_WORD",
        given_at=text.received_at, recorded_at=uow.now, recorded_by=uow.caller.subject,
    )  # fmt: skip


async def _reply(uow: UnitOfWork, text: InboundText, to: str, plan_id: str) -> None:
    """Clear the one automatic answer to a text, at any hour."""
    message_id = derived_id(text.id, plan_id)
    outgoing = Outgoing(to=to, text=reply_text(plan_id, await clinic_file(uow, text.clinic_id)))
    message = Message(
        id=message_id, organisation_id=uow.organisation_id, clinic_id=text.clinic_id, patient_id=text.patient_id,
        correlation_id=uow.correlation_id, plan_id=plan_id, state=State.SENDING,
        message_class=CRISIS if plan_id == PLAN_OF_REPLY[Ask.CRISIS] else AUTO,
        planned_at=uow.now, due_at=uow.now, stale_at=uow.now + _KEEPS[plan_id],
        outgoing=uow.seal_column("message", "outgoing", message_id, outgoing),
    )  # fmt: skip
    uow.session.add(message)
    await queue.audit(uow, message, "create")
