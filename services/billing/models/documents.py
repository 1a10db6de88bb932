"""Estimates, invoices, and what waits for a person."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from services.billing.domain.reasons import Reason
from services.billing.models.base import Owned
from shared.db.tables import Instant

_REASONS = ", ".join(f"'{reason}'" for reason in Reason)


class Estimate(Owned, table=True):
    """A good faith estimate of one version of a course or visit. `due_on` is the F.6 date, `recipient` who and born."""

    __table_args__ = (
        UniqueConstraint("course_id", "version"),
        UniqueConstraint("appointment_id", "version"),
        CheckConstraint("num_nonnulls(course_id, appointment_id) = 1", name="estimate_of_one_thing"),
        CheckConstraint("total_cents > 0", name="estimate_never_zero"),
    )

    course_id: UUID | None = None
    appointment_id: UUID | None = None
    version: int
    clinic_file_hash: str
    currency: str
    total_cents: int = Field(sa_type=BigInteger)
    detail: str = Field(sa_type=Text)
    recipient: str | None = Field(default=None, sa_type=Text)
    due_on: date | None = None
    issued_at: datetime = Field(sa_type=Instant)


class EstimateNote(Owned, table=True):
    """A change of the course or visit after which its estimate still stands: the reason, as a code, and its version."""

    __tablename__ = "estimate_note"
    __table_args__ = (UniqueConstraint("estimate_id", "version"),)

    estimate_id: UUID = Field(foreign_key="estimate.id")
    version: int
    reason: str
    noted_at: datetime = Field(sa_type=Instant)


class Invoice(Owned, table=True):
    """One invoice per session, or per visit that is none: for what took place, or a fee for what did not.

    `above_estimate_cents` is None while no estimate is known. What was credited, paid and waived never exceeds the
    total; what is left is due.
    """

    __table_args__ = (
        UniqueConstraint("session_id"),
        UniqueConstraint("appointment_id"),
        CheckConstraint("num_nonnulls(session_id, appointment_id) = 1", name="invoice_of_one_thing"),
        CheckConstraint("kind IN ('SESSION', 'VISIT', 'FEE')", name="invoice_kind"),
        CheckConstraint("total_cents > 0", name="invoice_never_zero"),
        CheckConstraint("above_estimate_cents >= 0"),
        CheckConstraint("(estimate_id IS NULL) = (above_estimate_cents IS NULL)", name="compared_means_said"),
        CheckConstraint("least(credit_cents, paid_cents, waived_cents) >= 0", name="settled_never_negative"),
        CheckConstraint("credit_cents + paid_cents + waived_cents <= total_cents", name="never_overpaid"),
        CheckConstraint("(package_id IS NULL) = (credit_cents = 0)", name="credit_of_a_package"),
    )

    kind: str = "SESSION"
    version: int = 1
    session_id: UUID | None = Field(default=None, foreign_key="session.id")
    appointment_id: UUID | None = None
    course_id: UUID | None = Field(default=None, index=True)
    session_number: int | None = None
    estimate_id: UUID | None = Field(default=None, foreign_key="estimate.id")
    above_estimate_cents: int | None = Field(default=None, sa_type=BigInteger)
    package_id: UUID | None = Field(default=None, foreign_key="package.id")
    clinic_file_hash: str
    currency: str
    total_cents: int = Field(sa_type=BigInteger)
    credit_cents: int = Field(default=0, sa_type=BigInteger)
    paid_cents: int = Field(default=0, sa_type=BigInteger)
    waived_cents: int = Field(default=0, sa_type=BigInteger)
    waiver: str | None = None
    detail: str = Field(sa_type=Text)
    issued_at: datetime = Field(sa_type=Instant)

    @property
    def due_cents(self) -> int:
        """What is still to pay."""
        return self.total_cents - self.credit_cents - self.paid_cents - self.waived_cents


class Review(Owned, table=True):
    """A course, session, appointment or authorisation that waits for a person. `due_on` is the estimate's F.6 date.

    A fee that is proposed stands in `amount_cents`; `waiver` is the code with which it was not taken.
    """

    __table_args__ = (
        UniqueConstraint("subject_id", "subject_version", "reason"),
        CheckConstraint("subject IN ('COURSE', 'SESSION', 'APPOINTMENT', 'AUTHORISATION')", name="known_subject"),
        CheckConstraint("state IN ('OPEN', 'SETTLED')"),
        CheckConstraint(f"reason IN ({_REASONS})", name="known_reason"),
        CheckConstraint("amount_cents > 0"),
    )

    patient_id: UUID
    clinic_id: UUID = Field(index=True)
    subject: str
    subject_id: UUID
    subject_version: int
    reason: str
    due_on: date | None = None
    amount_cents: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None
    state: str = "OPEN"
    waiver: str | None = None
    version: int = 1
    opened_at: datetime = Field(sa_type=Instant)
