"""The check on the day of a session: what was answered, and what a prescriber answered for. Both are only added to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant


class DayRecord(Row, table=True):
    """Answers that were given together. `answers` is sealed."""

    __tablename__ = "day_record"
    __table_args__ = (one_of("source", ["staff", "device", "paper"]),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    session_id: UUID = Field(foreign_key="session.id", index=True)
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    source: str
    answers: str = Field(sa_type=Text)


class DayOverride(Row, table=True):
    """A criterion that a prescriber answered for. `detail` (which, why) is sealed."""

    __tablename__ = "day_override"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    session_id: UUID = Field(foreign_key="session.id", index=True)
    overridden_at: datetime = Field(sa_type=Instant)
    overridden_by: str
    detail: str = Field(sa_type=Text)
