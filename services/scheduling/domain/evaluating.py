"""The gate after the third infusion (domain D.3, D.5): without benefit a clinician chooses before the next dose."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain.care import Blocker, Order
from services.scheduling.domain.spray import is_spray
from shared.clinicfile.model import Protocol
from shared.clinicfile.prescribing import ReactingPlan

PHQ9 = "PHQ9"
_GATE = "EVALUATION_GATE"


@dataclass(frozen=True, slots=True)
class Score:
    """A PHQ-9 total, and when it was recorded."""

    at: datetime
    total: int


def gate_blockers(
    scores: Sequence[Score], dosed_at: Iterable[datetime], decided_at: datetime | None, protocol: Protocol,
    plan: ReactingPlan,
) -> Iterator[Blocker]:  # fmt: skip
    """Held: the newest score since the third dose has not dropped by 20 % of the one before the first dose.

    A missing score, and a baseline of 0, hold as well (D.5). `decided_at`: when a clinician last reviewed the course or
    signed its order; after the third dose that is the choice (raise, continue; stopping cancels what is left).
    """
    doses = sorted(dosed_at)
    after = plan.gate_after_session
    if is_spray(protocol.modality) or not len(doses) >= after < protocol.course.sessions:
        return
    third = doses[after - 1]
    if decided_at is not None and decided_at > third:
        return
    baseline = _newest([score for score in scores if score.at <= doses[0]])
    latest = _newest([score for score in scores if score.at > third])
    if not baseline or latest is None:
        yield Blocker(_GATE, "clinician", f"No PHQ-9 tells the benefit of {after} sessions; evaluate, then decide.")
    elif 100 * (baseline - latest) < plan.gate_drop_percent * baseline:
        yield Blocker(
            _GATE, "clinician",
            f"The PHQ-9 has dropped by less than {plan.gate_drop_percent} %: raise the dose, continue or stop.",
        )  # fmt: skip


def last_decision(reviewed_at: datetime | None, order: Order | None) -> datetime | None:
    """When a clinician last decided about the course: by a review, or by an order."""
    return max((at for at in (reviewed_at, order.signed_at if order else None) if at is not None), default=None)


def _newest(scores: Sequence[Score]) -> int | None:
    return max(scores, key=lambda score: score.at).total if scores else None
