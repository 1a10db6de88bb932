"""The controlled-drug ledger (domain H.4): registrations, lots, deliveries, vials, draws, movements. Milligrams.

Milligrams stand in plain, since the database itself keeps the balances; nothing here names a patient: a draw names a
session. No foreign key leads there, because the ledger is kept by rules of its own.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.scheduling.domain.ledger import Kind
from services.scheduling.domain.stock import Form
from services.scheduling.models.row import Row, one_of
from shared.db.tables import Instant


class DrugRegistration(Row, table=True):
    """A registration under which controlled substances are kept at one location of a clinic."""

    __tablename__ = "drug_registration"
    __table_args__ = (UniqueConstraint("organisation_id", "number", "location"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID = Field(index=True)
    location: str
    number: str
    holder: str
    address: str
    expires_on: date
    version: int = 1
    registered_at: datetime = Field(sa_type=Instant)
    registered_by: str


class DrugLot(Row, table=True):
    """A manufacturer's lot in one size of container. Recalled, nothing of it may be drawn anywhere."""

    __tablename__ = "drug_lot"
    __table_args__ = (
        one_of("form", [form.value for form in Form]),
        CheckConstraint("container_mg > 0", name="drug_lot_holds_something"),
        UniqueConstraint("organisation_id", "substance", "lot", "container_mg"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    substance: str
    schedule: str
    lot: str
    form: str
    mg_per_ml: Decimal | None = Field(default=None, max_digits=12, decimal_places=3)
    container_mg: Decimal = Field(max_digits=12, decimal_places=3)
    multi_dose: bool
    expires_on: date
    version: int = 1
    recalled_at: datetime | None = Field(default=None, sa_type=Instant)
    recalled_by: str | None = None
    recall_reference: str | None = None


class DrugDelivery(Row, table=True):
    """Containers of a lot that arrived together, under an invoice or form."""

    __tablename__ = "drug_delivery"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    registration_id: UUID = Field(foreign_key="drug_registration.id", index=True)
    lot_id: UUID = Field(foreign_key="drug_lot.id", index=True)
    supplier: str
    document: str
    containers: int
    received_at: datetime = Field(sa_type=Instant)


class Vial(Row, table=True):
    """One container. `balance_mg` is the sum of its movements: a trigger keeps it, nobody else may change it."""

    __table_args__ = (
        CheckConstraint("balance_mg >= 0", name="vial_balance"),
        UniqueConstraint("lot_id", "number"),
        Index("vial_in_stock", "registration_id", postgresql_where="balance_mg > 0"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    registration_id: UUID = Field(foreign_key="drug_registration.id")
    lot_id: UUID = Field(foreign_key="drug_lot.id")
    delivery_id: UUID = Field(foreign_key="drug_delivery.id")
    number: int
    balance_mg: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=3)
    received_at: datetime = Field(sa_type=Instant)
    opened_at: datetime | None = Field(default=None, sa_type=Instant)
    open_until: datetime | None = Field(default=None, sa_type=Instant)
    transfer_id: UUID | None = None


class Draw(Row, table=True):
    """What was drawn from a vial for a session, and what became of it; kept by the same trigger.

    `order_id`: the newest order of the session's protocol when it was drawn; null: none was known.
    """

    __table_args__ = (
        CheckConstraint(
            "administered_mg >= 0 AND wasted_mg >= 0 AND administered_mg + wasted_mg <= drawn_mg", name="draw_settles"
        ),
        Index("draw_unsettled", "vial_id", postgresql_where="administered_mg + wasted_mg < drawn_mg"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    vial_id: UUID = Field(foreign_key="vial.id", index=True)
    session_id: UUID = Field(index=True)
    drawn_at: datetime = Field(sa_type=Instant)
    drawn_by: str
    order_id: UUID | None = None
    drawn_mg: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=3)
    administered_mg: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=3)
    wasted_mg: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=3)


class Movement(Row, table=True):
    """One line of the ledger, only appended. What it does: mg into the vial, and of its draw.

    `document` is an invoice, form or distributor's number, `counterparty` to or from whom, `reason` a code,
    `reverses_id` the line that it undoes.
    """

    __table_args__ = (
        one_of("kind", [kind.value for kind in Kind]),
        CheckConstraint("witness <> recorded_by AND second_witness NOT IN (recorded_by, witness)", name="other_people"),
        CheckConstraint("(kind = 'REVERSAL') = (reverses_id IS NOT NULL)", name="reversal_of_something"),
        UniqueConstraint("reverses_id"),
        Index("movement_vial", "vial_id", "id"),
        Index("movement_day", "registration_id", "occurred_at"),
    )

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    clinic_id: UUID
    registration_id: UUID = Field(foreign_key="drug_registration.id")
    lot_id: UUID = Field(foreign_key="drug_lot.id", index=True)
    vial_id: UUID = Field(foreign_key="vial.id")
    draw_id: UUID | None = Field(default=None, foreign_key="draw.id", index=True)
    session_id: UUID | None = None
    kind: str
    vial_mg: Decimal = Field(max_digits=12, decimal_places=3)
    drawn_mg: Decimal = Field(max_digits=12, decimal_places=3)
    administered_mg: Decimal = Field(max_digits=12, decimal_places=3)
    wasted_mg: Decimal = Field(max_digits=12, decimal_places=3)
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    witness: str | None = None
    second_witness: str | None = None
    document: str | None = None
    reason: str | None = None
    counterparty: str | None = None
    reverses_id: UUID | None = Field(default=None, foreign_key="movement.id")
