"""Papers about a patient: what was announced and came of it. The content lies sealed in the file store."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from services.intake.models.row import Row
from shared.db.tables import Instant


class Document(Row, table=True):
    """A document. `detail` seals its digest and words about its end; `size` is in bytes. `begun_at` and `swept_at` are
    wall time.

    UPLOADING until every part is there and right, then STORED; EXPIRED: it never came to that.
    """

    __table_args__ = (
        CheckConstraint("state IN ('UPLOADING', 'STORED', 'SUPERSEDED', 'REMOVED', 'EXPIRED')", name="document_state"),
        CheckConstraint("kind IN ('ECG', 'INSURANCE_CARD', 'PAPER_CONSENT')", name="document_kind"),
        CheckConstraint("source IN ('patient', 'proxy', 'staff')", name="document_source"),
        CheckConstraint("size > 0", name="document_size"),
        Index("document_unswept", "begun_at", postgresql_where="swept_at IS NULL"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    kind: str
    content_type: str
    size: int
    version: int = 1
    state: str = "UPLOADING"
    source: str
    begun_by: str
    begun_at: datetime = Field(sa_type=Instant)
    stored_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str | None = None
    reason_code: str | None = None
    supersedes: UUID | None = None
    superseded_by: UUID | None = None
    swept_at: datetime | None = Field(default=None, sa_type=Instant)
    detail: str = Field(sa_type=Text)


class DocumentPart(Row, table=True):
    """A part of a document that came; `file` is its name in the store's folder of the document. The last one counts."""

    __tablename__ = "document_part"

    document_id: UUID = Field(primary_key=True, foreign_key="document.id")
    number: int = Field(primary_key=True)
    organisation_id: UUID
    file: UUID
    size: int
