"""Who wants to come, who is here, who may act for somebody."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from services.intake.models.row import Row
from shared.db.tables import Instant


class Lead(Row, table=True):
    """Somebody asked to be contacted. `request` seals what was written into the form of `kind`."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    kind: str = "web_lead"
    received_at: datetime = Field(sa_type=Instant)
    request: str = Field(sa_type=Text)


class Patient(Row, table=True):
    """The aggregate of a person: locked first by every command about them.

    `version` counts changes of identity and contact, `decisions` counts screenings and reviews.
    """

    __table_args__ = (CheckConstraint("version >= 1"), CheckConstraint("decisions >= 0"))

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(index=True)
    clinic_id: UUID
    version: int = 1
    decisions: int = 0
    registered_at: datetime = Field(sa_type=Instant)
    identity: str = Field(sa_type=Text)
    contact: str = Field(sa_type=Text)


class PatientMerge(Row, table=True):
    """`patient_id` was found to be the same person as `survivor_id`; UNLINKED: that was taken back. Reasons are codes.

    What follows from it for reading is `patient_alias`, as in every service (shared/aliases.py).
    """

    __tablename__ = "patient_merge"
    __table_args__ = (
        CheckConstraint("state IN ('MERGED', 'UNLINKED')", name="patient_merge_state"),
        Index("patient_merge_absorbed", "patient_id", unique=True, postgresql_where=text("state = 'MERGED'")),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    survivor_id: UUID = Field(foreign_key="patient.id", index=True)
    version: int = 1
    state: str = "MERGED"
    merged_at: datetime = Field(sa_type=Instant)
    merged_by: str
    reason: str
    unlinked_at: datetime | None = Field(default=None, sa_type=Instant)
    unlinked_by: str | None = None
    unlink_reason: str | None = None


class BreakGlass(Row, table=True):
    """Somebody without a role at the patient's clinics may read the record until `until` (wall time); `reason` seals
    the words in which they said why."""

    __tablename__ = "break_glass"
    __table_args__ = (
        Index("break_glass_clinic", "clinic_id", "opened_at"), Index("break_glass_holder", "patient_id", "opened_by"),
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id")
    opened_by: str
    opened_at: datetime = Field(sa_type=Instant)
    until: datetime = Field(sa_type=Instant)
    reason: str = Field(sa_type=Text)


class RecordNumber(Row, table=True):
    """The last record number given in an organisation."""

    __tablename__ = "record_number"

    organisation_id: UUID = Field(primary_key=True)
    last: int


class PatientIndex(Row, table=True):
    """Blind index: HMACs under which a patient is found without the plain value being stored."""

    __tablename__ = "patient_index"
    __table_args__ = (Index("patient_index_patient", "patient_id"),)

    organisation_id: UUID = Field(primary_key=True)
    token: str = Field(primary_key=True)
    patient_id: UUID = Field(primary_key=True, foreign_key="patient.id")


class Proxy(Row, table=True):
    """Somebody who may act for a patient until `expires_at` (wall time); `detail` seals name, relation and scope."""

    __table_args__ = (CheckConstraint("state IN ('ACTIVE', 'ENDED')", name="proxy_state"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    version: int = 1
    state: str = "ACTIVE"
    registered_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    detail: str = Field(sa_type=Text)


class LoginLink(Row, table=True):
    """A one-time login link of a patient or a proxy. Only the SHA-256 of its token is kept; it expires by wall time."""

    __tablename__ = "login_link"

    token_digest: str = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    proxy_id: UUID | None = Field(default=None, foreign_key="proxy.id")
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
