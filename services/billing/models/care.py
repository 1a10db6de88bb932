"""What others said about a patient, as far as it costs something: who, which course, which visits, what took place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from services.billing.models.base import Owned, Row
from shared.db.tables import Instant


class Patient(Row, table=True):
    """The identity card as intake last told it; `version` 0 is a stub that only orders work about the patient."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    version: int
    identity: str | None = Field(default=None, sa_type=Text)


class Course(Owned, table=True):
    """A planned course as scheduling last told it. `plan` is a sealed CoursePlan."""

    version: int
    session_count: int
    zone: str
    first_starts_at: datetime = Field(sa_type=Instant)
    planned_at: datetime = Field(sa_type=Instant)
    plan: str = Field(sa_type=Text)


class Appointment(Owned, table=True):
    """A visit as scheduling last told it. `kind` is "session" or a kind of the clinic file."""

    version: int
    state: str
    kind: str
    zone: str
    starts_at: datetime = Field(sa_type=Instant)
    said_at: datetime = Field(sa_type=Instant)


class Session(Owned, table=True):
    """A session that ended. `delivered` is a sealed DeliveredDose."""

    __table_args__ = (CheckConstraint("state IN ('COMPLETED', 'ABORTED')"),)

    course_id: UUID | None = None
    session_number: int | None = None
    state: str
    ended_at: datetime = Field(sa_type=Instant)
    delivered: str = Field(sa_type=Text)
