"""Read models over what all services say; only the consumer `intake.timeline` writes them, but for claims.

No foreign keys: another service may tell of a patient before anything else is known. `facts` hold what events say in
clear; everything clinical is sealed.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.intake.models.row import Row
from shared.db.tables import Instant


class TimelineEntry(Row, table=True):
    """One event about a patient. `at` and `event_id` are its `ce_time` and `ce_id`; `detail` is sealed."""

    __tablename__ = "timeline_entry"
    __table_args__ = (
        Index("timeline_entry_patient", "patient_id", "at", "event_id"),
        Index("timeline_entry_producer", "organisation_id", "service", "at"),
    )

    event_id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID
    service: str
    type: str
    subject: str
    at: datetime = Field(sa_type=Instant)
    facts: dict[str, Any] = Field(sa_type=JSONB)
    detail: str | None = Field(default=None, sa_type=Text)


class WorklistItem(Row, table=True):
    """Something that needs a person; `about` is the id of the thing to look at.

    `sequence` is that of the event that decided last, in its producer's stream. `handed_by` gave it to whoever has it.
    """

    __tablename__ = "worklist_item"
    __table_args__ = (
        CheckConstraint("state IN ('OPEN', 'DONE')", name="worklist_item_state"),
        Index("worklist_item_clinic", "clinic_id", "urgent_from", "id", postgresql_where="state = 'OPEN'"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID
    kind: str
    about: UUID
    version: int = 1
    state: str = "OPEN"
    sequence: int = Field(sa_type=BigInteger)
    since: datetime = Field(sa_type=Instant)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    urgent_from: datetime = Field(sa_type=Instant)
    facts: dict[str, Any] = Field(sa_type=JSONB)
    claimed_by: str | None = None
    claimed_at: datetime | None = Field(default=None, sa_type=Instant)
    handed_by: str | None = None
    handed_reason: str | None = None


class FinishedItem(Row, table=True):
    """An item that a person declared done, as the event of this `sequence` had left it. No event tells of it."""

    __tablename__ = "worklist_finished"

    item_id: UUID = Field(primary_key=True)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    organisation_id: UUID
    patient_id: UUID
    finished_by: str
    finished_at: datetime = Field(sa_type=Instant)


class Visit(Row, table=True):
    """An appointment as scheduling last told it; the higher version wins."""

    __table_args__ = (Index("visit_patient", "patient_id", "starts_at"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID
    version: int
    state: str
    kind: str
    session_number: int | None = None
    location: str
    zone: str
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)


class Bill(Row, table=True):
    """An estimate or an invoice as billing last told it; `total` is a sealed amount."""

    __table_args__ = (
        CheckConstraint("kind IN ('ESTIMATE', 'INVOICE')", name="bill_kind"),
        Index("bill_patient", "patient_id", "issued_at"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None
    patient_id: UUID
    kind: str
    version: int
    issued_at: datetime = Field(sa_type=Instant)
    total: str = Field(sa_type=Text)
