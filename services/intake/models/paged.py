"""Pages to whoever is on call about a safety concern."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from services.intake.models.row import Row
from shared.db.tables import Instant


class ConcernPage(Row, table=True):
    """One attempt to page somebody; `target` seals whom. Times are wall time.

    OWED until it is due, SENDING from `begun_at` on, then what became of it; WITHDRAWN when it was needed no longer.
    """

    __tablename__ = "concern_page"
    __table_args__ = (
        CheckConstraint("channel IN ('EMAIL', 'WEBHOOK')", name="concern_page_channel"),
        CheckConstraint(
            "state IN ('OWED', 'SENDING', 'TAKEN', 'REFUSED', 'NOT_TAKEN', 'LOST', 'WITHDRAWN')",
            name="concern_page_state",
        ),
        Index("concern_page_concern", "concern_id"),
        Index("concern_page_due", "due_at", postgresql_where="state IN ('OWED', 'SENDING')"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id")
    concern_id: UUID = Field(foreign_key="safety_concern.id")
    correlation_id: UUID
    escalation: int
    rung: int
    attempt: int = 1
    channel: str
    target: str = Field(sa_type=Text)
    state: str = "OWED"
    due_at: datetime = Field(sa_type=Instant)
    begun_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
