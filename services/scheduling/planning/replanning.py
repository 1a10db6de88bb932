"""From appointments that cannot take place to what their patients are offered instead. Reads only.

Greedy, in order of time (domain D.5): the same time on another chair, another hour of the same day, the nearest other
day; else a session is replaced by one more at the end of its course. A course is offered all of it or nothing. Then
`improving` looks whether all of it can be had with less change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from services.scheduling.domain.replanning import How, newly_broken, placed, without
from services.scheduling.domain.series import Series
from services.scheduling.models import Appointment
from services.scheduling.planning.around import Sight
from services.scheduling.planning.improving import Improvement, improved
from services.scheduling.planning.options import Planned
from services.scheduling.planning.reach import (
    Change,
    Proposal,
    Reach,
    against,
    beside,
    days_after,
    days_around,
    nearest,
    unbounded,
)
from services.scheduling.planning.series import CourseNow, number_of
from services.scheduling.promised import promised
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork

_AHEAD = timedelta(days=45)  # most courses end within it, so that a location is read once
Shown = Callable[[Sequence[Proposal]], bool]


async def replan(
    uow: UnitOfWork, affected: Sequence[Appointment], shown: Shown | None = None
) -> tuple[list[Proposal], Improvement | None]:
    """A proposal per course and per visit, in order of time, none in the way of another, and how it was improved.

    `shown`: says whether proposals are those that a preview showed; what was shown unimproved stays so, and None is
    told of it. Raises NO_CLINIC_FILE.
    """
    sight = Sight(uow, _AHEAD, beside_holds=True)
    greedy, kept = list[Planned](), list[Change]()
    for group in _groups(affected):
        reach = Reach(sight, (await active_clinic(uow, group[0].clinic_id)).file.booking)
        plan = _Plan(reach, kept)
        proposal = await (plan.visit(group[0]) if group[0].course_id is None else plan.course(group))
        kept += proposal.changes
        greedy.append(Planned(reach, proposal))
    proposals = [planned.proposal for planned in greedy]
    if not greedy or (shown is not None and shown(proposals)):
        return proposals, None
    return await improved(greedy)


def _groups(affected: Sequence[Appointment]) -> list[list[Appointment]]:
    def whose(row: Appointment) -> UUID:
        return row.course_id or row.id

    together = [list(rows) for _, rows in groupby(sorted(affected, key=whose), key=whose)]
    ordered = [sorted(rows, key=lambda row: (row.starts_at, row.id)) for rows in together]
    return sorted(ordered, key=lambda rows: (rows[0].starts_at, rows[0].id))


@dataclass(frozen=True, slots=True)
class _Plan:
    """One proposal in the making, beside what is proposed to others already."""

    reach: Reach
    kept: Sequence[Change]

    async def visit(self, row: Appointment) -> Proposal:
        room = await self.reach.near(row, self.kept)
        change = nearest(room, row, days_around(room, row, self.reach.days(row)), self.reach.earliest)
        return Proposal([row], [change]) if change else Proposal([row], (), against(room, row))

    async def course(self, rows: Sequence[Appointment]) -> Proposal:
        course_id = promised(rows[0].course_id, "course of a session")
        course, changes = await self.reach.sight.course(course_id), list[Change]()
        series = without(course.series, {number_of(row) for row in rows})
        for index, row in enumerate(rows):
            room = await self.reach.near(row, [*self.kept, *changes], series)
            days = days_around(room, row, self.reach.days(row))
            change = nearest(unbounded(room) if index + 1 < len(rows) else room, row, days, self.reach.earliest)
            change = change or await self._at_the_end(course, series, row, changes)
            if change is None:
                return Proposal(rows, (), against(room, row))
            series = placed(series, change.number or 0, change.block.starts_at)
            changes.append(change)
        moved = {change.number or 0: change.block.starts_at for change in changes}
        broken = newly_broken(course.series, series, moved)
        return Proposal(rows, (), broken) if broken else Proposal(rows, changes)

    async def _at_the_end(
        self, course: CourseNow, series: Series, row: Appointment, changes: Sequence[Change]
    ) -> Change | None:
        """One more session after the last that stands, on the first day that keeps every rule."""
        if not series.standing:
            return None
        last = max(s.starts_at for s in series.standing)
        alone = await self.reach.at_the_end(course, row, sum(c.how is How.REPLACE for c in changes), last)
        room = beside(alone, [*self.kept, *changes]).among(series)
        found = nearest(room, row, days_after(room, course, last), self.reach.earliest)
        return replace(found, how=How.REPLACE) if found else None
