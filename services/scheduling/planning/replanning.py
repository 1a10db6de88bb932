"""From appointments that cannot take place to what their patients are offered instead. Reads only.

Greedy, in order of time (domain D.5): the same time on another chair, another hour of the same day, the nearest other
day; else a session is replaced by one more at the end of its course. A course is offered all of it or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from services.scheduling.domain.cadence import MAX_SHIFT_DAYS
from services.scheduling.domain.course import Violation
from services.scheduling.domain.cover import Load
from services.scheduling.domain.place import Block
from services.scheduling.domain.replanning import How, newly_broken, placed, without
from services.scheduling.domain.series import Series
from services.scheduling.models import Appointment
from services.scheduling.planning.around import Sight
from services.scheduling.planning.cover import Cover
from services.scheduling.planning.moving import Room, Seat, room_to_move
from services.scheduling.planning.series import CourseNow, number_of
from services.scheduling.planning.wanted import one_more
from shared.clinicfile.booking import BookingPolicy
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Modality

_AHEAD = timedelta(days=45)  # most courses end within it, so that a location is read once
_NO_GAP_TOO_LONG = 100_000  # days


@dataclass(frozen=True, slots=True)
class Change:
    """What an appointment becomes. `number` is that of the session, its own or, replaced, that of the added one."""

    appointment: Appointment
    how: How
    block: Block
    seat: Seat
    location: str
    number: int | None = None
    modality: Modality | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a patient is offered for one course, or one visit. Without changes a person decides: `broken` says why."""

    appointments: Sequence[Appointment]
    changes: Sequence[Change]
    broken: Sequence[Violation] = ()

    @property
    def first(self) -> Appointment:
        return self.appointments[0]


async def replan(uow: UnitOfWork, affected: Sequence[Appointment]) -> list[Proposal]:
    """A proposal per course and per visit, in order of time, none in the way of another. Raises NO_CLINIC_FILE."""
    found, kept, sight = list[Proposal](), list[Change](), Sight(uow, _AHEAD, beside_holds=True)
    for group in _groups(affected):
        policy = (await active_clinic(uow, group[0].clinic_id)).file.booking
        plan = _Plan(sight, policy, kept)
        proposal = await (plan.visit(group[0]) if group[0].course_id is None else plan.course(group))
        kept += proposal.changes
        found.append(proposal)
    return found


def _groups(affected: Sequence[Appointment]) -> list[list[Appointment]]:
    def whose(row: Appointment) -> UUID:
        return row.course_id or row.id

    together = [list(rows) for _, rows in groupby(sorted(affected, key=whose), key=whose)]
    ordered = [sorted(rows, key=lambda row: (row.starts_at, row.id)) for rows in together]
    return sorted(ordered, key=lambda rows: (rows[0].starts_at, rows[0].id))


