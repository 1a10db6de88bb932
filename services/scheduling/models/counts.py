"""Counts of what is there, and discrepancies with what the ledger says (domain H.4). Milligrams."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.scheduling.domain.counting import Business, DiscrepancyState, Purpose
from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant


class StockCount(Row, table=True):
    """A blind count of everything under a registration, by two people."""

    __tablename__ = "stock_count"
    __table_args__ = (
        one_of("purpose", [purpose.value for purpose in Purpose]),
        one_of("business", [business.value for business in Business]),
        CheckConstraint("purpose = 'COUNT' OR (business IS NOT NULL AND witness IS NOT NULL)", name="two_signers"),
        CheckConstraint("witness <> counted_by", name="stock_count_other_person"),
        Index("stock_count_day", "registration_id", "counted_at"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    registration_id: UUID = Field(foreign_key="drug_registration.id")
    purpose: str
    business: str | None = None
    counted_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    counted_by: str
    witness: str | None = None


class StockCountLine(Row, table=True):
    """One container of a count: what was found, and what the ledger said then."""

    __tablename__ = "stock_count_line"

    count_id: UUID = Field(primary_key=True, foreign_key="stock_count.id")
    vial_id: UUID = Field(primary_key=True, foreign_key="vial.id", index=True)
    counted_mg: Decimal = Field(max_digits=12, decimal_places=3)
    expected_mg: Decimal = Field(max_digits=12, decimal_places=3)


class StockDiscrepancy(Row, table=True):
    """A container holds other than the ledger says, or something was lost. The balance stays until it is settled.

    Of a loss, notice and form are due by times of their own. Until everything is done somebody is paged: `rung` of the
    ladder was paged last (0: none) by escalation number `escalations`.
    """

    __tablename__ = "stock_discrepancy"
    __table_args__ = (
        one_of("state", [state.value for state in DiscrepancyState]),
        CheckConstraint("(state = 'LOSS') = (notice_due_at IS NOT NULL)", name="a_loss_is_told"),
        Index(
            "stock_discrepancy_open", "vial_id", unique=True, postgresql_where="state = 'OPEN'",
        ),
        Index("stock_discrepancy_waiting", "clinic_id", "id"),
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    registration_id: UUID = Field(foreign_key="drug_registration.id")
    lot_id: UUID = Field(foreign_key="drug_lot.id", index=True)
    vial_id: UUID = Field(foreign_key="vial.id")
    count_id: UUID | None = Field(default=None, foreign_key="stock_count.id")
    version: int = 1
    state: str = DiscrepancyState.OPEN.value
    expected_mg: Decimal = Field(max_digits=12, decimal_places=3)
    counted_mg: Decimal = Field(max_digits=12, decimal_places=3)
    discovered_at: datetime = Field(sa_type=Instant)
    discovered_by: str
    due_at: datetime = Field(sa_type=Instant)
    reason: str | None = None
    movement_id: UUID | None = Field(default=None, foreign_key="movement.id")
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by: str | None = None
    witness: str | None = None
    notice_due_at: datetime | None = Field(default=None, sa_type=Instant)
    notice_at: datetime | None = Field(default=None, sa_type=Instant)
    notice_by: str | None = None
    notice_reference: str | None = None
    form_due_at: datetime | None = Field(default=None, sa_type=Instant)
    form_at: datetime | None = Field(default=None, sa_type=Instant)
    form_by: str | None = None
    form_reference: str | None = None
    rung: int = 0
    escalations: int = 0
    escalated_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def patient_id(self) -> None:
        """It is about a clinic's stock and no patient."""
        return None

    @property
    def unanswered(self) -> bool:
        """Whether something is still to be done about it."""
        untold = self.notice_at is None or self.form_at is None
        return self.state == DiscrepancyState.OPEN.value or (self.state == DiscrepancyState.LOSS.value and untold)
