"""Rows of the drug ledger as answers."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.scheduling.domain.ledger import Kind
from services.scheduling.domain.stock import Form, plain
from services.scheduling.models import Draw, DrugLot, DrugRegistration, Movement, StaffPin, Vial
from services.scheduling.schemas.stockanswers import (
    DrawView,
    LotView,
    MovementView,
    RegistrationView,
    StaffPinView,
    VialLedgerView,
    VialView,
)
from services.scheduling.stock.records import container


def staff_pin(row: StaffPin) -> StaffPinView:
    clinics = sorted({UUID(clinic) for clinic, _ in row.roles})
    return StaffPinView(subject=row.subject, set_at=row.set_at, clinics=clinics)


def registration(row: DrugRegistration) -> RegistrationView:
    return RegistrationView(
        registration_id=row.id, clinic_id=row.clinic_id, version=row.version, location=row.location,
        number=row.number, holder=row.holder, address=row.address, expires_on=row.expires_on,
    )  # fmt: skip


def vial(row: Vial, lot: DrugLot, now: datetime) -> VialView:
    return VialView(
        vial_id=row.id, number=row.number, registration_id=row.registration_id, state=container(row, lot).state(now),
        balance_mg=plain(row.balance_mg), received_at=row.received_at, opened_at=row.opened_at,
        open_until=row.open_until,
    )  # fmt: skip


def lot(row: DrugLot, vials: Sequence[Vial], now: datetime, today: date) -> LotView:
    return LotView(
        lot_id=row.id, version=row.version, substance=row.substance, schedule=row.schedule, lot=row.lot,
        form=Form(row.form), mg_per_ml=_perhaps(row.mg_per_ml), container_mg=plain(row.container_mg),
        multi_dose=row.multi_dose, expires_on=row.expires_on,
        usable=row.recalled_at is None and row.expires_on >= today, recalled_at=row.recalled_at,
        recall_reference=row.recall_reference, vials=[vial(one, row, now) for one in vials],
    )  # fmt: skip


def _perhaps(mg: Decimal | None) -> str | None:
    return None if mg is None else plain(mg)


def movement(row: Movement) -> MovementView:
    return MovementView(
        movement_id=row.id, kind=Kind(row.kind), vial_id=row.vial_id, draw_id=row.draw_id, session_id=row.session_id,
        vial_mg=plain(row.vial_mg), drawn_mg=plain(row.drawn_mg), administered_mg=plain(row.administered_mg),
        wasted_mg=plain(row.wasted_mg), occurred_at=row.occurred_at, recorded_at=row.recorded_at,
        recorded_by=row.recorded_by, witness=row.witness, second_witness=row.second_witness, document=row.document,
        counterparty=row.counterparty, reason=row.reason, reverses_id=row.reverses_id,
    )  # fmt: skip


def draw(row: Draw, movements: Sequence[Movement]) -> DrawView:
    return DrawView(
        draw_id=row.id, vial_id=row.vial_id, session_id=row.session_id, drawn_at=row.drawn_at, drawn_by=row.drawn_by,
        order_id=row.order_id, drawn_mg=plain(row.drawn_mg), administered_mg=plain(row.administered_mg),
        wasted_mg=plain(row.wasted_mg),
        unsettled_mg=plain(row.drawn_mg - row.administered_mg - row.wasted_mg),
        movements=[movement(one) for one in movements],
    )  # fmt: skip


def vial_ledger(row: Vial, of: DrugLot, movements: Sequence[Movement], now: datetime) -> VialLedgerView:
    return VialLedgerView(
        **vial(row, of, now).model_dump(), lot_id=of.id, movements=[movement(one) for one in movements]
    )
