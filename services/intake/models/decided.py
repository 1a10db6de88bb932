"""What was decided about a patient: screening, review, consent, order, safety concern."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from services.intake.models.row import Row
from shared.db.tables import Instant


class Screening(Row, table=True):
    """A decision for every modality of the clinic, never changed. `decision` is sealed."""

    __table_args__ = (
        UniqueConstraint("patient_id", "version"), Index("screening_clinic", "clinic_id", "patient_id", "version"),
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id")
    version: int
    screened_at: datetime = Field(sa_type=Instant)
    rule_set_hash: str
    decision: str = Field(sa_type=Text)


class Rescreening(Row, table=True):
    """How far a clinic's patients have been looked at under the rules of `hash`, activated when; counts of patients.

    `last_patient_id` is where to go on. One row a clinic, begun anew with each activation. `asks_anew`: the clinic's
    file may ask something else at intake than the one before.
    """

    clinic_id: UUID = Field(primary_key=True)
    organisation_id: UUID
    hash: str
    activated_at: datetime = Field(sa_type=Instant)
    total: int
    looked: int
    changed: int
    failed: int
    last_patient_id: UUID | None = None
    asks_anew: bool = True
    began_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class Review(Row, table=True):
    """A clinician's decision about a screening; `review` is sealed. The newest review of a screening holds."""

    __table_args__ = (UniqueConstraint("patient_id", "version"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id")
    screening_id: UUID = Field(foreign_key="screening.id", index=True)
    version: int
    reviewed_at: datetime = Field(sa_type=Instant)
    reviewed_by: str
    review: str = Field(sa_type=Text)


class Consent(Row, table=True):
    """A consent to one document; `signature` is sealed, None where it was signed before that was kept."""

    __table_args__ = (CheckConstraint("state IN ('SIGNED', 'REVOKED')", name="consent_state"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    version: int = 1
    state: str = "SIGNED"
    document: str
    document_version: str
    signature: str | None = Field(default=None, sa_type=Text)
    signed_by: str
    signed_at: datetime = Field(sa_type=Instant)
    valid_until: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class DoseOrder(Row, table=True):
    """A signed dose order; `content` is sealed and never changed.

    PENDING: above the first-dose cap, so it waits for a second clinician, `countersigned_by`. SUPERSEDED: a newer order
    of the same protocol took its place.
    """

    __tablename__ = "dose_order"
    __table_args__ = (
        CheckConstraint("state IN ('PENDING', 'SIGNED', 'SUPERSEDED', 'REVOKED')", name="dose_order_state"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    screening_id: UUID = Field(foreign_key="screening.id")
    version: int = 1
    state: str = "SIGNED"
    signed_by: str
    signed_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    countersigned_by: str | None = None
    superseded_by: UUID | None = None
    content: str = Field(sa_type=Text)


class DoseProposal(Row, table=True):
    """What the history after a session speaks for; `content` is sealed. OVERTAKEN: by the next one, or by the history.

    `order_id` is what a clinician signed for it.
    """

    __tablename__ = "dose_proposal"
    __table_args__ = (
        CheckConstraint("state IN ('OPEN', 'ACCEPTED', 'REJECTED', 'OVERTAKEN')", name="dose_proposal_state"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    session_id: UUID
    session_number: int | None = None
    version: int = 1
    state: str = "OPEN"
    proposed_at: datetime = Field(sa_type=Instant)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: str | None = None
    order_id: UUID | None = None
    content: str = Field(sa_type=Text)


class SafetyConcern(Row, table=True):
    """A possible danger to the patient; `detail` seals risk, source, plan, disposition and note.

    It holds booking and dosing while it is OPEN, acknowledged or not. `rung` is the one of the on-call ladder that was
    paged last, counted from 1.
    """

    __tablename__ = "safety_concern"
    __table_args__ = (
        CheckConstraint("state IN ('OPEN', 'RESOLVED')", name="safety_concern_state"),
        Index("safety_concern_patient", "patient_id"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id")
    version: int = 1
    state: str = "OPEN"
    raised_at: datetime = Field(sa_type=Instant)
    acknowledge_by: datetime = Field(sa_type=Instant)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged_by: str | None = None
    rung: int = 0
    escalations: int = 0
    escalated_at: datetime | None = Field(default=None, sa_type=Instant)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)
    detail: str = Field(sa_type=Text)

    @property
    def unanswered(self) -> bool:
        """Whether somebody must still be told: it is open, and no clinician has acknowledged it."""
        return self.state == "OPEN" and self.acknowledged_at is None
