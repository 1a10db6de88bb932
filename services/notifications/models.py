"""Notifications' tables. Numbers, addresses and texts are sealed (audience `rest`) and found again by blind indexes.

No foreign keys between what different services tell: an appointment may be known before its patient.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, MetaData, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.notifications.domain.consent import ActKind
from services.notifications.domain.keywords import Ask
from services.notifications.domain.plan import Channel, State
from services.notifications.domain.tasks import TaskState, Way
from shared.db.tables import Instant


def _one_of(column: str, values: type[StrEnum]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{v}'" for v in values))


class Row(SQLModel, registry=registry()):
    """Base of notifications' tables: metadata of its own."""

    metadata = MetaData()


class ContactPoint(Row, table=True):
    """How a patient is reached: our own sealed copy of `Contact`. `version` is intake's, 0 for a lead."""

    __tablename__ = "contact_point"

    patient_id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None = None
    version: int
    contact: str = Field(sa_type=Text)
    number_index: str | None = Field(default=None, index=True)
    address_index: str | None = None
    learned_at: datetime = Field(sa_type=Instant)


class ConsentAct(Row, table=True):
    """One act in the contact-consent ledger (domain E.2). Only added: a trigger refuses change and removal.

    `number_index` is the blind index of the number, or with channel EMAIL of the address, that the act is about.
    """

    __tablename__ = "consent_act"
    __table_args__ = (
        CheckConstraint(_one_of("kind", ActKind), name="consent_act_kind"),
        CheckConstraint("patient_id IS NOT NULL OR number_index IS NOT NULL", name="consent_act_of_somebody"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID | None = Field(default=None, index=True)
    number_index: str | None = Field(default=None, index=True)
    kind: str
    channel: str
    purpose: str
    wording_version: str | None = None
    method: str
    given_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str


class Visit(Row, table=True):
    """An appointment as scheduling last told it; the higher version wins, also over a cancellation."""

    __table_args__ = (
        CheckConstraint("state IN ('CONFIRMED', 'CANCELLED', 'NO_SHOW')", name="visit_state"),
        Index("visit_of_course", "course_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID = Field(index=True)
    version: int
    state: str
    location: str
    zone: str
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime | None = Field(default=None, sa_type=Instant)
    course_id: UUID | None = None
    session_number: int | None = None


class Course(Row, table=True):
    """How many sessions a course was planned with; its confirmation by e-mail waits until all of them are known."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID
    session_count: int


class Screening(Row, table=True):
    """The patient's newest screening. What came out of it is not kept here."""

    patient_id: UUID = Field(primary_key=True)
    organisation_id: UUID
    screening_id: UUID
    version: int


class Concern(Row, table=True):
    """A safety concern as intake last told it; the higher version wins. Why it is open is not kept here."""

    __table_args__ = (
        CheckConstraint("state IN ('OPEN', 'RESOLVED')", name="concern_state"),
        Index("concern_open", "patient_id", postgresql_where=text("state = 'OPEN'")),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID
    version: int
    state: str


class Answered(Row, table=True):
    """A check-in after a visit that was answered in its time: nobody is asked for it. What was answered is not kept."""

    due_id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID
    appointment_id: UUID = Field(index=True)
    occasion: str


class Offer(Row, table=True):
    """A slot that scheduling offers a patient, as it last told it; the higher version wins. OPEN until it has ended,
    whatever the code of its end. One whose end alone is known stands here as over since then."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID
    version: int
    state: str
    appointment_id: UUID
    location: str
    zone: str
    starts_at: datetime = Field(sa_type=Instant)
    previous_starts_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    waitlist: bool


class Message(Row, table=True):
    """A message of the plan or a reply. Its id is the delivery id. `version` counts decisions about it.

    `outgoing` is an `Outgoing`, for EMAIL a `Mail`. `attempted_at` (wall time) is written before a text or a mail can
    have left: without it a SENDING message has certainly not been sent, with it nobody knows until an answer is
    recorded. `appointment_version` is the version of the appointment that the words are about, `offer_version` that of
    the offer: what is said of an offer names its appointment without a version.
    """

    __table_args__ = (
        CheckConstraint(_one_of("state", State), name="message_state"),
        CheckConstraint(_one_of("channel", Channel), name="message_channel"),
        CheckConstraint("message_class IN ('CARE', 'CRISIS', 'AUTO')", name="message_class"),
        CheckConstraint("state NOT IN ('SENDING', 'UNKNOWN', 'SENT') OR outgoing IS NOT NULL", name="message_has_text"),
        Index("message_patient", "patient_id", "id"),
        Index("message_of_visit", "appointment_id"),
        Index("message_of_offer", "offer_id"),
        Index("message_under_way", "attempted_at", postgresql_where=text("state IN ('SENDING', 'UNKNOWN')")),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID | None
    correlation_id: UUID
    plan_id: str
    channel: str = Channel.SMS
    message_class: str
    appointment_id: UUID | None = None
    appointment_version: int | None = None
    screening_id: UUID | None = None
    screening_version: int | None = None
    offer_id: UUID | None = None
    offer_version: int | None = None
    version: int = 1
    state: str
    reason: str | None = None
    planned_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    stale_at: datetime = Field(sa_type=Instant)
    outgoing: str | None = Field(default=None, sa_type=Text)
    attempted_at: datetime | None = Field(default=None, sa_type=Instant)
    asked_at: datetime | None = Field(default=None, sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    delivered_at: datetime | None = Field(default=None, sa_type=Instant)
    provider_sid: str | None = Field(default=None, unique=True)
    provider_status: str | None = None
    former_sid: str | None = Field(default=None, unique=True)


class CallTask(Row, table=True):
    """Somebody whom no message reaches is called, or handed the page: for one message of the plan, until `due_at`."""

    __tablename__ = "call_task"
    __table_args__ = (
        CheckConstraint(_one_of("way", Way), name="call_task_way"),
        CheckConstraint(_one_of("state", TaskState), name="call_task_state"),
        Index("call_task_open", "organisation_id", "due_at", "id", postgresql_where=text("state = 'OPEN'")),
        Index("call_task_of_visit", "appointment_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID
    message_id: UUID = Field(unique=True)
    plan_id: str
    appointment_id: UUID | None
    appointment_version: int | None
    way: str
    reason: str
    due_at: datetime = Field(sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    version: int = 1
    state: str = TaskState.OPEN
    outcome: str | None = None
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by: str | None = None


class InboundText(Row, table=True):
    """A text that came in; `body` is sealed. `handled_at` stays empty until a person has dealt with it."""

    __tablename__ = "inbound_text"
    __table_args__ = (
        CheckConstraint(_one_of("ask", Ask), name="inbound_text_ask"),
        Index("inbound_text_open", "organisation_id", "id", postgresql_where=text("handled_at IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID | None = Field(default=None, index=True)
    provider_sid: str
    number_index: str
    ask: str
    body: str = Field(sa_type=Text)
    received_at: datetime = Field(sa_type=Instant)
    version: int = 1
    handled_at: datetime | None = Field(default=None, sa_type=Instant)
    handled_by: str | None = None
