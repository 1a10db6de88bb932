"""What notifications says: messages and what came back. Key: patient id. No text and no address in any of them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.envelope import Event, event


@event("notifications")
class MessageSent(Event):
    """A provider took a message. `plan_id` is the row of domain E.1, such as `N05`."""

    message_id: UUID
    patient_id: UUID
    plan_id: str
    channel: str
    appointment_id: UUID | None = None
    appointment_version: int | None = None
    sent_at: datetime


@event("notifications")
class MessageFailed(Event):
    """A message does not reach the patient. `reason` is a code such as `NO_CONSENT` or `PROVIDER_21610`.

    Two are not the last word: with `OPTED_OUT` a text is held and goes out after START, and with `ANSWER_LOST` an
    e-mail may have arrived. Where the message plan asks for it, a person has been given a call task: how that ended is
    said by MessageFailureSettled.
    """

    message_id: UUID
    patient_id: UUID
    plan_id: str
    channel: str
    reason: str
    failed_at: datetime


@event("notifications")
class MessageFailureSettled(Event):
    """Nobody needs to call any more because of a message that failed. `outcome`: what the person who called recorded,
    such as `REACHED`; `CHANGED` when the appointment changed, `ANSWERED` when what it asked for was answered."""

    message_id: UUID
    patient_id: UUID
    plan_id: str
    outcome: str
    settled_at: datetime


@event("notifications")
class MessageDelivered(Event):
    """The provider says that a message arrived (domain E.4)."""

    message_id: UUID
    patient_id: UUID
    plan_id: str
    channel: str
    delivered_at: datetime


@event("notifications")
class ReplyReceived(Event):
    """The patient answered a text. `meaning`: CONFIRM, HELP, START, CRISIS or FOR_A_PERSON; the text stays here."""

    reply_id: UUID
    patient_id: UUID
    meaning: str
    appointment_id: UUID | None = None
    received_at: datetime


@event("notifications", overtakes=True)
class OptOutReceived(Event):
    """The patient wants no more messages on a channel (domain E.2). A stop fact."""

    opt_out_id: UUID
    patient_id: UUID
    version: int
    state: Literal["OPTED_OUT"] = "OPTED_OUT"
    channel: str
    scope: str
    received_at: datetime
