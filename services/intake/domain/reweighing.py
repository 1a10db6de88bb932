"""What a weight or height that was corrected means for an order whose dose was computed from it (domain C.2)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from services.intake.domain.dosing import Body, CannotDose, DoseRequest, compute
from services.intake.domain.facts import History
from services.intake.domain.observations import QuantityReading
from services.intake.domain.order import CENT, SignedOrder
from services.intake.domain.plan import BASES
from shared.clinicfile.model import Protocol

KINDS = frozenset({"WEIGHT", "HEIGHT"})
"""Readings that a dose is computed from."""
_SPRAY, _ENTERED = "mg", "ENTERED"


def rests_on(order: SignedOrder, corrected: Iterable[UUID], *, recorded_before: bool) -> bool:
    """Whether the dose was computed from one of these readings.

    An order that does not tell from which ones may have been, if one was `recorded_before` it was signed.
    """
    if order.unit == _SPRAY:
        return False
    return not set(order.weighed_by).isdisjoint(corrected) if order.weighed_by else recorded_before


def body_then(history: History, signed_at: datetime, weight_max_age_days: int) -> Body | None:
    """The body when an order was signed, by the readings that count now; None if it could not have been signed then,
    without a height or a weight that was fresh."""
    weight, height = _newest(history.weights, signed_at), _newest(history.heights, signed_at)
    if weight is None or height is None or (signed_at - weight.at).days > weight_max_age_days:
        return None
    return Body(history.sex_at_birth, height.quantity.amount, weight.quantity.amount)


def _newest(newest_first: Sequence[QuantityReading], until: datetime) -> QuantityReading | None:
    return next((one for one in newest_first if one.at <= until), None)


def still_right(order: SignedOrder, body: Body | None, protocol: Protocol | None) -> bool:
    """Whether the signed dose, volume and rate are what the body gives, within every limit. What cannot be computed is
    not right."""
    if body is None or protocol is None:
        return False
    try:
        dose = compute(body, _asked(order), protocol.dose)
    except CannotDose:
        return False
    signed = order.content
    return (dose.dose_mg, dose.draw_ml.quantize(CENT), dose.rate_ml_per_hour.quantize(CENT)) == (
        signed.dose_mg, signed.draw_ml, signed.rate_ml_per_hour,
    )  # fmt: skip


def _asked(order: SignedOrder) -> DoseRequest:
    """What the prescriber asked for. To what a strong stock is diluted was checked then and hangs on no weight."""
    signed = order.content
    return DoseRequest(
        mg_per_kg=signed.mg_per_kg,
        minutes=signed.minutes,
        first_dose=order.first_dose,
        stock_mg_per_ml=signed.stock_mg_per_ml,
        diluted_to_mg_per_ml=signed.stock_mg_per_ml / 2,
        basis=BASES.get(order.weight_basis),
        entered_weight_kg=signed.dose_weight_kg if order.weight_basis == _ENTERED else None,
        override=order.override_reason_code is not None,
        two_clinicians=order.needs_second,
    )
