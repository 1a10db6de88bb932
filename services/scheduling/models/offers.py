"""Chairs that are out of order, and slots that the clinic offers instead of what cannot take place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant

OPEN = "OPEN"
TO_CALL = ["OPEN", "DECLINED", "EXPIRED", "UNPLACED"]
_TO_CALL = text("state IN ('OPEN', 'DECLINED', 'EXPIRED', 'UNPLACED')")


class ChairOutage(Row, table=True):
    """A chair that nobody can use between two instants, whoever is booked there. `reason` is a code."""

    __tablename__ = "chair_outage"
    __table_args__ = (
        one_of("state", ["ACTIVE", "CANCELLED"]), CheckConstraint("ends_at > starts_at", name="chair_outage_ordered")
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID = Field(index=True)
    location: str
    chair: str
    chair_id: UUID = Field(index=True)
    version: int = 1
    state: str = "ACTIVE"
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    reason: str


class SlotOffer(Row, table=True):
    """What a patient is offered instead of appointments that cannot take place: all its holds, or none of them.

    `appointment_id` is the first of them and `starts_at` when that was to start. UNPLACED: nothing keeps every rule,
    and a person decides. `answered_by` is PATIENT or STAFF.

    From the waitlist nothing is held: `location`, `to_starts_at` and `to_ends_at` are what may be claimed, `cause_id`
    is the opening; LOST: somebody else was first.
    """

    __tablename__ = "slot_offer"
    __table_args__ = (
        one_of("state", [OPEN, "ACCEPTED", "DECLINED", "EXPIRED", "WITHDRAWN", "UNPLACED", "LOST"]),
        one_of("cause", ["CLOSURE", "ABSENCE", "OUTAGE", "WAITLIST"]),
        Index("slot_offer_cause", "cause_id"),
        Index("slot_offer_calls", "clinic_id", "starts_at", postgresql_where=_TO_CALL),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    version: int = 1
    state: str = OPEN
    cause: str
    cause_id: UUID
    appointment_id: UUID = Field(foreign_key="appointment.id", index=True)
    course_id: UUID | None = Field(default=None, foreign_key="course.id")
    zone: str
    starts_at: datetime = Field(sa_type=Instant)
    offered_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    answered_by: str | None = None
    location: str | None = None
    to_starts_at: datetime | None = Field(default=None, sa_type=Instant)
    to_ends_at: datetime | None = Field(default=None, sa_type=Instant)
