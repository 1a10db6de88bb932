"""A plan that reacts: what the history after a session speaks for, as a proposal to a clinician (domain C.1, D.3, D.5).

A pure function of the history: the same history gives the same proposal. It changes nothing by itself, is never above a
limit of the protocol, and whatever is not known makes it hold or leave the dose as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.intake.domain.dosing import Basis, Body, CannotDose, DoseRequest, compute
from services.intake.domain.outcomes import Total
from shared.clinicfile.model import Protocol
from shared.clinicfile.prescribing import ReactingPlan

STEPS_ASKED = 3
"""Scores that the adaptive interval looks at: two rises need three of them."""
SESSIONS_AT_CAP = 3
BASES: Mapping[str, Basis] = {"IBW": "IBW", "ADJ": "ADJ"}
"""Bases that a prescriber chose from BMI 30 on, and that the next dose keeps."""


@dataclass(frozen=True, slots=True)
class Given:
    """A session of the protocol that took place and when its dose started; `stopped`: something called for that."""

    at: datetime
    stopped: bool = False
    side_effects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """Everything that a proposal looks at. `given` and PHQ-9 `scores` oldest first; `number` of the last session.

    `mg_per_kg`, `minutes` and `basis` are those of the order that it was given under. `weight_age` is None without a
    weight, and so is `body` without weight or height.
    """

    protocol: Protocol
    mg_per_kg: Decimal
    minutes: int
    basis: str
    number: int
    given: Sequence[Given]
    scores: Sequence[Total]
    open_concerns: int
    body: Body | None
    weight_age: timedelta | None
    weight_max_age_days: int


class Proposal(BaseModel):
    """RAISE to `mg_per_kg`, CONTINUE with it, or HOLD (then it is None) until a clinician decides; why, as codes.

    `dose_mg` is what it makes at today's weight. `interval_days`: to the next maintenance session; None in a course.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["RAISE", "CONTINUE", "HOLD"]
    protocol: str
    previous_mg_per_kg: Decimal
    mg_per_kg: Decimal | None
    dose_mg: int | None
    interval_days: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Scores:
    """PHQ-9 in points: before treatment, at the last session, and at the one before it; None is not known."""

    baseline: int | None
    latest: int | None
    previous: int | None

    @property
    def drop_percent(self) -> Decimal | None:
        """How much of the baseline is gone; None when it is not known, and from 0, of which nothing can be gone."""
        if not self.baseline or self.latest is None:
            return None
        return Decimal(100 * (self.baseline - self.latest)) / self.baseline

    def risen(self, points: int) -> bool:
        befores = (self.baseline, self.previous)
        return self.latest is not None and any(b is not None and self.latest - b >= points for b in befores)


def propose(course: Course, plan: ReactingPlan) -> Proposal:
    """What to do next after the last of `course.given`, of which there is one at least."""
    scores = _scores(course)
    holds = tuple(_holds(course, scores, plan))
    next_dose, why = _next_dose(course, scores, plan)
    if not holds and isinstance(made := _computed(course, next_dose), str):
        holds = (made,)
    interval, interval_why = _interval(course, plan)
    if holds:
        return _proposal(course, "HOLD", None, None, interval, (*holds, *interval_why))
    kind: Literal["RAISE", "CONTINUE"] = "RAISE" if next_dose > course.mg_per_kg else "CONTINUE"
    return _proposal(course, kind, next_dose, _mg(course, next_dose), interval, (why, *interval_why))


def _proposal(
    course: Course, kind: Literal["RAISE", "CONTINUE", "HOLD"], mg_per_kg: Decimal | None, dose_mg: int | None,
    interval: int | None, reasons: tuple[str, ...],
) -> Proposal:  # fmt: skip
    return Proposal(
        kind=kind, protocol=course.protocol.id, previous_mg_per_kg=course.mg_per_kg, mg_per_kg=mg_per_kg,
        dose_mg=dose_mg, interval_days=interval, reasons=reasons,
    )  # fmt: skip


def _scores(course: Course) -> _Scores:
    """A score belongs to the session that it was taken for: after the session before, or before all of them."""
    starts = [given.at for given in course.given]
    baseline = _last([s for s in course.scores if s.at <= starts[0]])
    latest = baseline if len(starts) == 1 else _last([s for s in course.scores if s.at > starts[-2]])
    previous = _last([s for s in course.scores if s.at <= starts[-2]]) if len(starts) > 1 else None
    return _Scores(baseline, latest, previous)


def _last(scores: Sequence[Total]) -> int | None:
    return scores[-1].points if scores else None


