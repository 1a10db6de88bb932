"""What is to be counted, what was counted, and what differs."""

from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.counting import DiscrepancyState
from services.scheduling.models import DrugRegistration, StockCount, StockDiscrepancy
from services.scheduling.schemas.counts import CountSheetView, DiscrepancyView, PagedDiscrepancyView, StockCountView
from services.scheduling.stock.counts import count_view, discrepancy_view, kept_under, paged_discrepancy, sheet_line
from services.scheduling.stock.records import READERS, find
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_role


async def get_count_sheet(uow: UnitOfWork, registration_id: UUID) -> CountSheetView:
    """Every container to count under a registration, without what it should hold. Raises NOT_FOUND, FORBIDDEN."""
    registration = await find(uow, DrugRegistration, registration_id)
    require_role(uow, registration.clinic_id, *READERS)
    kept = await kept_under(uow, registration_id)
    lines = [sheet_line(vial, lot, uow.now) for vial, lot in kept if vial.balance_mg > 0]
    return CountSheetView(registration_id=registration_id, lines=lines)


async def get_count(uow: UnitOfWork, count_id: UUID) -> StockCountView:
    """A count; of an inventory, the report. Raises NOT_FOUND, FORBIDDEN."""
    row = await find(uow, StockCount, count_id)
    require_role(uow, row.clinic_id, *READERS)
    await uow.audit("read", "stock_count", count_id, clinic_id=row.clinic_id)
    return await count_view(uow, row)


async def get_discrepancy(uow: UnitOfWork, discrepancy_id: UUID) -> PagedDiscrepancyView:
    """A discrepancy in any state, and who was paged about it. Raises NOT_FOUND, FORBIDDEN."""
    row = await find(uow, StockDiscrepancy, discrepancy_id)
    require_role(uow, row.clinic_id, *READERS)
    return await paged_discrepancy(uow, row)


async def list_discrepancies(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[DiscrepancyView]:
    """A clinic's discrepancies that wait: to be settled, or as losses to be told. Raises FORBIDDEN."""
    require_role(uow, clinic_id, *READERS)
    after = paging.after(uow, "discrepancies", clinic_id)
    untold = col(StockDiscrepancy.notice_at).is_(None) | col(StockDiscrepancy.form_at).is_(None)
    state = col(StockDiscrepancy.state)
    waits = (state == DiscrepancyState.OPEN.value) | ((state == DiscrepancyState.LOSS.value) & untold)
    rows = select(StockDiscrepancy).where(
        StockDiscrepancy.clinic_id == clinic_id, StockDiscrepancy.organisation_id == uow.organisation_id, waits
    )
    if after is not None:
        rows = rows.where(col(StockDiscrepancy.id) > UUID(after[0]))
    found = await uow.session.exec(rows.order_by(col(StockDiscrepancy.id)).limit(paging.fetch))
    shown = [discrepancy_view(row, uow.now) for row in found]
    return page(uow, shown, paging, lambda view: (view.discrepancy_id,), "discrepancies", clinic_id)
