"""How rows of the drug ledger are found, locked and posted. Another organisation's rows do not exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from services.scheduling.domain.ledger import Account, Kind, Posting
from services.scheduling.domain.stock import Container, Form, Refusal
from services.scheduling.models import (
    Draw,
    DrugLot,
    DrugRegistration,
    Movement,
    StockCount,
    StockDiscrepancy,
    StockTransfer,
    Vial,
)
from shared.calendar import local_date
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.ids import new_id
from shared.problems import NOT_FOUND, FieldError, Problem, problem_kind

T = TypeVar(
    "T", DrugRegistration, DrugLot, Vial, Draw, Movement, StockCount, StockDiscrepancy, StockTransfer
)  # fmt: skip
KEEPERS = ("nurse", "clinician")
READERS = (*KEEPERS, "director", "admin")
STOCK_REFUSED = problem_kind(
    "STOCK_REFUSED", 409, "The drug ledger does not allow that", "Settle what errors name, then record it again."
)


async def find(uow: UnitOfWork, table: type[T], row_id: UUID, *, lock: bool = False) -> T:
    """A row of this organisation, locked and read anew if wanted. Raises NOT_FOUND."""
    mine = select(table).where(table.id == row_id, table.organisation_id == uow.organisation_id)
    if lock:
        mine = mine.with_for_update().execution_options(populate_existing=True)
    row = (await uow.session.exec(mine)).first()
    if row is None:
        raise NOT_FOUND()
    return row


@dataclass(frozen=True, slots=True)
class Held:
    """A container whose row is locked, with its lot and where it is kept."""

    vial: Vial
    lot: DrugLot
    registration: DrugRegistration

    @property
    def container(self) -> Container:
        return container(self.vial, self.lot)


async def held(uow: UnitOfWork, vial_id: UUID, *roles: str) -> Held:
    """A container for somebody with one of `roles` where it is kept. Raises NOT_FOUND, FORBIDDEN."""
    vial = await find(uow, Vial, vial_id, lock=True)
    require_role(uow, vial.clinic_id, *roles)
    lot = await find(uow, DrugLot, vial.lot_id)
    return Held(vial, lot, await find(uow, DrugRegistration, vial.registration_id))


async def held_for_draw(uow: UnitOfWork, draw_id: UUID, *roles: str) -> tuple[Draw, Held]:
    """A draw, with its container locked before it is read. Raises NOT_FOUND, FORBIDDEN."""
    vial_id = (await find(uow, Draw, draw_id)).vial_id
    of = await held(uow, vial_id, *roles)
    return await find(uow, Draw, draw_id, lock=True), of


async def latest_day(uow: UnitOfWork, vials: Sequence[Vial]) -> date:
    """The local date where containers are kept; of several clinics the latest, so that what is over at one is over."""
    clinics = sorted({vial.clinic_id for vial in vials})
    days = [local_date(uow.now, (await active_clinic(uow, clinic)).file.zone) for clinic in clinics]
    return max(days, default=uow.now.date())


def container(vial: Vial, lot: DrugLot) -> Container:
    """A container as decisions see it."""
    return Container(
        form=Form(lot.form), multi_dose=lot.multi_dose, full_mg=lot.container_mg, balance_mg=vial.balance_mg,
        expires_on=lot.expires_on, recalled=lot.recalled_at is not None, opened_at=vial.opened_at,
        open_until=vial.open_until, in_transit=vial.transfer_id is not None,
    )  # fmt: skip


def settled(draw: Draw) -> Account:
    """What became of a draw so far."""
    return Account(drawn=draw.drawn_mg, administered=draw.administered_mg, wasted=draw.wasted_mg)


def posting_of(row: Movement) -> Posting:
    """What a movement did."""
    return Posting(Kind(row.kind), row.vial_mg, row.drawn_mg, row.administered_mg, row.wasted_mg)


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything about a movement beside its amounts."""

    occurred_at: datetime
    witness: str | None = None
    second_witness: str | None = None
    draw: Draw | None = None
    document: str | None = None
    reason: str | None = None
    counterparty: str | None = None
    reverses_id: UUID | None = None
    patient_id: UUID | None = None


async def post(uow: UnitOfWork, of: Held, posting: Posting, entry: Entry) -> Movement:
    """Append a movement; its container and draw then show what it did. The container must be locked."""
    draw = entry.draw
    row = Movement(
        id=new_id(), organisation_id=of.vial.organisation_id, clinic_id=of.vial.clinic_id,
        registration_id=of.registration.id, lot_id=of.lot.id, vial_id=of.vial.id, draw_id=draw.id if draw else None,
        session_id=draw.session_id if draw else None, kind=posting.kind.value, vial_mg=posting.vial,
        drawn_mg=posting.drawn, administered_mg=posting.administered, wasted_mg=posting.wasted,
        occurred_at=entry.occurred_at, recorded_at=uow.now, recorded_by=uow.caller.subject, witness=entry.witness,
        second_witness=entry.second_witness, document=entry.document, reason=entry.reason,
        counterparty=entry.counterparty, reverses_id=entry.reverses_id,
    )  # fmt: skip
    await uow.session.flush()
    uow.session.add(row)
    await uow.session.flush()
    for changed in (of.vial, draw):
        if changed is not None:
            await uow.session.refresh(changed)
    await uow.audit(
        "create", "movement", row.id, patient_id=entry.patient_id, clinic_id=row.clinic_id, reason=row.kind
    )  # fmt: skip
    return row


async def movements_of(uow: UnitOfWork, *about: ColumnElement[bool] | bool) -> Sequence[Movement]:
    """Movements of this organisation, in the order in which they were recorded."""
    rows = select(Movement).where(Movement.organisation_id == uow.organisation_id, *about)
    return (await uow.session.exec(rows.order_by(col(Movement.id)))).all()


def refused(refusals: Sequence[Refusal], pointer: str = "/mg") -> Problem:
    """STOCK_REFUSED, naming each reason."""
    return STOCK_REFUSED(
        errors=[FieldError(pointer, refusal.code, refusal.params) for refusal in refusals],
        params={"refusals": [refusal.code for refusal in refusals]},
    )
