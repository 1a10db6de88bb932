"""What the nasal spray adds: enrolment in the safety programme, devices, the form that is due after a session."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant

WAYS = ["FAX", "MAIL", "PORTAL"]
ENROLMENT_STATES = ["PENDING", "ENROLLED", "WITHDRAWN"]


class Enrolment(Row, table=True):
    """A patient's enrolment in a safety programme, one row per programme."""

    __table_args__ = (one_of("state", ENROLMENT_STATES), UniqueConstraint("patient_id", "programme"))

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    version: int = 1
    programme: str
    state: str
    changed_at: datetime = Field(sa_type=Instant)


class Device(Row, table=True):
    """One device that the patient used, only appended. `detail` (lot, mg) is sealed."""

    __table_args__ = (UniqueConstraint("session_id", "number"), one_of("source", ["staff", "device", "paper"]))

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id")
    number: int
    given_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    source: str = "staff"
    detail: str = Field(sa_type=Text)


class RemsForm(Row, table=True):
    """The monitoring form that is due on a local date after a session; `submitted_at` null: not sent yet.

    `draft` is a sealed RemsDraft: what people said for it. `told` counts what events said of it.
    """

    __tablename__ = "rems_form"

    session_id: UUID = Field(primary_key=True, foreign_key="session.id")
    organisation_id: UUID
    clinic_id: UUID = Field(index=True)
    patient_id: UUID
    due_on: date
    version: int = 1
    told: int = 0
    draft: str | None = Field(default=None, sa_type=Text)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    submitted_by: str | None = None


class RemsFormVersion(Row, table=True):
    """A form as it was sent, only added to: a correction is the next one. `content` is a sealed RemsContent.

    `way`: how it was sent, where that was not through this form's READY; what it lacked then is in its content.
    """

    __tablename__ = "rems_form_version"
    __table_args__ = (UniqueConstraint("session_id", "number"), one_of("way", WAYS))

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id")
    number: int
    sent_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    way: str | None = None
    content: str = Field(sa_type=Text)
