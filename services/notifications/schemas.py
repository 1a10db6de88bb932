"""Shapes of requests and answers. Texts and numbers appear only in answers to staff."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.http import Instant
from shared.http.examples import example


class ConsentRequest(BaseModel):
    """A grant or revocation that the patient gave to staff. ALL can only be revoked; marketing needs it in writing
    (E.2)."""

    model_config = ConfigDict(extra="forbid", frozen=True) | example(
        {
            "purpose": "CARE", "granted": True, "wording_version": "sms-care-1", "method": "PAPER",
            "given_at": "2026-11-20T09:32:00-07:00",
        }
    )  # fmt: skip

    channel: Literal["SMS", "EMAIL"] = "SMS"
    purpose: Literal["CARE", "PAYMENT", "MARKETING", "ALL"]
    granted: bool
    wording_version: Annotated[str, Field(min_length=1, max_length=80)]
    method: Literal["PAPER", "IN_PERSON", "PHONE", "PORTAL"]
    given_at: AwareDatetime

    @model_validator(mode="after")
    def _explicit(self) -> "ConsentRequest":
        if self.granted and self.purpose == "ALL":
            raise PydanticCustomError("grant_names_purpose", "Name one purpose; only a revocation may say ALL.")
        if self.granted and self.purpose == "MARKETING" and self.method not in ("PAPER", "PORTAL"):
            raise PydanticCustomError("marketing_in_writing", "Consent to marketing must be given in writing.")
        return self


class ConsentView(BaseModel):
    """The act as recorded, and whether ordinary care messages may go on that channel now: ALLOWED, NO_CONSENT or
    OPTED_OUT."""

    id: UUID
    patient_id: UUID
    channel: str
    purpose: str
    granted: bool
    given_at: Instant
    recorded_at: Instant
    care_messages: str


class MessageView(BaseModel):
    """A message of the plan or a reply. `provider_status` is the provider's last word, `reason` a code. E-mail has a
    subject, and `attachments` counts the calendar files that go with it."""

    id: UUID
    plan_id: str
    channel: str
    message_class: str
    state: str
    reason: str | None
    appointment_id: UUID | None
    appointment_version: int | None
    due_at: Instant
    sent_at: Instant | None
    provider_status: str | None
    subject: str | None
    text: str | None
    attachments: int


class Inbound(BaseModel):
    """A text as the provider handed it over. Sealed wherever it rests."""

    model_config = ConfigDict(frozen=True)

    sid: str
    sender: str
    body: str

    def __repr__(self) -> str:
        return "Inbound(...)"


class ReplyView(BaseModel):
    """A text from a patient. `patient_id` is None when nobody, or more than one, is reached at the number."""

    id: UUID
    patient_id: UUID | None
    ask: str
    sender: str
    text: str
    received_at: Instant
    version: int
    handled_at: Instant | None
    handled_by: str | None


class SettleCallTask(BaseModel):
    """What came of it."""

    model_config = ConfigDict(extra="forbid", frozen=True) | example({"outcome": "LEFT_MESSAGE"})

    outcome: Literal["REACHED", "LEFT_MESSAGE", "NOT_REACHED", "HANDED_OVER", "NOT_NEEDED"]


class CallTaskView(BaseModel):
    """A patient whom no message reaches, and what they would have been told: row `plan_id` of the message plan about
    the visit, if it is about one. `way`: CALL or PRINT (hand the page over). `reason` is why no message goes."""

    id: UUID
    patient_id: UUID
    plan_id: str
    way: str
    reason: str
    due_at: Instant
    appointment_id: UUID | None
    appointment_version: int | None
    visit_state: str | None
    visit_starts_at: Instant | None
    given_name: str | None
    phone: str | None
    state: str
    outcome: str | None
    settled_at: Instant | None
    settled_by: str | None
    version: int
