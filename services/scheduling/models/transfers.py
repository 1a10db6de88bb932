"""Containers under way from one registration to another: two sides, each before another person (domain H.4)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.scheduling.models.row import Row
from shared.db.tables import Instant


class StockTransfer(Row, table=True):
    """Sealed containers that leave one registration for another, under an invoice."""

    __tablename__ = "stock_transfer"
    __table_args__ = (CheckConstraint("from_id <> to_id", name="stock_transfer_elsewhere"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    from_id: UUID = Field(foreign_key="drug_registration.id", index=True)
    to_id: UUID = Field(foreign_key="drug_registration.id", index=True)
    document: str
    sent_at: datetime = Field(sa_type=Instant)
    sent_by: str
    version: int = 1


class StockTransferLine(Row, table=True):
    """A container of a transfer and the mg in it; `arrived_under`: where it was taken in, null while under way."""

    __tablename__ = "stock_transfer_line"

    transfer_id: UUID = Field(primary_key=True, foreign_key="stock_transfer.id")
    vial_id: UUID = Field(primary_key=True, foreign_key="vial.id", index=True)
    mg: Decimal = Field(max_digits=12, decimal_places=3)
    arrived_at: datetime | None = Field(default=None, sa_type=Instant)
    arrived_under: UUID | None = Field(default=None, foreign_key="drug_registration.id")
