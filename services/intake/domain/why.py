"""What an item of the worklist is about, in a few words for whoever may see it."""

from collections.abc import Iterator, Sequence

from services.intake.domain.handling import Further
from services.intake.domain.order import SignedOrder
from services.intake.domain.plan import Proposal
from services.intake.domain.review import Review
from services.intake.domain.safety import Concern
from services.intake.domain.screening import Decision


def why_screening(decision: Decision, review: Review | None = None) -> tuple[str, ...]:
    """What there is to decide about a screening: outcomes with the rules behind them, and what its review awaits."""
    outcomes = (
        f"{m.modality}: {m.outcome}" + (f" ({', '.join(f.rule_id for f in m.findings)})" if m.findings else "")
        for m in decision.modalities
    )
    return (*outcomes, *(_awaited(review) if review else ()))


def _awaited(review: Review) -> Iterator[str]:
    for modality in review.pending:
        yield f"{modality}: a second clinician confirms ({', '.join(review.overridden_rule_ids)})"
    for evidence in review.evidence:
        yield f"{', '.join(evidence.modalities)}: awaits {evidence.code}"
    for condition in review.conditions:
        yield f"{', '.join(condition.modalities)}: {condition.code}, {condition.owner} sees to it"


def why_proposal(proposal: Proposal) -> tuple[str, ...]:
    """What is proposed: the dose before and after in the unit of the protocol, the interval, and why."""
    before, after = proposal.previous_mg_per_kg, proposal.mg_per_kg
    dose = f"{before} to {after} mg/kg, {proposal.dose_mg} mg" if after is not None else f"no dose after {before} mg/kg"
    interval = () if proposal.interval_days is None else (f"next session in {proposal.interval_days} days",)
    return (f"{proposal.protocol}: {proposal.kind}, {dose}", *interval, *proposal.reasons)


def why_order(order: SignedOrder, stage: str) -> tuple[str, ...]:
    """Which dose is doubted, from which weight it was computed, and whether the order may still be used."""
    signed = order.content
    return (f"{signed.protocol}: {signed.dose_mg} mg for {signed.dose_weight_kg} kg", stage)


def why_concern(concern: Concern) -> tuple[str, ...]:
    """How grave a safety concern is and where it comes from."""
    return (f"{concern.risk}: {concern.source}",)


def why_merge(conflicts: Sequence[str]) -> tuple[str, ...]:
    """What both of two merged records have, and only one of them should: sessions to come, orders in force."""
    return tuple(f"{conflict}_OF_BOTH" for conflict in conflicts)


def why_task(kind: str, entries: Sequence[Further]) -> tuple[str, ...]:
    """What a safety task asks for, and where each of its answers comes from."""
    return (kind, *(f"{entry.risk}: {entry.source}" if entry.risk else entry.source for entry in entries))
