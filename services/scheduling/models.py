"""Scheduling's tables. A column named after a value that says something about a person holds sealed text (`rest`).

What intake said is kept as rows that carry the version they were told under; an unknown part of a row is null.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, MetaData, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.scheduling.domain.appointment import LIVE, State
from shared.db.tables import Instant


def _one_of(column: str, values: list[str]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"known_{column}")


class Row(SQLModel, registry=registry()):
    """Base of scheduling's tables: metadata of its own."""

    metadata = MetaData()


class Patient(Row, table=True):
    """The identity card as intake last told it; `version` 0 is a stub. Locked first by every booking of the patient."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    version: int = 0
    identity: str | None = Field(default=None, sa_type=Text)


class Screening(Row, table=True):
    """A screening and its newest review. `version` null: the review came first. `summary`, `review` are sealed."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int | None = None
    screened_at: datetime | None = Field(default=None, sa_type=Instant)
    summary: str | None = Field(default=None, sa_type=Text)
    review_version: int | None = None
    review: str | None = Field(default=None, sa_type=Text)


class Consent(Row, table=True):
    """A treatment consent. A revocation that came first knows no end."""

    __table_args__ = (_one_of("state", ["SIGNED", "REVOKED"]),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    state: str
    valid_until: datetime | None = Field(default=None, sa_type=Instant)


class DoseOrder(Row, table=True):
    """A dose order; `content` is a sealed OrderContent. A revocation that came first knows nothing else."""

    __tablename__ = "dose_order"
    __table_args__ = (_one_of("state", ["SIGNED", "REVOKED"]),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    state: str
    signed_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    content: str | None = Field(default=None, sa_type=Text)


class SafetyConcern(Row, table=True):
    """Whether a concern is open; why is not kept here."""

    __tablename__ = "safety_concern"
    __table_args__ = (_one_of("state", ["OPEN", "RESOLVED"]),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    state: str


class Closure(Row, table=True):
    """Local days, both included, on which a clinic or one of its locations (`location` null: all) is closed."""

    __table_args__ = (CheckConstraint("last_day >= first_day", name="closure_ordered"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID = Field(index=True)
    location: str | None = None
    first_day: date
    last_day: date
    reason: str
    created_at: datetime = Field(sa_type=Instant)


class Course(Row, table=True):
    """A series of sessions as one object. `plan` is a sealed CoursePlan; `file_hash` names the file in force then."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    version: int = 1
    location: str
    zone: str
    session_count: int
    min_gap_hours: int
    file_hash: str
    planned_at: datetime = Field(sa_type=Instant)
    plan: str = Field(sa_type=Text)


class Appointment(Row, table=True):
    """A block that holds a chair. While live, chair and patient are exclusive by constraint (see the migration).

    `escort` and `cancel_reason` are sealed.
    """

    __table_args__ = (
        _one_of("state", [state.value for state in State]),
        CheckConstraint("ends_at > starts_at", name="appointment_ordered"),
        UniqueConstraint("course_id", "session_number"),
        Index("appointment_day", "clinic_id", "starts_at"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    version: int = 1
    state: str = State.CONFIRMED.value
    kind: str
    course_id: UUID = Field(foreign_key="course.id")
    session_number: int
    location: str
    chair: str
    chair_id: UUID
    zone: str
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    booked_at: datetime = Field(sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    late: bool | None = None
    cancel_reason: str | None = Field(default=None, sa_type=Text)
    escort: str | None = Field(default=None, sa_type=Text)


class Session(Row, table=True):
    """What happens at the chair. `vital_round` counts changes of the vitals schedule, for its timer.

    `order_content`, `delivered`, `abort_reason` and `departure` are sealed.
    """

    __table_args__ = (
        _one_of("state", [s.value for s in State if s is not State.CONFIRMED]),
        UniqueConstraint("appointment_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    appointment_id: UUID = Field(foreign_key="appointment.id")
    version: int = 1
    state: str = State.CHECKED_IN.value
    file_hash: str
    vital_round: int = 0
    checked_in_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    infusion_ended_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    order_id: UUID | None = None
    order_content: str | None = Field(default=None, sa_type=Text)
    delivered: str | None = Field(default=None, sa_type=Text)
    abort_reason: str | None = Field(default=None, sa_type=Text)
    departure: str | None = Field(default=None, sa_type=Text)


class Observation(Row, table=True):
    """One look at the patient, only appended. `vitals` is sealed."""

    __table_args__ = (
        _one_of("source", ["staff", "device", "paper"]),
        Index("observation_session", "session_id", "occurred_at"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id")
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    source: str
    vitals: str = Field(sa_type=Text)


class Alert(Row, table=True):
    """An alert that was raised; `detail` is a sealed AlertDetail. No observation: a measurement is overdue."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    session_id: UUID = Field(foreign_key="session.id", index=True)
    observation_id: UUID | None = Field(default=None, foreign_key="observation.id")
    raised_at: datetime = Field(sa_type=Instant)
    detail: str = Field(sa_type=Text)


LIVE_STATES = sorted(state.value for state in LIVE)
