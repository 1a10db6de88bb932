"""What a table of attempts to page holds in every service that pages, beside what its pages are about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from shared.db.tables import Instant


class PageColumns(SQLModel):
    """One attempt to page somebody; `target` seals whom. Times are wall time. Without `patient_id` it is about none.

    OWED until it is due, SENDING from `begun_at` on, then what became of it; WITHDRAWN when it was needed no longer.
    """

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID | None = None
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


def page_constraints(table: str, about: str) -> tuple[SchemaItem, ...]:
    """Checks and indexes of a table of pages; `about` is its column that names what they are about."""
    return (
        CheckConstraint("channel IN ('EMAIL', 'WEBHOOK')", name=f"{table}_channel"),
        CheckConstraint(
            "state IN ('OWED', 'SENDING', 'TAKEN', 'REFUSED', 'NOT_TAKEN', 'LOST', 'WITHDRAWN')",
            name=f"{table}_state",
        ),
        Index(f"{table}_{about.removesuffix('_id')}", about),
        Index(f"{table}_due", "due_at", postgresql_where="state IN ('OWED', 'SENDING')"),
    )
