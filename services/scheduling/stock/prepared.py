"""What was drawn for a session and lies ready for its dose."""

from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.preparation import Prepared
from services.scheduling.models import DoseOrder, Draw, DrugLot, Vial
from shared.clinicfile.controlled import ControlledPolicy
from shared.db.unit_of_work import UnitOfWork
from shared.events.prescribing import OrderContent


async def drawn_for(uow: UnitOfWork, session_id: UUID) -> Decimal:
    """mg that were drawn for a session and not wasted."""
    rows = select(Draw).where(Draw.session_id == session_id, Draw.organisation_id == uow.organisation_id)
    return sum((row.drawn_mg - row.wasted_mg for row in await uow.session.exec(rows)), Decimal(0))


async def prepared_for(uow: UnitOfWork, session_id: UUID, policy: ControlledPolicy) -> list[Prepared]:
    """Each draw for a session's dose that is neither given nor wasted whole, and the order it was drawn under. What is
    given beside a dose, by the clinic file's substances, is not under its order."""
    rows = (
        select(Draw, DrugLot.substance, DoseOrder)
        .join(Vial, col(Vial.id) == Draw.vial_id)
        .join(DrugLot, col(DrugLot.id) == Vial.lot_id)
        .join(DoseOrder, col(DoseOrder.id) == Draw.order_id, isouter=True)
        .where(
            Draw.session_id == session_id, Draw.organisation_id == uow.organisation_id,
            col(Draw.administered_mg) + col(Draw.wasted_mg) < col(Draw.drawn_mg),
        )
        .order_by(col(Draw.id))
    )  # fmt: skip
    found = []
    for row, substance, order in await uow.session.exec(rows):
        known = policy.substance(substance)
        if known is None or known.modalities:
            left = row.drawn_mg - row.administered_mg - row.wasted_mg
            found.append(Prepared(left, row.order_id, _content(uow, order)))
    return found


def _content(uow: UnitOfWork, order: DoseOrder | None) -> OrderContent | None:
    if order is None or order.content is None:
        return None
    return uow.open_column("dose_order", "content", order.id, order.content, OrderContent)
