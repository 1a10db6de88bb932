"""Who works when: staff with what expires, shifts, absences."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.scheduling.domain.cover import Role
from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant


class StaffMember(Row, table=True):
    """Somebody who works for the organisation. `credentials`: local day, the last that counts, by credential.
    `interprets`: languages, of whoever is neither nurse nor prescriber."""

    __tablename__ = "staff_member"
    __table_args__ = (one_of("role", [role.value for role in Role]), one_of("state", ["ACTIVE", "LEFT"]))

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID = Field(index=True)
    version: int = 1
    state: str = "ACTIVE"
    name: str
    role: str
    credentials: dict[str, str] = Field(sa_type=JSONB)
    interprets: list[str] = Field(default_factory=list, sa_type=JSONB)


class Shift(Row, table=True):
    """Somebody on site at a location. Nobody is in two active shifts at once, at any clinic (see the migration)."""

    __table_args__ = (
        one_of("state", ["ACTIVE", "CANCELLED"]), CheckConstraint("ends_at > starts_at", name="shift_ordered"),
        Index("shift_day", "clinic_id", "starts_at"), Index("shift_person", "staff_id", "starts_at"),
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    location: str
    staff_id: UUID = Field(foreign_key="staff_member.id")
    version: int = 1
    state: str = "ACTIVE"
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)


class Absence(Row, table=True):
    """Somebody is away between two instants, whatever shifts say. `reason` is a code."""

    __table_args__ = (
        one_of("state", ["ACTIVE", "CANCELLED"]), CheckConstraint("ends_at > starts_at", name="absence_ordered")
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    staff_id: UUID = Field(foreign_key="staff_member.id", index=True)
    version: int = 1
    state: str = "ACTIVE"
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    reason: str
