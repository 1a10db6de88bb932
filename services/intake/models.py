"""Intake's tables. A column named after a value that says something about a person holds sealed text (audience `rest`).

Every row carries its organisation, and its clinic where care happens. Observations and decisions only append.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, MetaData, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db.tables import Instant


class Row(SQLModel, registry=registry()):
    """Base of intake's tables: metadata of its own."""

    metadata = MetaData()


class Lead(Row, table=True):
    """Somebody asked to be contacted. `request` seals name, contact, preferred time, message and consent acts."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
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


class LoginLink(Row, table=True):
    """A one-time login link. Only the SHA-256 of its token is kept; expiry is by wall time."""

    __tablename__ = "login_link"

    token_digest: str = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class Questionnaire(Row, table=True):
    """Answers to health questions as given; `answers` is sealed."""

    __table_args__ = (CheckConstraint("source IN ('patient', 'staff')", name="questionnaire_source"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    answered_at: datetime = Field(sa_type=Instant)
    source: str
    answers: str = Field(sa_type=Text)


class Assessment(Row, table=True):
    """A scored instrument; `result` seals answers and score."""

    __table_args__ = (CheckConstraint("source IN ('patient', 'staff')", name="assessment_source"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    instrument: str
    recorded_at: datetime = Field(sa_type=Instant)
    source: str
    result: str = Field(sa_type=Text)


class Reading(Row, table=True):
    """A measurement by staff: pressure, weight, height. `value` is sealed; `taken_at` is when it was measured."""

    __table_args__ = (CheckConstraint("kind IN ('BLOOD_PRESSURE', 'WEIGHT', 'HEIGHT')", name="reading_kind"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    kind: str
    taken_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    value: str = Field(sa_type=Text)


class Screening(Row, table=True):
    """A decision for every modality of the clinic, never changed. `decision` is sealed."""

    __table_args__ = (UniqueConstraint("patient_id", "version"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id")
    version: int
    screened_at: datetime = Field(sa_type=Instant)
    rule_set_hash: str
    decision: str = Field(sa_type=Text)


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
    """A treatment consent to one document."""

    __table_args__ = (CheckConstraint("state IN ('SIGNED', 'REVOKED')", name="consent_state"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    version: int = 1
    state: str = "SIGNED"
    document: str
    document_version: str
    signed_by: str
    signed_at: datetime = Field(sa_type=Instant)
    valid_until: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class DoseOrder(Row, table=True):
    """A signed dose order; `content` is sealed and never changed."""

    __tablename__ = "dose_order"
    __table_args__ = (CheckConstraint("state IN ('SIGNED', 'REVOKED')", name="dose_order_state"),)

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
    content: str = Field(sa_type=Text)


class SafetyConcern(Row, table=True):
    """A possible danger to the patient; `detail` seals risk, source, disposition and note."""

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
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)
    detail: str = Field(sa_type=Text)


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
