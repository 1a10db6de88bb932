"""Transfers as rows and as answers."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.stock import plain
from services.scheduling.models import StockTransfer, StockTransferLine
from services.scheduling.schemas.transfers import TransferLineView, TransferView
from shared.db.unit_of_work import UnitOfWork


async def lines_of(uow: UnitOfWork, transfer_id: UUID) -> Sequence[StockTransferLine]:
    """The containers of a transfer."""
    rows = select(StockTransferLine).where(StockTransferLine.transfer_id == transfer_id)
    return (await uow.session.exec(rows.order_by(col(StockTransferLine.vial_id)))).all()


async def transfer_view(uow: UnitOfWork, row: StockTransfer) -> TransferView:
    lines = await lines_of(uow, row.id)
    return TransferView(
        transfer_id=row.id, version=row.version, from_registration_id=row.from_id, to_registration_id=row.to_id,
        document=row.document, sent_at=row.sent_at, sent_by=row.sent_by,
        lines=[
            TransferLineView(
                vial_id=line.vial_id, mg=plain(line.mg), arrived_at=line.arrived_at, arrived_under=line.arrived_under
            )
            for line in lines
        ],
        under_way=sum(line.arrived_under is None for line in lines),
    )  # fmt: skip
