"""Blind counts by two people; what differs is a discrepancy, and the balance stays until it is settled (domain H.4)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import select

from services.scheduling.commands.moments import happened_at
from services.scheduling.commands.stock.alarming import expect_alarm
from services.scheduling.commands.stock.witnessing import witnessed
from services.scheduling.domain.counting import CountCheck, DiscrepancyState, check_count, settle_by
from services.scheduling.models import DrugLot, DrugRegistration, StockCount, StockCountLine, StockDiscrepancy, Vial
from services.scheduling.schemas.counts import CountRequest, StockCountView
from services.scheduling.stock.counts import count_view, kept_under
from services.scheduling.stock.records import KEEPERS, find
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import StockDiscrepancyOpened
from shared.http import require_role
from shared.ids import new_id
from shared.problems import INVALID_REQUEST, FieldError


async def count_stock(uow: UnitOfWork, request: CountRequest) -> StockCountView:
    """Record a count of everything under a registration. Emits StockDiscrepancyOpened for what differs (H.4, COUNT).

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, WITNESS_REFUSED, INVALID_REQUEST for a container that was not counted
    (NOT_COUNTED) or is not kept here (NOT_KEPT_HERE).
    """
    registration = await find(uow, DrugRegistration, request.registration_id)
    require_role(uow, registration.clinic_id, *KEEPERS)
    counted_at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=registration.registered_at)
    witness = await witnessed(uow, registration.clinic_id, "COUNT", request.witness)
    kept = {vial.id: (vial, lot) for vial, lot in await kept_under(uow, registration.id, lock=True)}
    counted = {line.vial_id: line.mg for line in request.lines}
    check = check_count({vial_id: vial.balance_mg for vial_id, (vial, _) in kept.items()}, counted)
    _require_whole(check)
    row = StockCount(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=registration.clinic_id,
        registration_id=registration.id, purpose=request.purpose.value,
        business=request.business.value if request.business else None, counted_at=counted_at, recorded_at=uow.now,
        counted_by=uow.caller.subject, witness=witness,
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    for vial_id, mg in counted.items():
        vial, lot = kept[vial_id]
        uow.session.add(StockCountLine(count_id=row.id, vial_id=vial_id, counted_mg=mg, expected_mg=vial.balance_mg))
        await _compare(uow, row, vial, lot, mg)
    await uow.session.flush()
    await uow.audit("create", "stock_count", row.id, clinic_id=row.clinic_id, reason=row.purpose)
    return await count_view(uow, row)


def _require_whole(check: CountCheck) -> None:
    wrong = [("NOT_COUNTED", check.not_counted), ("NOT_KEPT_HERE", check.unknown)]
    errors = [FieldError("/lines", code, {"vials": [str(one) for one in vials]}) for code, vials in wrong if vials]
    if errors:
        raise INVALID_REQUEST(errors=errors)


async def _compare(uow: UnitOfWork, count: StockCount, vial: Vial, lot: DrugLot, mg: Decimal) -> None:
    """A difference opens a discrepancy, or says more about one that is open, also that it is none any more."""
    waiting = select(StockDiscrepancy).where(
        StockDiscrepancy.vial_id == vial.id, StockDiscrepancy.state == DiscrepancyState.OPEN.value
    )
    known = (await uow.session.exec(waiting.with_for_update())).first()
    if known is not None:
        known.expected_mg, known.counted_mg, known.count_id = vial.balance_mg, mg, count.id
        known.version += 1
        await _audit(uow, known, "update")
    elif mg != vial.balance_mg:
        await open_discrepancy(uow, vial, lot, counted_mg=mg, count_id=count.id, discovered_at=count.counted_at)


async def open_discrepancy(
    uow: UnitOfWork, vial: Vial, lot: DrugLot, *, counted_mg: Decimal, count_id: UUID | None, discovered_at: datetime
) -> StockDiscrepancy:
    """A container holds other than the ledger says; it is to be settled on the same local day, and pages until then."""
    zone = (await active_clinic(uow, vial.clinic_id)).file.zone
    row = StockDiscrepancy(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=vial.clinic_id,
        registration_id=vial.registration_id, lot_id=lot.id, vial_id=vial.id, count_id=count_id,
        expected_mg=vial.balance_mg, counted_mg=counted_mg, discovered_at=discovered_at,
        discovered_by=uow.caller.subject, due_at=settle_by(discovered_at, zone),
    )  # fmt: skip
    uow.session.add(row)
    opened = StockDiscrepancyOpened(
        discrepancy_id=row.id, version=row.version, registration_id=row.registration_id, substance=lot.substance,
        difference_mg=counted_mg - vial.balance_mg, discovered_at=row.discovered_at, due_at=row.due_at,
    )  # fmt: skip
    uow.emit(opened, key=row.clinic_id, subject=row.id, clinic_id=row.clinic_id)
    await expect_alarm(uow, row)
    await _audit(uow, row, "create")
    return row


async def _audit(uow: UnitOfWork, row: StockDiscrepancy, action: str) -> None:
    await uow.audit(
        action, "stock_discrepancy", row.id, clinic_id=row.clinic_id, version=row.version, reason=row.state
    )  # fmt: skip
