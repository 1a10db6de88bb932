"""Looks for a plan that asks less of those who are re-planned than greedy does. Reads only.

A process of its own (`improver`) chooses among their options; what it answers is looked at again with the rules that
book, and taken only if it is lighter. Whatever goes wrong there, the greedy plan stands, and the preview says so.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import ValidationError

from services.scheduling.domain.cover import Site
from services.scheduling.domain.interpreting import Interpreters
from services.scheduling.domain.place import Block
from services.scheduling.domain.replanning import ImprovementOutcome, placed, without
from services.scheduling.planning.around import Around, Sight
from services.scheduling.planning.asking import ask
from services.scheduling.planning.cover import whole_days
from services.scheduling.planning.kept import NOTHING
from services.scheduling.planning.options import Planned, Spot, Unit, Where, broken, unit_of
from services.scheduling.planning.problem import Choice, Problem, problem_of
from services.scheduling.planning.reach import Change, Proposal, against, beside, crowded, spoken
from services.scheduling.planning.series import number_of
from services.scheduling.promised import promised
from shared.clinicfile.store import active_clinic

Better = tuple[Choice, dict[UUID, Proposal]]


@dataclass(frozen=True, slots=True)
class Improvement:
    """What became of the search, what the plan weighs, and what the greedy one weighs."""

    outcome: ImprovementOutcome
    weight: int
    greedy_weight: int


async def improved(greedy: Sequence[Planned]) -> tuple[list[Proposal], Improvement]:
    """The lighter plan if there is one, else the greedy one, in the same order.

    Whoever is affected in two courses, or a course and a visit, keeps what greedy found: gaps between them are looked
    at when they are booked. What they are offered counts in no weight.
    """
    proposals = [planned.proposal for planned in greedy]
    times = Counter(proposal.first.patient_id for proposal in proposals)
    own = [planned for planned in greedy if times[planned.proposal.first.patient_id] == 1]
    fixed = [change for one in proposals if times[one.first.patient_id] > 1 for change in one.changes]
    units = [await unit_of(planned, fixed, len(own)) for planned in own]
    sight = greedy[0].reach.sight
    problem = problem_of(units, await _sites(sight, units, fixed), await _pools(sight, units, fixed))
    outcome, better = await _better(problem, fixed)
    before = problem.weight(problem.greedy)
    if better is None:
        return proposals, Improvement(outcome, before, before)
    choice, found = better
    return [found.get(one.first.id, one) for one in proposals], Improvement(outcome, problem.weight(choice), before)


async def _better(problem: Problem, fixed: Sequence[Change]) -> tuple[ImprovementOutcome, Better | None]:
    """A lighter choice if the improver finds one; it is not asked when nobody could have less."""
    if problem.least >= problem.weight(problem.greedy):
        return ImprovementOutcome.NOT_NEEDED, None
    seconds = min(unit.policy.improve_seconds for unit in problem.units)
    return judged(problem, await ask(problem.told(), seconds) if seconds else None, fixed)


def judged(
    problem: Problem, answer: bytes | None, fixed: Sequence[Change]
) -> tuple[ImprovementOutcome, Better | None]:  # fmt: skip
    """What an answer of the improver is good for: only a lighter choice that breaks no rule, with its proposals."""
    try:
        choice = Choice.model_validate_json(answer or b"")
        if problem.weight(choice) >= problem.weight(problem.greedy):
            return ImprovementOutcome.NO_BETTER, None
        found = proposals_of(problem, choice, fixed)
    except (ValidationError, LookupError, ValueError):
        return ImprovementOutcome.NOT_IMPROVED, None
    if found is None:
        return ImprovementOutcome.NOT_IMPROVED, None
    return ImprovementOutcome.IMPROVED, (choice, found)


def proposals_of(problem: Problem, choice: Choice, fixed: Sequence[Change]) -> dict[UUID, Proposal] | None:
    """What everybody is offered, by first appointment; None when a rule stands against any of it."""
    kept, found = list(fixed), dict[UUID, Proposal]()
    for number, unit in enumerate(problem.units):
        changes = problem.changes(choice, number)
        if not _valid(unit, changes, kept):
            return None
        kept += [change for _, change in changes]
        found[unit.first.id] = Proposal(unit.rows, [change for _, change in changes])
    for unit in problem.units:
        if not found[unit.first.id].changes:
            found[unit.first.id] = _unplaced(unit, kept)
    return found


async def _sites(sight: Sight, units: Sequence[Unit], fixed: Sequence[Change]) -> dict[Where, Site]:
    """The locations with a roster where anybody may go, with all that is booked, held or fixed there."""
    found = dict[Where, Site]()
    for where, spots in _coming(units, lambda spot: spot.load is not None).items():
        around, span = await _around(sight, where[0], spots)
        cover = promised(spots[0].room.cover, "cover")
        site = around.cover(cover.modality, span, NOTHING).site
        if site is not None:
            found[where] = crowded(site, cover, _fixed_at(fixed, where))
    return found


async def _pools(sight: Sight, units: Sequence[Unit], fixed: Sequence[Change]) -> dict[Where, Interpreters]:
    """Who interprets where somebody may go who needs that, with all that is booked, held or fixed there."""
    found = dict[Where, Interpreters]()
    for where, spots in _coming(units, lambda spot: spot.talk is not None).items():
        around, span = await _around(sight, where[0], spots)
        voices = await sight.voices(where[0], around)
        if voices is not None:
            found[where] = spoken(voices.pool(span), _fixed_at(fixed, where))
    return found


def _coming(units: Sequence[Unit], wanted: Callable[[Spot], bool]) -> dict[Where, list[Spot]]:
    """The spots that are wanted, by location."""
    found = defaultdict[Where, list[Spot]](list)
    for unit in units:
        for spot in {spot.key: spot for option in unit.options for spot in option}.values():
            if wanted(spot):
                found[spot.where].append(spot)
    return found


async def _around(sight: Sight, clinic_id: UUID, spots: Sequence[Spot]) -> tuple[Around, Block]:
    """What the spots of one location have around them, and the days that they are on."""
    file = (await active_clinic(sight.uow, clinic_id)).file
    span = whole_days(min(s.block.starts_at for s in spots), max(s.block.ends_at for s in spots))
    return await sight.around(clinic_id, file, spots[0].room.location, span), span


def _fixed_at(fixed: Sequence[Change], where: Where) -> list[Change]:
    return [change for change in fixed if (change.appointment.clinic_id, change.location) == where]


def _valid(unit: Unit, changes: Sequence[tuple[Spot, Change]], kept: Sequence[Change]) -> bool:
    """Whether everything that is asked when it is booked holds, beside what others get."""
    series = None
    if unit.course is not None:
        series = without(unit.course.series, {number_of(row) for row in unit.rows})
        for spot, _ in changes:
            series = placed(series, number_of(spot.room.appointment), spot.block.starts_at)
        if changes and broken(unit.course, series, [spot for spot, _ in changes]):
            return False
    before = list(kept)
    for spot, change in changes:
        room = beside(spot.room, before).among(series)
        if room.violations(*room.limits.place.local(spot.block.starts_at)):
            return False
        if change.seat not in room.free_seats(spot.block, kept=spot.left):
            return False
        before.append(change)
    return True


def _unplaced(unit: Unit, kept: Sequence[Change]) -> Proposal:
    """Nothing is offered: greedy found nothing either, or others need what there is."""
    greedy = unit.proposal
    if not greedy.changes or unit.greedy is None:
        return Proposal(unit.rows, (), greedy.broken)
    spot = unit.options[unit.greedy][0]
    return Proposal(unit.rows, (), against(beside(spot.room, kept), spot.row))
