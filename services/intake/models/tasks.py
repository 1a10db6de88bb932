"""What care staff looks at although nothing is held: answers to acknowledge, words of crisis, a guardian to reach."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from services.intake.models.row import Row
from shared.db.tables import Instant


class SafetyTask(Row, table=True):
    """A task about one person; `detail` seals its kind, what it is about and how it ended.

    No foreign key: somebody who is not registered yet writes to the clinic too.
    """

    __tablename__ = "safety_task"
    __table_args__ = (
        CheckConstraint("state IN ('OPEN', 'SETTLED')", name="safety_task_state"),
        Index("safety_task_patient", "patient_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID
    version: int = 1
    state: str = "OPEN"
    opened_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by: str | None = None
    detail: str = Field(sa_type=Text)
