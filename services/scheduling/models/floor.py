"""What happens to a whole floor at once, and who was there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.scheduling.models.entries import SOURCES
from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant


class FloorEvent(Row, table=True):
    """Something that stops or pauses every running chair of a location; at most one is open there."""

    __tablename__ = "floor_event"
    __table_args__ = (
        one_of("kind", ["FIRE_ALARM", "EVACUATION", "POWER_FAILURE", "THREAT", "OTHER"]),
        one_of("action", ["PAUSE", "STOP"]),
        one_of("source", SOURCES),
        Index("floor_event_open", "clinic_id", "location", unique=True, postgresql_where="ended_at IS NULL"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    location: str
    version: int = 1
    kind: str
    action: str
    source: str
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str | None = None


class FloorSeat(Row, table=True):
    """A patient who was there. `phase` is the session's state then; `outcome` null: the chair is not settled."""

    __tablename__ = "floor_seat"
    __table_args__ = (
        UniqueConstraint("floor_event_id", "session_id"),
        one_of("outcome", ["RESUMED", "RECOVERING", "STOPPED"]),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    floor_event_id: UUID = Field(foreign_key="floor_event.id")
    session_id: UUID = Field(foreign_key="session.id", index=True)
    phase: str
    taken_at: datetime = Field(sa_type=Instant)
    outcome: str | None = None
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by: str | None = None
