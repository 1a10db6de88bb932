"""Answers about controlled substances. Milligrams are decimals in text."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.scheduling.domain.ledger import Kind
from services.scheduling.domain.stock import Form, VialState


class StaffPinView(BaseModel):
    """A PIN is set; with the roles of that day it counts at these clinics, as long as each one's `policy` says."""

    subject: str
    set_at: datetime
    clinics: list[UUID]


class RegistrationView(BaseModel):
    """A registration of a location."""

    registration_id: UUID
    clinic_id: UUID
    version: int
    location: str
    number: str
    holder: str
    address: str
    expires_on: date


class VialView(BaseModel):
    """A container. `open_until`: an open one is used until then."""

    vial_id: UUID
    number: int = Field(description="within its lot")
    registration_id: UUID
    state: VialState
    balance_mg: str
    received_at: datetime
    opened_at: datetime | None
    open_until: datetime | None


class LotView(BaseModel):
    """A lot and its containers at one registration. `usable`: neither expired nor recalled."""

    lot_id: UUID
    version: int
    substance: str
    schedule: str
    lot: str
    form: Form
    mg_per_ml: str | None
    container_mg: str
    multi_dose: bool
    expires_on: date
    usable: bool
    recalled_at: datetime | None
    recall_reference: str | None
    vials: list[VialView]


class MovementView(BaseModel):
    """A line of the ledger: mg into the vial (out: negative), and of its draw."""

    movement_id: UUID
    kind: Kind
    vial_id: UUID
    draw_id: UUID | None
    session_id: UUID | None
    vial_mg: str
    drawn_mg: str
    administered_mg: str
    wasted_mg: str
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: str
    witness: str | None
    second_witness: str | None
    document: str | None
    counterparty: str | None
    reason: str | None
    reverses_id: UUID | None


class DrawView(BaseModel):
    """A draw: drawn = administered + wasted once it is settled."""

    draw_id: UUID
    vial_id: UUID
    session_id: UUID
    drawn_at: datetime
    drawn_by: str
    order_id: UUID | None = Field(None, description="the order that it was prepared by; null: none was known")
    drawn_mg: str
    administered_mg: str
    wasted_mg: str
    unsettled_mg: str
    movements: list[MovementView]


class VialLedgerView(VialView):
    """A container with every movement, the oldest first."""

    lot_id: UUID
    movements: list[MovementView]
