"""Whom the front desk calls: leads, messages that failed, replies, whoever did not come."""

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from services.intake.domain.worklist import Effect, Kind, Told
from shared.events import Event
from shared.events.intake import LeadReceived, PatientRegistered
from shared.events.notifications import MessageFailed, MessageFailureSettled, MessageSent, ReplyReceived
from shared.events.scheduling import AppointmentBooked, AppointmentMissed, SessionCheckedIn
from shared.ids import derived_id


def _message_failed(told: Told) -> Iterator[Effect]:
    message: MessageFailed = told.event
    facts = {"plan_id": message.plan_id, "channel": message.channel, "reason": message.reason}
    yield Effect(Kind.MESSAGE_FAILED, _plan(told), message.message_id, facts=facts)


def _message_sent(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.MESSAGE_FAILED, _plan(told), told.event.message_id, done=True)


def _failure_settled(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.MESSAGE_FAILED, _plan(told), told.event.message_id, done=True, of_this=True)


def _plan(told: Told) -> UUID:
    """One call is enough for a message of the plan, however often it fails."""
    return derived_id(told.event.patient_id, f"plan:{told.event.plan_id}")


def _replied(told: Told) -> Iterator[Effect]:
    reply: ReplyReceived = told.event
    if reply.meaning in ("FOR_A_PERSON", "CRISIS"):
        yield Effect(Kind.REPLY_TO_ANSWER, reply.reply_id, reply.reply_id, facts={"meaning": reply.meaning})


def _missed(told: Told) -> Iterator[Effect]:
    visit: AppointmentMissed = told.event
    facts = {"kind": visit.kind, "starts_at": visit.starts_at.isoformat(), "zone": visit.zone}
    yield Effect(Kind.APPOINTMENT_MISSED, visit.patient_id, visit.appointment_id, facts=facts)


def _comes_again(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.APPOINTMENT_MISSED, told.event.patient_id, told.event.appointment_id, done=True)


def _lead(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.LEAD, told.event.patient_id, told.event.patient_id, facts={"channel": told.event.channel})


def _registered(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.LEAD, told.event.patient_id, told.event.patient_id, done=True)


DESK_EFFECTS: Mapping[type[Event], Callable[[Told], Iterator[Effect]]] = {
    LeadReceived: _lead,
    PatientRegistered: _registered,
    MessageFailed: _message_failed,
    MessageSent: _message_sent,
    MessageFailureSettled: _failure_settled,
    ReplyReceived: _replied,
    AppointmentMissed: _missed,
    AppointmentBooked: _comes_again,
    SessionCheckedIn: _comes_again,
}
