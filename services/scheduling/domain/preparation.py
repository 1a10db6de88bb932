"""What lies ready in syringe or bag, or as a device, and whether it is what the order of today asks for (A.5, H.4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.scheduling.domain.care import Blocker, Order
from shared.events.prescribing import OrderContent


@dataclass(frozen=True, slots=True)
class Prepared:
    """mg of a draw that are neither given nor wasted, and the order that was the newest when it was drawn.

    None: no order was known then, or what it said is not known any more.
    """

    mg: Decimal
    order_id: UUID | None
    content: OrderContent | None


def preparation_blockers(prepared: Sequence[Prepared], order: Order | None) -> Iterator[Blocker]:
    """Held: something lies ready that was drawn under another order, unless that one asks for the very same dose,
    dilution and time. What nobody knows the order of is held as well. Without an order that alone is in the way.
    """
    if order is not None and any(not _fits(one, order) for one in prepared):
        yield Blocker(
            "PREPARED_UNDER_ANOTHER_ORDER", "nurse",
            "What was drawn is for another order than the one signed now; waste it before a witness and draw anew.",
        )  # fmt: skip


def _fits(prepared: Prepared, order: Order) -> bool:
    if prepared.order_id == order.order_id:
        return True
    return prepared.content is not None and _made(prepared.content) == _made(order.content)


def _made(content: OrderContent) -> tuple[Any, ...]:
    """What decides how a dose is made ready and given."""
    return (
        content.modality, content.dose_mg, content.draw_ml, content.stock_mg_per_ml, content.minutes,
        content.rate_ml_per_hour,
    )  # fmt: skip