def _holds(course: Course, scores: _Scores, plan: ReactingPlan) -> Iterator[str]:
    """Why the next dose waits for a clinician; every reason."""
    if course.open_concerns:
        yield "SAFETY_CONCERN_OPEN"
    if course.given[-1].stopped:
        yield "STOP_EVENT"
    if course.weight_age is None or course.body is None:
        yield "WEIGHT_MISSING"
    elif course.weight_age.days > course.weight_max_age_days:
        yield "WEIGHT_TOO_OLD"
    if course.basis == "ENTERED":
        yield "WEIGHT_WAS_ENTERED"
    if scores.risen(plan.risen_points):
        yield "PHQ9_RISEN"
    if scores.latest is None:
        yield "PHQ9_MISSING"
    if _at_gate(course, plan) and (scores.drop_percent is None or scores.drop_percent < plan.gate_drop_percent):
        yield "GATE_WITHOUT_BENEFIT"


def _at_gate(course: Course, plan: ReactingPlan) -> bool:
    """After session 3 of a course that goes on (D.3), or the one that its protocol names (D.1); a missing score or a
    baseline of 0 holds as well (D.5)."""
    return course.number == course.protocol.gate_after(plan) < course.protocol.course.sessions


def _next_dose(course: Course, scores: _Scores, plan: ReactingPlan) -> tuple[Decimal, str]:
    """C.1's titration in mg/kg and why: a step more, if the last dose was tolerated and half the score is not gone."""
    last, limits = course.mg_per_kg, course.protocol.dose
    if limits.unit != "mg/kg":
        return last, "NOT_TITRATED_BY_SCORE"
    if scores.drop_percent is None:
        return last, "BENEFIT_NOT_KNOWN"
    if scores.drop_percent >= plan.enough_drop_percent:
        return last, "BENEFIT_ENOUGH"
    if course.given[-1].side_effects:
        return last, "SIDE_EFFECTS_REPORTED"
    raised = min(last + plan.step_mg_per_kg, limits.hard_stop_mg_per_kg)
    if raised <= last:
        return last, "AT_HARD_STOP"
    return raised, "BENEFIT_TOO_SMALL"


def _computed(course: Course, mg_per_kg: Decimal) -> int | str:
    """The dose in mg at today's weight, by the ordinary arithmetic and limits; a code when it may not be given."""
    if course.body is None:
        return "WEIGHT_MISSING"
    basis = BASES.get(course.basis)
    request = DoseRequest(mg_per_kg, course.minutes, first_dose=False, basis=basis)
    try:
        return compute(course.body, request, course.protocol.dose).dose_mg
    except CannotDose as cannot:
        return cannot.refusals[0].code


def _mg(course: Course, mg_per_kg: Decimal) -> int | None:
    made = _computed(course, mg_per_kg)
    return made if isinstance(made, int) else None


def _interval(course: Course, plan: ReactingPlan) -> tuple[int | None, tuple[str, ...]]:
    """Days to the next maintenance session (D.3); None while a course of several sessions runs. Shortening wins."""
    default = course.protocol.maintenance_after_days
    if course.protocol.course.sessions > 1 or default is None:
        return None, ()
    gaps = [(after.at - before.at).days for before, after in pairwise(course.given)]
    current = gaps[-1] if gaps else default
    points = _at_sessions(course)
    if _worse(points, plan):
        return max(plan.shortest_interval_days, current - plan.interval_step_days), ("INTERVAL_SHORTENED",)
    if _well_twice(points, plan):
        longer = min(plan.longest_interval_days, max(plan.shortest_interval_days, current + plan.interval_step_days))
        at_cap = len(gaps) >= SESSIONS_AT_CAP and min(gaps[-SESSIONS_AT_CAP:]) >= plan.longest_interval_days
        return longer, ("OFFER_STOP",) if at_cap else ("INTERVAL_EXTENDED",)
    within = min(plan.longest_interval_days, max(plan.shortest_interval_days, current))
    return within, ("INTERVAL_KEPT",)


def _at_sessions(course: Course) -> list[int | None]:
    """The newest score of each of the last sessions, oldest first: taken after the session before it."""
    starts = [given.at for given in course.given]
    spans = zip([None, *starts[:-1]], starts, strict=True)
    found = [_last([s for s in course.scores if (a is None or s.at > a) and s.at <= b]) for a, b in spans]
    return found[-STEPS_ASKED:]


def _worse(points: list[int | None], plan: ReactingPlan) -> bool:
    """Risen by five or more, or crossed 10 upwards, since the session before."""
    if len(points) < 2 or points[-1] is None or points[-2] is None:
        return False
    before, now = points[-2], points[-1]
    return now - before >= plan.risen_points or before <= plan.well_at_most < now


def _well_twice(points: list[int | None], plan: ReactingPlan) -> bool:
    """At most 9 points and not risen by five, at each of the last two sessions; what is not known is not well."""
    known = [p for p in points if p is not None]
    if len(known) < STEPS_ASKED:
        return False
    return all(now <= plan.well_at_most and now - before < plan.risen_points for before, now in pairwise(known))
