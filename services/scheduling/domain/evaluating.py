"""Without benefit a clinician chooses before the next dose (domain D.1, D.3, D.5): after the third infusion, or the one
that the protocol names; of a nasal spray before its next phase, at the end of week 4 and of week 8, and of its last one
every four weeks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain.care import Blocker, Order
from services.scheduling.domain.spray import Given, is_spray
from shared.calendar import within_wall_days
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
    """Held: the newest score since the third dose has not dropped by 20 % of the one before the first dose. Where the
    protocol names another dose, that one instead of the third (D.1: a pain course after the second).

    A missing score, and a baseline of 0, hold as well (D.5). `decided_at`: when a clinician last reviewed the course or
    signed its order; after the third dose that is the choice (raise, continue; stopping cancels what is left).
    """
    doses = sorted(dosed_at)
    after = protocol.gate_after(plan)
    if is_spray(protocol.modality) or not len(doses) >= after < protocol.course.sessions:
        return
    judged = doses[after - 1]
    if decided_at is not None and decided_at > judged:
        return
    baseline = _newest([score for score in scores if score.at <= doses[0]])
    latest = _newest([score for score in scores if score.at > judged])
    if not baseline or latest is None:
        yield Blocker(_GATE, "clinician", f"No PHQ-9 tells the benefit of {after} sessions; evaluate, then decide.")
    elif 100 * (baseline - latest) < plan.gate_drop_percent * baseline:
        yield Blocker(
            _GATE, "clinician",
            f"The PHQ-9 has dropped by less than {plan.gate_drop_percent} %: raise the dose, continue or stop.",
        )  # fmt: skip


def phase_blockers(
    given: Iterable[Given], dosed_at: Sequence[datetime], decided_at: datetime | None, protocol: Protocol
) -> Iterator[Blocker]:
    """Held: the first dose of a phase of a nasal spray, until a clinician has decided about it since the last dose of
    the phase before, which is another protocol of the same spray. `dosed_at` are the doses of this course.

    Nothing but a decision clears it: D.1 asks for the benefit, and names no score that would show it.
    """
    before = [dose.at for dose in given if dose.modality is protocol.modality and dose.protocol != protocol.id]
    if not is_spray(protocol.modality) or dosed_at or not before:
        return
    if decided_at is None or decided_at <= max(before):
        yield Blocker("PHASE_NOT_EVALUATED", "clinician", "Evaluate the phase before; then sign an order or review.")


def periodic_blockers(
    given: Iterable[Given], decided_at: datetime | None, protocol: Protocol, zone: str, now: datetime
) -> Iterator[Blocker]:  # fmt: skip
    """Held: a dose of a phase in which somebody decides every so many days (D.1: SPR_TRD_M2 every 4 weeks), once the
    last decision is longer ago than that by the wall clock; exactly so many days are in time. Its first dose is not:
    what was decided before it `phase_blockers` asks. Nothing but a decision clears it, as between two phases.
    """
    every = protocol.evaluated_every_days
    if every is None or not any(dose.protocol == protocol.id for dose in given):
        return
    if decided_at is None or not within_wall_days(decided_at, now, every, zone):
        yield Blocker(
            "BENEFIT_NOT_EVALUATED", "clinician",
            f"The last decision is more than {every} d ago: evaluate, then sign an order or review the course.",
        )  # fmt: skip


def last_decision(reviewed_at: datetime | None, order: Order | None) -> datetime | None:
    """When a clinician last decided about the course: by a review, or by an order."""
    return max((at for at in (reviewed_at, order.signed_at if order else None) if at is not None), default=None)


def _newest(scores: Sequence[Score]) -> int | None:
    return max(scores, key=lambda score: score.at).total if scores else None
