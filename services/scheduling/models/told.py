"""What intake and billing said, each row under the version it was told with; an unknown part of a row is null."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Index, Integer, Text
from sqlmodel import Field

from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant


class Patient(Row, table=True):
    """The identity card as intake last told it; `version` 0 is a stub. Locked first by every booking of the patient.

    `name_key` is the same for patients of one name and birth date, `interpreter` for those for whom somebody interprets
    one language; it is empty where nobody has to.
    """

    __table_args__ = (
        Index("patient_name_key", "organisation_id", "name_key", postgresql_where="identity IS NOT NULL"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    version: int = 0
    identity: str | None = Field(default=None, sa_type=Text)
    name_key: str | None = None
    interpreter: str | None = None


class Screening(Row, table=True):
    """A screening and its newest review. `version` null: the review came first. `summary`, `review` are sealed."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int | None = None
    screened_at: datetime | None = Field(default=None, sa_type=Instant)
    summary: str | None = Field(default=None, sa_type=Text)
    review_version: int | None = None
    review: str | None = Field(default=None, sa_type=Text)


class Consent(Row, table=True):
    """A consent to one document. A revocation that came first knows no version and no end."""

    __table_args__ = (one_of("state", ["SIGNED", "REVOKED"]),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    state: str
    document: str | None = None
    document_version: str | None = None
    valid_until: datetime | None = Field(default=None, sa_type=Instant)


class DoseOrder(Row, table=True):
    """A dose order; `content` is a sealed OrderContent. A revocation that came first knows nothing else.

    `clinic_id` null: kept before the clinic was, so that nobody knows what its protocol id means.
    """

    __tablename__ = "dose_order"
    __table_args__ = (one_of("state", ["SIGNED", "REVOKED"]),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID | None = None
    patient_id: UUID = Field(index=True)
    version: int
    state: str
    signed_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    content: str | None = Field(default=None, sa_type=Text)


class SafetyConcern(Row, table=True):
    """Whether a concern is open; why is not kept here."""

    __tablename__ = "safety_concern"
    __table_args__ = (one_of("state", ["OPEN", "RESOLVED"]),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    state: str


class Outcome(Row, table=True):
    """A scored instrument that decides on a dose, told once; `score` is a sealed ScoreDetail.

    Superseded: it was entered wrongly, and another one took its place.
    """

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    recorded_at: datetime = Field(sa_type=Instant)
    superseded: bool = False
    score: str = Field(sa_type=Text)


class CourseEstimate(Row, table=True):
    """The newest estimate of a course, whose id this is: `numbers` are the sessions that it names."""

    __tablename__ = "course_estimate"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    estimate_id: UUID
    numbers: list[int] = Field(sa_type=ARRAY(Integer))


class CoursePayment(Row, table=True):
    """What is paid before sessions of a course, whose id this is; `detail` is a sealed PaymentPolicyDetail."""

    __tablename__ = "course_payment"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    detail: str = Field(sa_type=Text)


class Authorisation(Row, table=True):
    """A payer's authorisation as billing last told it; `detail` is a sealed AuthorisationDetail."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    detail: str = Field(sa_type=Text)
