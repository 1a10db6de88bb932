"""The ledger, what came in and went back, what was sold beforehand, and what a payer authorised."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from services.billing.domain.ledger import Account
from services.billing.models.base import Owned
from shared.db.tables import Instant

_ACCOUNTS = ", ".join(f"'{account}'" for account in Account)


class Posting(Owned, table=True):
    """A ledger posting moves an amount from one account to another, so the books balance by their shape.

    `transaction_id` is the invoice, payment, refund, package or waiver that it belongs to.
    """

    __table_args__ = (
        UniqueConstraint("transaction_id", "debit", "credit"),
        CheckConstraint("amount_cents > 0"),
        CheckConstraint("debit <> credit"),
        CheckConstraint(f"debit IN ({_ACCOUNTS}) AND credit IN ({_ACCOUNTS})", name="known_accounts"),
    )

    transaction_id: UUID
    invoice_id: UUID | None = Field(default=None, foreign_key="invoice.id")
    package_id: UUID | None = Field(default=None, foreign_key="package.id")
    debit: str
    credit: str
    currency: str
    amount_cents: int = Field(sa_type=BigInteger)
    booked_at: datetime = Field(sa_type=Instant)


class Package(Owned, table=True):
    """Sessions sold together. `package` is its id in the clinic file; rules are those of the day it was sold.

    `used_at_list_cents` is what the sessions used so far were charged at list price.
    """

    __table_args__ = (
        CheckConstraint("price_cents > 0 AND sessions > 0"),
        CheckConstraint("used BETWEEN 0 AND sessions", name="credits_never_overdrawn"),
        CheckConstraint("used_at_list_cents >= 0 AND refunded_cents BETWEEN 0 AND price_cents"),
        CheckConstraint("refund_rule IN ('pro_rata', 'list_price')"),
    )

    version: int = 1
    package: str
    name: str
    protocols: list[str] = Field(sa_type=ARRAY(Text))
    sessions: int
    used: int = 0
    used_at_list_cents: int = Field(default=0, sa_type=BigInteger)
    price_cents: int = Field(sa_type=BigInteger)
    currency: str
    refund_rule: str
    clinic_file_hash: str
    zone: str
    sold_at: datetime = Field(sa_type=Instant)
    expires_on: date
    refunded_cents: int = Field(default=0, sa_type=BigInteger)
    refunded_at: datetime | None = Field(default=None, sa_type=Instant)


class Payment(Owned, table=True):
    """Money that came in for an invoice or a package. What went back of it never exceeds it."""

    __table_args__ = (
        CheckConstraint("num_nonnulls(invoice_id, package_id) = 1", name="payment_for_one_thing"),
        CheckConstraint("amount_cents > 0"),
        CheckConstraint("refunded_cents BETWEEN 0 AND amount_cents", name="never_refunded_twice"),
    )

    invoice_id: UUID | None = Field(default=None, foreign_key="invoice.id", index=True)
    package_id: UUID | None = Field(default=None, foreign_key="package.id")
    currency: str
    amount_cents: int = Field(sa_type=BigInteger)
    refunded_cents: int = Field(default=0, sa_type=BigInteger)
    method: str
    received_at: datetime = Field(sa_type=Instant)


class Refund(Owned, table=True):
    """Money that went back: of a payment for an invoice, or for the unused sessions of a package."""

    __table_args__ = (
        CheckConstraint("num_nonnulls(payment_id, package_id) = 1", name="refund_of_one_thing"),
        CheckConstraint("amount_cents > 0"),
    )

    payment_id: UUID | None = Field(default=None, foreign_key="payment.id")
    package_id: UUID | None = Field(default=None, foreign_key="package.id")
    currency: str
    amount_cents: int = Field(sa_type=BigInteger)
    method: str
    issued_at: datetime = Field(sa_type=Instant)


class Authorisation(Owned, table=True):
    """A payer's authorisation. `terms` is sealed: payer and protocol. A unit is a mg of the drug (F.1)."""

    __table_args__ = (
        CheckConstraint("units_used BETWEEN 0 AND units_granted", name="units_never_overdrawn"),
        CheckConstraint("valid_from <= valid_to"),
    )

    version: int = 1
    units_granted: int
    units_used: int = 0
    valid_from: date
    valid_to: date
    zone: str
    terms: str = Field(sa_type=Text)
    approved_at: datetime = Field(sa_type=Instant)


class AuthorisationUse(Owned, table=True):
    """A session used an authorisation; how many units is the sealed dose of the session. Once per session."""

    __tablename__ = "authorisation_use"
    __table_args__ = (UniqueConstraint("session_id"),)

    authorisation_id: UUID = Field(foreign_key="authorisation.id")
    session_id: UUID = Field(foreign_key="session.id")
    used_at: datetime = Field(sa_type=Instant)
