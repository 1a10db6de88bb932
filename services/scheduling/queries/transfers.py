"""What is under way between registrations."""

from uuid import UUID

from sqlmodel import col, select

from services.scheduling.models import DrugRegistration, StockTransfer
from services.scheduling.schemas.transfers import TransferView
from services.scheduling.stock.records import READERS, find
from services.scheduling.stock.transfers import transfer_view
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_role
from shared.problems import NOT_FOUND


async def list_transfers(uow: UnitOfWork, registration_id: UUID, paging: Paging) -> Page[TransferView]:
    """Transfers from and to a registration, the first one first. Raises NOT_FOUND, FORBIDDEN."""
    registration = await find(uow, DrugRegistration, registration_id)
    require_role(uow, registration.clinic_id, *READERS)
    after = paging.after(uow, "transfers", registration_id)
    ours = (StockTransfer.from_id == registration_id) | (StockTransfer.to_id == registration_id)
    rows = select(StockTransfer).where(ours)
    if after is not None:
        rows = rows.where(col(StockTransfer.id) > UUID(after[0]))
    found = (await uow.session.exec(rows.order_by(col(StockTransfer.id)).limit(paging.fetch))).all()
    shown = [await transfer_view(uow, row) for row in found]
    return page(uow, shown, paging, lambda view: (view.transfer_id,), "transfers", registration_id)


async def get_transfer(uow: UnitOfWork, transfer_id: UUID) -> TransferView:
    """A transfer, for staff of either side. Raises NOT_FOUND."""
    row = await find(uow, StockTransfer, transfer_id)
    sides = [(await find(uow, DrugRegistration, one)).clinic_id for one in (row.from_id, row.to_id)]
    if uow.caller.kind != "service" and not any(uow.caller.may(clinic, *READERS) for clinic in sides):
        raise NOT_FOUND()
    return await transfer_view(uow, row)
