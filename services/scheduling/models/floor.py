"""What happens to a whole floor at once, and who was there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.scheduling.domain.floor import PlaceFound
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


class FloorPlace(Row, table=True):
    """Where no session was on record: a chair, or whoever was expected in it or for a visit. Asked about since
    `taken_at`."""

    __tablename__ = "floor_place"
    __table_args__ = (CheckConstraint("chair IS NOT NULL OR appointment_id IS NOT NULL", name="floor_place_of"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    floor_event_id: UUID = Field(foreign_key="floor_event.id", index=True)
    chair: str | None = None
    appointment_id: UUID | None = Field(default=None, foreign_key="appointment.id")
    patient_id: UUID | None = None
    taken_at: datetime = Field(sa_type=Instant)


class FloorFinding(Row, table=True):
    """What was found at such a place, only added to; what was told last counts."""

    __tablename__ = "floor_finding"
    __table_args__ = (one_of("found", [found.value for found in PlaceFound]), one_of("source", SOURCES))

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    floor_place_id: UUID = Field(foreign_key="floor_place.id", index=True)
    found: str
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    source: str
