"""What leaves the house for those who work there."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant


class CalendarFeed(Row, table=True):
    """A calendar behind a secret link, of a staff member or of a location. Only the link's digest is kept."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        one_of("state", ["ACTIVE", "REVOKED"]),
        CheckConstraint("(staff_id IS NULL) <> (location IS NULL)", name="calendar_of_one"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID = Field(index=True)
    version: int = 1
    state: str = "ACTIVE"
    staff_id: UUID | None = Field(default=None, foreign_key="staff_member.id")
    location: str | None = None
    digest: str = Field(unique=True)
    opened_at: datetime = Field(sa_type=Instant)
    opened_by: str
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    revoked_by: str | None = None


class DayPack(Row, table=True):
    """Some local days of a location as a sealed file, which only its readers open. `content` is null once removed.

    `due_at`: made at that time by itself; null: somebody asked for it.
    """

    __tablename__ = "day_pack"
    __table_args__ = (
        one_of("state", ["KEPT", "REMOVED"]),
        CheckConstraint("(state = 'KEPT') = (content IS NOT NULL)", name="kept_has_content"),
        UniqueConstraint("clinic_id", "location", "due_at"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    location: str
    version: int = 1
    state: str = "KEPT"
    first_day: date
    days: int
    appointments: int
    made_at: datetime = Field(sa_type=Instant)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    made_by: str
    removed_at: datetime | None = Field(default=None, sa_type=Instant)
    content: str | None = Field(default=None, sa_type=Text)
