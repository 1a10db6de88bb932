"""What clinicians decide and order, as it travels sealed inside events. Units stand in the names."""

from datetime import datetime
from decimal import Decimal

from shared.events.parts import Modality, Part


class AwaitedEvidence(Part):
    """What a clinician wants to see before deciding, as a code, and until when."""

    code: str
    due_at: datetime


class ClearanceCondition(Part):
    """What must be so by `until`, as a code; afterwards the clearance of `modalities` holds no longer."""

    code: str
    until: datetime
    modalities: tuple[Modality, ...]


class ReviewSummary(Part):
    """What the clinician decided about each modality. Audience `clinical`.

    `overridden` are those of `cleared` whose screening was DEFERRED or INELIGIBLE; `pending` are not cleared: they wait
    for a second clinician.
    """

    cleared: tuple[Modality, ...]
    overridden_rule_ids: tuple[str, ...] = ()
    overridden: tuple[Modality, ...] = ()
    pending: tuple[Modality, ...] = ()
    evidence: tuple[AwaitedEvidence, ...] = ()
    conditions: tuple[ClearanceCondition, ...] = ()


class StandingOrderContent(Part):
    """A medicine signed beside a dose: given each session (STANDING) or when it is needed (PRN), within these limits.

    `dose` is in `unit` by `route`; intervals in minutes.
    """

    id: str
    kind: str
    drug: str
    dose: Decimal
    unit: str
    route: str
    indication: str
    max_per_session: int
    max_per_24h: int
    min_interval_minutes: int


class OrderContent(Part):
    """A signed dose order (domain C.2). Audience `clinical`. mg, mg/kg, kg, minutes, mL, mL/h.

    `interval_days`: from the last session to the next one, where a clinician ordered another than the protocol's (D.3).
    """

    modality: Modality
    protocol: str
    mg_per_kg: Decimal
    dose_weight_kg: Decimal
    dose_mg: int
    minutes: int
    draw_ml: Decimal
    rate_ml_per_hour: Decimal
    stock_mg_per_ml: Decimal
    arithmetic: tuple[str, ...]
    standing: tuple[StandingOrderContent, ...] = ()
    interval_days: int | None = None


class OrderDoubt(Part):
    """Which protocol the order is of, and why it is doubted: WEIGHT_CORRECTED or HEIGHT_CORRECTED.

    Audience `clinical`.
    """

    protocol: str
    code: str
