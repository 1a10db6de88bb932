"""Closures, courses and appointments."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.scheduling.domain.appointment import LIVE, State
from services.scheduling.domain.series import CourseState
from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant

LIVE_STATES = sorted(state.value for state in LIVE)
RUNNING = text("state IN ('IN_PROGRESS', 'RECOVERY')")
"""A session is open in the chair; written out, so that the partial index serves."""


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
    """A series of sessions as one object. `plan` is a sealed CoursePlan; `file_hash` names the file in force then.

    `reviewed_at`: a clinician last decided that the course goes on as it stands. `wishes`: a CourseWishes; null: none.
    """

    __table_args__ = (one_of("state", [state.value for state in CourseState]),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    version: int = 1
    state: str = CourseState.ACTIVE.value
    location: str
    zone: str
    session_count: int
    min_gap_hours: int
    file_hash: str
    planned_at: datetime = Field(sa_type=Instant)
    reviewed_at: datetime | None = Field(default=None, sa_type=Instant)
    plan: str = Field(sa_type=Text)
    wishes: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))


class Appointment(Row, table=True):
    """A block that holds a chair. While live, chair and patient are exclusive by constraint (see the migration).

    A visit (`kind` is no session) has neither course nor chair; `chair_id` is then its location's desk, so that one
    visit takes place there at a time. `escort` and `cancel_reason` are sealed.
    """

    __table_args__ = (
        one_of("state", [state.value for state in State]),
        CheckConstraint("ends_at > starts_at", name="appointment_ordered"),
        CheckConstraint(
            "(kind = 'session') = (course_id IS NOT NULL AND session_number IS NOT NULL AND chair IS NOT NULL)",
            name="session_has_course",
        ),
        UniqueConstraint("course_id", "session_number"),
        Index("appointment_day", "clinic_id", "starts_at"),
        Index("appointment_running", "chair_id", postgresql_where=RUNNING),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    version: int = 1
    state: str = State.CONFIRMED.value
    kind: str
    course_id: UUID | None = Field(default=None, foreign_key="course.id")
    session_number: int | None = None
    location: str
    chair: str | None = None
    chair_id: UUID
    zone: str
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    booked_at: datetime = Field(sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    late: bool | None = None
    cancel_reason: str | None = Field(default=None, sa_type=Text)
    escort: str | None = Field(default=None, sa_type=Text)
