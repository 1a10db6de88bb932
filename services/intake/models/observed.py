"""What was observed about a patient; rows are only appended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from services.intake.models.row import Row
from shared.db.tables import Instant


class Questionnaire(Row, table=True):
    """Answers to health questions as given; `answers` is sealed."""

    __table_args__ = (CheckConstraint("source IN ('patient', 'proxy', 'staff')", name="questionnaire_source"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    answered_at: datetime = Field(sa_type=Instant)
    source: str
    recorded_by: str | None = None
    answers: str = Field(sa_type=Text)


class Assessment(Row, table=True):
    """A scored instrument; `result` seals answers and score. A wrong one stays, and a correction takes its place."""

    __table_args__ = (CheckConstraint("source IN ('patient', 'proxy', 'staff')", name="assessment_source"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    instrument: str
    recorded_at: datetime = Field(sa_type=Instant)
    source: str
    recorded_by: str | None = None
    result: str = Field(sa_type=Text)


class Correction(Row, table=True):
    """Staff entered an instrument anew, for a reason: `assessment_id` no longer counts, `replaced_by` does instead."""

    __table_args__ = (Index("correction_of", "assessment_id", unique=True),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    assessment_id: UUID = Field(foreign_key="assessment.id")
    replaced_by: UUID = Field(foreign_key="assessment.id")
    corrected_at: datetime = Field(sa_type=Instant)
    corrected_by: str
    reason_code: str


class Reading(Row, table=True):
    """A measurement or judgement by staff: pressure, weight, height, heart rate at rest, ASA class. `value` is sealed;
    `taken_at` is when it was measured."""

    __table_args__ = (
        CheckConstraint(
            "kind IN ('BLOOD_PRESSURE', 'WEIGHT', 'HEIGHT', 'HEART_RATE', 'ASA_CLASS')", name="reading_kind"
        ),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    kind: str
    taken_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str | None = None
    value: str = Field(sa_type=Text)


class QuestionnaireCorrection(Row, table=True):
    """Staff corrected answers, for a reason: `questionnaire_id` no longer counts, `replaced_by` does instead."""

    __tablename__ = "questionnaire_correction"
    __table_args__ = (Index("questionnaire_correction_of", "questionnaire_id", unique=True),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    questionnaire_id: UUID = Field(foreign_key="questionnaire.id")
    replaced_by: UUID = Field(foreign_key="questionnaire.id")
    corrected_at: datetime = Field(sa_type=Instant)
    corrected_by: str
    reason_code: str


class ReadingCorrection(Row, table=True):
    """Staff corrected a measurement, for a reason: `reading_id` no longer counts, `replaced_by` does instead; None: it
    was taken back."""

    __tablename__ = "reading_correction"
    __table_args__ = (Index("reading_correction_of", "reading_id", unique=True),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    reading_id: UUID = Field(foreign_key="reading.id")
    replaced_by: UUID | None = Field(default=None, foreign_key="reading.id")
    corrected_at: datetime = Field(sa_type=Instant)
    corrected_by: str
    reason_code: str


class CheckIn(Row, table=True):
    """How a patient is a day or three after a session; `answers` seals mood, side effects, thoughts and note."""

    __tablename__ = "check_in"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    occasion: str
    session_id: UUID = Field(index=True)
    recorded_at: datetime = Field(sa_type=Instant)
    source: str
    recorded_by: str
    answers: str = Field(sa_type=Text)


class Reflection(Row, table=True):
    """What came up in a session, in the patient's words; `content` is sealed."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(foreign_key="patient.id", index=True)
    session_id: UUID = Field(index=True)
    written_at: datetime = Field(sa_type=Instant)
    source: str
    recorded_by: str
    content: str = Field(sa_type=Text)
