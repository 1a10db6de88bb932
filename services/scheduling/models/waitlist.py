"""Who waits for an earlier slot, and slots that became free."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant

WAITING = "WAITING"
_WAITS = text("state = 'WAITING'")


class WaitlistEntry(Row, table=True):
    """A booked appointment that its patient would have earlier, at its location; days and times are the clinic's.

    `priority` is set by staff: 2 before 1 before 0.
    """

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        one_of("state", [WAITING, "SERVED", "LEFT"]),
        Index("waitlist_once", "appointment_id", unique=True, postgresql_where=_WAITS),
        Index("waitlist_waiting", "clinic_id", "location", postgresql_where=_WAITS),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    version: int = 1
    state: str = WAITING
    appointment_id: UUID = Field(foreign_key="appointment.id")
    location: str
    priority: int = 0
    first_day: date | None = None
    last_day: date | None = None
    from_time: time | None = None
    until_time: time | None = None
    asked_at: datetime = Field(sa_type=Instant)


class SlotOpening(Row, table=True):
    """A start that became free at a location. It is not held: the first of those it is offered to takes it, unless
    somebody books it before. `round` counts how often it was offered."""

    __tablename__ = "slot_opening"
    __table_args__ = (one_of("state", ["OPEN", "CLAIMED", "CLOSED"]),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID = Field(index=True)
    location: str
    state: str = "OPEN"
    round: int = 0
    starts_at: datetime = Field(sa_type=Instant)
    opened_at: datetime = Field(sa_type=Instant)
