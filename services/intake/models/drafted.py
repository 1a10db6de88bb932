"""Forms that are being filled in: a draft, and every answer that was given to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from services.intake.models.row import Row
from shared.db.tables import Instant


class FormDraft(Row, table=True):
    """A form of a clinic that a patient fills in. It pins the form's version and the clinic file that has it.

    It expires at `expires_at` if nobody answers or sends it in before; one from before there was such a time has none
    until it is answered again.
    """

    __tablename__ = "form_draft"
    __table_args__ = (
        CheckConstraint("state IN ('OPEN', 'SUBMITTED', 'EXPIRED')", name="form_draft_state"),
        Index(
            "form_draft_open", "patient_id", "clinic_id", "form", unique=True, postgresql_where=text("state = 'OPEN'")
        ),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    form: str
    form_version: int
    file_hash: str
    state: str = "OPEN"
    opened_at: datetime = Field(sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    submitted_by: str | None = None


class DraftAnswer(Row, table=True):
    """One answer as it was given; `content` seals question, answer, device. Rows are only appended."""

    __tablename__ = "draft_answer"
    __table_args__ = (CheckConstraint("source IN ('patient', 'proxy', 'staff')", name="draft_answer_source"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    draft_id: UUID = Field(foreign_key="form_draft.id", index=True)
    answered_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    source: str
    recorded_by: str
    content: str = Field(sa_type=Text)
