"""Correction of the ledger: a movement that was recorded wrongly is undone by its reverse (domain H.4)."""

from uuid import UUID

from sqlmodel import select

from services.scheduling.commands.stock.witnessing import witnessed
from services.scheduling.domain.ledger import Account, Kind, reversal
from services.scheduling.domain.stock import Refusal, reversal_refusals
from services.scheduling.models import Draw, Movement
from services.scheduling.schemas.stock import ReverseRequest
from services.scheduling.schemas.stockanswers import MovementView
from services.scheduling.stock import views as stockviews
from services.scheduling.stock.records import KEEPERS, Entry, find, held, post, posting_of, refused, settled
from shared.db.unit_of_work import UnitOfWork

LASTING = frozenset({Kind.OPEN, Kind.REVERSAL, Kind.TRANSFER_OUT, Kind.TRANSFER_IN})
"""What cannot be taken back: a vial stays open, a reversal is followed by a new entry, a transfer has two sides."""


async def reverse(uow: UnitOfWork, movement_id: UUID, request: ReverseRequest) -> MovementView:
    """Undo a movement, once, before another person. What builds on it is reversed first.

    Raises NOT_FOUND, FORBIDDEN, WITNESS_REFUSED, STOCK_REFUSED.
    """
    known = await find(uow, Movement, movement_id)
    witness = await witnessed(uow, known.clinic_id, "REVERSAL", request.witness)
    of = await held(uow, known.vial_id, *KEEPERS)
    draw = await find(uow, Draw, known.draw_id, lock=True) if known.draw_id else None
    undone = reversal(posting_of(known))
    vial = Account(balance=of.vial.balance_mg)
    refusals = [
        *([Refusal("NOT_REVERSIBLE", {"kind": known.kind})] if Kind(known.kind) in LASTING else []),
        *([Refusal("ALREADY_REVERSED")] if await _reversed(uow, known.id) else []),
        *reversal_refusals(vial, settled(draw) if draw else None, undone),
    ]
    if refusals:
        raise refused(refusals, "")
    entry = Entry(
        occurred_at=uow.now, witness=witness, draw=draw, reason=request.reason, reverses_id=known.id,
        document=known.document,
    )  # fmt: skip
    return stockviews.movement(await post(uow, of, undone, entry))


async def _reversed(uow: UnitOfWork, movement_id: UUID) -> bool:
    again = select(Movement.id).where(Movement.reverses_id == movement_id)
    return (await uow.session.exec(again)).first() is not None
