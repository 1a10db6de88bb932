"""Slots that are kept for somebody before they are booked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant

HELD = "HELD"


class SlotHold(Row, table=True):
    """A seat that is kept for a patient until `held_until`. While HELD it excludes whatever else wants the seat, as a
    live appointment does: table `seat_taken`, kept by triggers (see the migration).

    `subject_id` says what it is held for: the appointment that would move, the course that would get one more session,
    or the kind of visit. A session has `course_id`; `location_id` is the row of `location_lock`.

    One that is offered has `offer_id`, and the start of the appointment that it is `instead_of`; with `replaces` that
    appointment is cancelled for it and a session added at the end of its course.
    """

    __tablename__ = "slot_hold"
    __table_args__ = (
        one_of("state", [HELD, "BOOKED", "RELEASED", "EXPIRED"]),
        CheckConstraint("ends_at > starts_at", name="slot_hold_ordered"),
        Index("slot_held", "location_id", "held_until", postgresql_where=text("state = 'HELD'")),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    version: int = 1
    state: str = HELD
    subject_id: UUID
    kind: str
    course_id: UUID | None = Field(default=None, foreign_key="course.id")
    appointment_id: UUID | None = Field(default=None, foreign_key="appointment.id")
    location: str
    location_id: UUID
    chair: str | None = None
    chair_id: UUID
    zone: str
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    held_at: datetime = Field(sa_type=Instant)
    held_until: datetime = Field(sa_type=Instant)
    offer_id: UUID | None = Field(default=None, foreign_key="slot_offer.id", index=True)
    instead_of: datetime | None = Field(default=None, sa_type=Instant)
    replaces: bool = False
    session_number: int | None = None