@dataclass(frozen=True, slots=True)
class _Plan:
    """One proposal in the making, beside what is proposed to others already."""

    sight: Sight
    policy: BookingPolicy
    kept: Sequence[Change]

    async def visit(self, row: Appointment) -> Proposal:
        room = await self._room(row, row, self.policy.visit_reach_days, self.kept)
        change = self._nearest(room, row, _around(room, row, self.policy.visit_reach_days), between=False)
        return Proposal([row], [change]) if change else Proposal([row], (), _why(room, row))

    async def course(self, rows: Sequence[Appointment]) -> Proposal:
        course, changes = await _course_of(self.sight, rows[0]), list[Change]()
        series = without(course.series, {number_of(row) for row in rows})
        for index, row in enumerate(rows):
            between = index + 1 < len(rows)
            room = await self._room(row, row, MAX_SHIFT_DAYS, [*self.kept, *changes], series)
            days = _around(room, row, MAX_SHIFT_DAYS)
            change = self._nearest(room, row, days, between=between)
            change = change or await self._at_the_end(course, series, row, changes)
            if change is None:
                return Proposal(rows, (), _why(room, row))
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
        more = one_more(course, row.id, self.sight.uow.now)
        more.session_number = number_of(more) + sum(change.how is How.REPLACE for change in changes)
        last = max(s.starts_at for s in series.standing)
        room = await self._room(row, more, course.protocol.course.max_gap_days, [*self.kept, *changes], series, last)
        first = room.limits.place.local(last)[0]
        days = [first + timedelta(days=n) for n in range(1, course.protocol.course.max_gap_days + 1)]
        found = self._nearest(room, row, days, between=False)
        return replace(found, how=How.REPLACE, number=number_of(more)) if found else None

    async def _room(
        self, row: Appointment, wanted: Appointment, reach: int, kept: Sequence[Change], series: Series | None = None,
        around: datetime | None = None,
    ) -> Room:  # fmt: skip
        day = (around or row.starts_at).date()
        days = day - timedelta(days=reach + 1), day + timedelta(days=reach + 1)
        room = beside(await room_to_move(self.sight.uow, wanted, None, days, self.sight), kept)
        if series is None or room.series is None:
            return room
        return replace(room, series=replace(series, template=room.series.template))

    def _nearest(self, room: Room, row: Appointment, days: Sequence[date], *, between: bool) -> Change | None:
        """The first time of these days that breaks no rule, of a day the one nearest to its hour.

        `between`: a session that follows is not placed yet, so that the gap behind this one is not known.
        """
        place = room.limits.place
        at = place.local(row.starts_at)[1]
        earliest = self.sight.uow.now + timedelta(hours=self.policy.offer_notice_hours)
        free = (_between(room) if between else room).alternatives(sorted(days))
        for day in days:
            same = place.block(day, at) if place.shut(day, at) is None else None
            starts = [block for block in free if place.local(block.starts_at)[0] == day]
            for block in sorted(starts, key=lambda one: abs(one.starts_at - same.starts_at) if same else timedelta()):
                stays = block.starts_at == row.starts_at
                seat = room.seat(block, kept=None if stays else Block(row.starts_at, row.ends_at))
                if seat is not None and (stays or block.starts_at >= earliest):
                    return _change(room, row, block, seat, stays=stays)
        return None


async def _course_of(sight: Sight, row: Appointment) -> CourseNow:
    if row.course_id is None:
        raise LookupError("a session has a course")
    return await sight.course(row.course_id)


def _around(room: Room, row: Appointment, reach: int) -> list[date]:
    """The appointment's day and those around it, the nearest and then the earlier first."""
    day = room.limits.place.local(row.starts_at)[0]
    return [day + timedelta(days=n) for n in sorted(range(-reach, reach + 1), key=lambda n: (abs(n), n))]


def _between(room: Room) -> Room:
    """The room as it is while the longest gap does not count."""
    if room.series is None:
        return room
    template = room.series.template.model_copy(update={"max_gap_days": _NO_GAP_TOO_LONG})
    return replace(room, series=replace(room.series, template=template))


def _change(room: Room, row: Appointment, block: Block, seat: Seat, *, stays: bool) -> Change:
    return Change(
        row, How.SEAT if stays else How.MOVE, block, seat, room.location.id, room.appointment.session_number,
        room.cover.modality if room.cover else None,
    )  # fmt: skip


def _why(room: Room, row: Appointment) -> list[Violation]:
    """What stands against the same hour on the days around; every rule once."""
    at = room.limits.place.local(row.starts_at)[1]
    found = {v.code: v for day in _around(room, row, MAX_SHIFT_DAYS) for v in room.violations(day, at)}
    return [found[code] for code in sorted(found)]


def beside(room: Room, kept: Sequence[Change]) -> Room:
    """The room as it is once others have what they are offered: their seats and nurses, and the patient's own time."""
    taken = {seat: list(blocks) for seat, blocks in room.taken.items()}
    for change in kept:
        taken.setdefault(change.seat.id, []).append(change.block)
    own = tuple(change.block for change in kept if change.appointment.patient_id == room.appointment.patient_id)
    return replace(
        room, taken=taken, limits=replace(room.limits, busy=(*room.limits.busy, *own)), cover=_cover(room, kept)
    )


def _cover(room: Room, kept: Sequence[Change]) -> Cover | None:
    cover = room.cover
    if cover is None or cover.site is None:
        return cover
    more = [
        Load(change.block, change.block.starts_at + cover.until_dose, change.modality)
        for change in kept if change.modality is not None and change.location == room.location.id
    ]  # fmt: skip
    return replace(cover, site=replace(cover.site, loads=[*cover.site.loads, *more]))
