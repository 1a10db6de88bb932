"""Tables of billing. Amounts are integer cents; sealed columns are text of the audience `rest`."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, MetaData, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.billing.domain import Reason
from shared.db.tables import Instant


class Row(SQLModel, registry=registry()):
    """Base of billing's tables: metadata of its own."""

    metadata = MetaData()


class Patient(Row, table=True):
    """The identity card as intake last told it; `version` 0 is a stub that only orders work about the patient."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    version: int
    identity: str | None = Field(default=None, sa_type=Text)


class Course(Row, table=True):
    """A planned course as scheduling last told it. `plan` is a sealed CoursePlan."""

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    version: int
    session_count: int
    zone: str
    first_starts_at: datetime = Field(sa_type=Instant)
    planned_at: datetime = Field(sa_type=Instant)
    plan: str = Field(sa_type=Text)


class Estimate(Row, table=True):
    """A good faith estimate of one version of a course. `due_on` is the F.6 date, `recipient` name and birth date."""

    __table_args__ = (
        UniqueConstraint("course_id", "version"),
        CheckConstraint("total_cents > 0", name="estimate_never_zero"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    course_id: UUID
    version: int
    clinic_file_hash: str
    currency: str
    total_cents: int = Field(sa_type=BigInteger)
    detail: str = Field(sa_type=Text)
    recipient: str | None = Field(default=None, sa_type=Text)
    due_on: date | None = None
    issued_at: datetime = Field(sa_type=Instant)


class Session(Row, table=True):
    """A session that ended. `delivered` is a sealed DeliveredDose."""

    __table_args__ = (CheckConstraint("state IN ('COMPLETED', 'ABORTED')"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    course_id: UUID | None = None
    session_number: int | None = None
    state: str
    ended_at: datetime = Field(sa_type=Instant)
    delivered: str = Field(sa_type=Text)


class Invoice(Row, table=True):
    """One invoice per session. `above_estimate_cents` is None while no estimate of its course is known."""

    __table_args__ = (
        UniqueConstraint("session_id"),
        CheckConstraint("total_cents > 0", name="invoice_never_zero"),
        CheckConstraint("above_estimate_cents >= 0"),
        CheckConstraint("(estimate_id IS NULL) = (above_estimate_cents IS NULL)", name="compared_means_said"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    session_id: UUID = Field(foreign_key="session.id")
    course_id: UUID | None = Field(default=None, index=True)
    session_number: int | None = None
    estimate_id: UUID | None = Field(default=None, foreign_key="estimate.id")
    above_estimate_cents: int | None = Field(default=None, sa_type=BigInteger)
    clinic_file_hash: str
    currency: str
    total_cents: int = Field(sa_type=BigInteger)
    detail: str = Field(sa_type=Text)
    issued_at: datetime = Field(sa_type=Instant)


class Posting(Row, table=True):
    """A ledger posting moves an amount from one account to another, so the books balance by their shape."""

    __table_args__ = (
        UniqueConstraint("invoice_id", "debit", "credit"),
        CheckConstraint("amount_cents > 0"),
        CheckConstraint("debit <> credit"),
        CheckConstraint("debit IN ('RECEIVABLE', 'REVENUE') AND credit IN ('RECEIVABLE', 'REVENUE')"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    patient_id: UUID = Field(index=True)
    invoice_id: UUID = Field(foreign_key="invoice.id")
    debit: str
    credit: str
    currency: str
    amount_cents: int = Field(sa_type=BigInteger)
    booked_at: datetime = Field(sa_type=Instant)


class Review(Row, table=True):
    """A course or session that waits for a person. `due_on` is the estimate's F.6 date."""

    __table_args__ = (
        UniqueConstraint("subject_id", "subject_version", "reason"),
        CheckConstraint("subject IN ('COURSE', 'SESSION')"),
        CheckConstraint("state IN ('OPEN', 'SETTLED')"),
        CheckConstraint("reason IN ({})".format(", ".join(f"'{reason}'" for reason in Reason)), name="known_reason"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID = Field(index=True)
    patient_id: UUID
    subject: str
    subject_id: UUID
    subject_version: int
    reason: str
    due_on: date | None = None
    state: str = "OPEN"
    version: int = 1
    opened_at: datetime = Field(sa_type=Instant)
