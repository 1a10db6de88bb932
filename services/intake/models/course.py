"""What intake knows of the course of a treatment: sessions that took place, and what is due around them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from services.intake.models.row import Row
from shared.db.tables import Instant


class Treatment(Row, table=True):
    """A completed session as scheduling told it; the first one ends the first-dose cap. `delivered` is sealed.

    No foreign key: the event may come before anything else is known about the patient.
    """

    session_id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID = Field(index=True)
    discharged_at: datetime = Field(sa_type=Instant)
    delivered: str = Field(sa_type=Text)


class Enrolment(Row, table=True):
    """Where a patient stands in a safety programme as scheduling last told it; the higher version wins.

    No foreign key: scheduling may tell of a patient before anything else is known.
    """

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    programme: str
    state: str
    changed_at: datetime = Field(sa_type=Instant)


class DueItem(Row, table=True):
    """Something to be answered from `opens_at` on, and late from `late_from` on: an instrument before a session
    (`version` is the appointment's), a check-in or an instrument after one, or an instrument at intake, which hangs on
    no appointment. Answers count from `counts_from` on.

    Rows from before there were several instruments have none; those ask a PHQ-9 or a check-in, as their occasion says.

    No foreign key: scheduling may tell of a patient before anything else is known.
    """

    __tablename__ = "due_item"
    __table_args__ = (
        CheckConstraint("state IN ('PLANNED', 'OPEN', 'SETTLED', 'MISSED', 'DROPPED')", name="due_item_state"),
        Index("due_item_patient", "patient_id", "opens_at"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID
    occasion: str
    instrument: str | None = None
    appointment_id: UUID | None = None
    session_id: UUID | None = None
    version: int
    state: str
    opens_at: datetime = Field(sa_type=Instant)
    late_from: datetime = Field(sa_type=Instant)
    counts_from: datetime | None = Field(default=None, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)


class SessionStop(Row, table=True):
    """A session that was stopped, or in which something called for it (C.4), as scheduling told; it was not tolerated.

    One for each cause: `id` is the alert's, or that of the abort. Withdrawn: it was another patient's.
    No foreign key: scheduling may tell of a patient before anything else is known.
    """

    __tablename__ = "session_stop"

    id: UUID = Field(primary_key=True)
    session_id: UUID = Field(index=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID = Field(index=True)
    stopped_at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
