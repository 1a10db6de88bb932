"""Counts and discrepancies as rows and as answers."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.counting import Business, DiscrepancyState, Purpose, next_inventory_on
from services.scheduling.domain.ledgeralarms import LedgerStep
from services.scheduling.domain.stock import Form, plain
from services.scheduling.models import (
    DiscrepancyPage,
    DrugLot,
    DrugRegistration,
    StockCount,
    StockCountLine,
    StockDiscrepancy,
    Vial,
)
from services.scheduling.schemas.counts import (
    CountedLine,
    DiscrepancyView,
    PagedDiscrepancyView,
    SheetLine,
    StockCountView,
    SubstanceTotal,
)
from services.scheduling.stock.records import container, find
from shared.calendar import local_date
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.oncall.paging import pages_of
from shared.oncall.view import page_view


async def kept_under(uow: UnitOfWork, registration_id: UUID, *, lock: bool = False) -> list[tuple[Vial, DrugLot]]:
    """Every container under a registration that is not under way elsewhere, the empty ones too, in order."""
    rows = select(Vial).where(Vial.registration_id == registration_id, col(Vial.transfer_id).is_(None))
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    vials = (await uow.session.exec(rows.order_by(col(Vial.id)))).all()
    lots = await lots_of(uow, {vial.lot_id for vial in vials})
    return [(vial, lots[vial.lot_id]) for vial in vials]


async def lots_of(uow: UnitOfWork, ids: set[UUID]) -> dict[UUID, DrugLot]:
    """Lots by id."""
    rows = await uow.session.exec(select(DrugLot).where(col(DrugLot.id).in_(ids)))
    return {lot.id: lot for lot in rows}


def sheet_line(vial: Vial, lot: DrugLot, now: datetime) -> SheetLine:
    return SheetLine(
        vial_id=vial.id, substance=lot.substance, lot=lot.lot, number=vial.number, form=Form(lot.form),
        container_mg=plain(lot.container_mg), expires_on=lot.expires_on, state=container(vial, lot).state(now),
    )  # fmt: skip


async def count_view(uow: UnitOfWork, row: StockCount) -> StockCountView:
    """A count with its lines, totals by substance and the discrepancies that it found."""
    registration = await find(uow, DrugRegistration, row.registration_id)
    zone = (await active_clinic(uow, row.clinic_id)).file.zone
    day = local_date(row.counted_at, zone)
    rows = select(StockCountLine, Vial).join(Vial, col(Vial.id) == StockCountLine.vial_id)
    found = (await uow.session.exec(rows.where(StockCountLine.count_id == row.id).order_by(col(Vial.id)))).all()
    lots = await lots_of(uow, {vial.lot_id for _, vial in found})
    differing = select(StockDiscrepancy.id).where(StockDiscrepancy.count_id == row.id)
    inventory = row.purpose == Purpose.INVENTORY.value
    return StockCountView(
        count_id=row.id, registration_id=row.registration_id, number=registration.number, holder=registration.holder,
        address=registration.address, location=registration.location, purpose=Purpose(row.purpose),
        business=Business(row.business) if row.business else None, counted_at=row.counted_at,
        recorded_at=row.recorded_at, signers=[name for name in (row.counted_by, row.witness) if name],
        lines=[_counted(line, vial, lots[vial.lot_id], expired=lots[vial.lot_id].expires_on < day)
               for line, vial in found],
        totals=_totals([(line, lots[vial.lot_id]) for line, vial in found]),
        next_inventory_on=next_inventory_on(day) if inventory else None,
        discrepancies=sorted((await uow.session.exec(differing)).all()),
    )  # fmt: skip


def _counted(line: StockCountLine, vial: Vial, lot: DrugLot, *, expired: bool) -> CountedLine:
    return CountedLine(
        vial_id=vial.id, substance=lot.substance, schedule=lot.schedule, form=Form(lot.form), lot=lot.lot,
        number=vial.number, container_mg=plain(lot.container_mg), expired=expired, counted_mg=plain(line.counted_mg),
        expected_mg=plain(line.expected_mg), difference_mg=plain(line.counted_mg - line.expected_mg),
    )  # fmt: skip


def _totals(counted: Sequence[tuple[StockCountLine, DrugLot]]) -> list[SubstanceTotal]:
    found: dict[tuple[str, str], list[Decimal]] = {}
    for line, lot in counted:
        found.setdefault((lot.substance, lot.schedule), []).append(line.counted_mg)
    return [
        SubstanceTotal(
            substance=substance, schedule=schedule, containers=sum(mg > 0 for mg in amounts),
            mg=plain(sum(amounts, Decimal(0))),
        )
        for (substance, schedule), amounts in sorted(found.items())
    ]  # fmt: skip


def waits_for(row: StockDiscrepancy) -> dict[LedgerStep, datetime]:
    """What is still to be done about a discrepancy, and until when."""
    waits = {
        LedgerStep.SETTLE: row.due_at if row.state == DiscrepancyState.OPEN.value else None,
        LedgerStep.NOTICE: row.notice_due_at if row.notice_at is None else None,
        LedgerStep.FORM_106: row.form_due_at if row.form_at is None else None,
    }
    return {step: due_at for step, due_at in waits.items() if due_at is not None}


def overdue_of(row: StockDiscrepancy, now: datetime) -> list[LedgerStep]:
    """What should have been done about it by now."""
    return [step for step, due_at in waits_for(row).items() if due_at <= now]


def discrepancy_view(row: StockDiscrepancy, now: datetime) -> DiscrepancyView:
    return DiscrepancyView(
        discrepancy_id=row.id, registration_id=row.registration_id, vial_id=row.vial_id, count_id=row.count_id,
        version=row.version, state=DiscrepancyState(row.state), expected_mg=plain(row.expected_mg),
        counted_mg=plain(row.counted_mg), difference_mg=plain(row.counted_mg - row.expected_mg),
        discovered_at=row.discovered_at, discovered_by=row.discovered_by, due_at=row.due_at, reason=row.reason,
        movement_id=row.movement_id, settled_at=row.settled_at, settled_by=row.settled_by, witness=row.witness,
        notice_due_at=row.notice_due_at, notice_at=row.notice_at, form_due_at=row.form_due_at, form_at=row.form_at,
        overdue=overdue_of(row, now),
    )  # fmt: skip


async def paged_discrepancy(uow: UnitOfWork, row: StockDiscrepancy) -> PagedDiscrepancyView:
    """The same with everybody who was paged about it."""
    zone = (await active_clinic(uow, row.clinic_id)).file.zone
    pages = await pages_of(uow, DiscrepancyPage, DiscrepancyPage.discrepancy_id == row.id)
    return PagedDiscrepancyView(
        **discrepancy_view(row, uow.now).model_dump(), pages=[page_view(uow, page, zone) for page in pages]
    )
