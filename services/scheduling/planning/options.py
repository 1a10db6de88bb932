"""What each of those who are re-planned could be offered: whole proposals that break no rule by themselves. Reads only.

They are found by what greedy asks as well (`Room.alternatives`, `newly_broken`), at every location of the clinic, the
lightest first and a bounded number; which of them can be had together is decided in `improving`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.scheduling.domain.course import Violation
from services.scheduling.domain.cover import Load
from services.scheduling.domain.interpreting import Talk
from services.scheduling.domain.place import Block
from services.scheduling.domain.replanning import How, newly_broken, placed, without
from services.scheduling.domain.series import Series
from services.scheduling.domain.weighing import ANYTHING, CourseWishes, Slot, weight
from services.scheduling.models import Appointment
from services.scheduling.planning.moving import Room, Seat
from services.scheduling.planning.reach import (
    Change,
    Proposal,
    Reach,
    beside,
    change_to,
    days_after,
    days_around,
    unbounded,
)
from services.scheduling.planning.series import CourseNow, number_of
from services.scheduling.promised import promised
from shared.clinicfile.booking import ReplanPolicy
from shared.clinicfile.store import active_clinic

_MOST_IN_ALL = 2000  # places with a seat, so that the search takes seconds
_FEWEST = 12
_COURSES_KEPT = 24  # beginnings of a course that are followed on


Where = tuple[UUID, str]  # clinic and location


@dataclass(frozen=True, slots=True)
class Planned:
    """What greedy proposes, and how far its appointments may go."""

    reach: Reach
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Spot:
    """Another slot that an appointment can have alone, its seats then, and its weight but for the chair."""

    row: Appointment
    room: Room
    how: How
    block: Block
    weight: int

    def seats(self) -> list[Seat]:
        """Every seat that is free then."""
        return list(self.room.free_seats(self.block, kept=self.left))

    @property
    def left(self) -> Block | None:
        """When the appointment keeps its own seat until it has moved."""
        return None if self.how is How.SEAT else Block(self.row.starts_at, self.row.ends_at)

    def of_seat(self, policy_weight: int, seat: Seat) -> int:
        """What the chair weighs: another one, where the patient could have sat on its own."""
        return policy_weight if seat.id != self.row.chair_id and self.room.location.id == self.row.location else 0

    def change(self, seat: Seat) -> Change:
        """What the appointment becomes on a seat."""
        return change_to(self.room, self.row, self.how, self.block, seat)

    @property
    def where(self) -> Where:
        return self.row.clinic_id, self.room.location.id

    @property
    def load(self) -> Load | None:
        """What those on duty meet that is new for them; None for a visit, and where the session is booked then."""
        cover = self.room.cover
        if cover is None or self.how is How.SEAT:
            return None
        return Load(self.block, self.block.starts_at + cover.until_dose, cover.modality)

    @property
    def talk(self) -> Talk | None:
        """What those who interpret have to do that is new for them, as with `load`."""
        hearing = self.room.hearing
        return None if hearing is None or self.how is How.SEAT else Talk(self.block, hearing.language)

    @property
    def key(self) -> tuple[str, How, Block]:
        return self.room.location.id, self.how, self.block


@dataclass(frozen=True, slots=True)
class Unit:
    """One course or visit with its options, each a spot per appointment. `greedy`: the number of what greedy took."""

    proposal: Proposal
    policy: ReplanPolicy
    course: CourseNow | None
    options: Sequence[Sequence[Spot]]
    greedy: int | None

    @property
    def rows(self) -> Sequence[Appointment]:
        return self.proposal.appointments

    @property
    def first(self) -> Appointment:
        return self.proposal.first

    @property
    def without(self) -> int:
        """What it weighs when nothing is offered."""
        return self.policy.not_placed * len(self.rows)


def unit(
    proposal: Proposal, policy: ReplanPolicy, course: CourseNow | None, taken: Sequence[Spot],
    found: Sequence[Sequence[Spot]],
) -> Unit:  # fmt: skip
    """A unit with what greedy took, if anything, as the first option, and of the others those that have a seat."""
    keys = [spot.key for spot in taken]
    seated = [option for option in found if all(spot.seats() for spot in option)]
    if not taken:
        return Unit(proposal, policy, course, seated, None)
    others = [option for option in seated if [spot.key for spot in option] != keys]
    return Unit(proposal, policy, course, [taken, *others], 0)


async def unit_of(planned: Planned, fixed: Sequence[Change], units: int) -> Unit:
    """The options of one course or visit beside what is `fixed` for others; `units` share what can be looked at."""
    rows, reach = planned.proposal.appointments, planned.reach
    course = await reach.sight.course(rows[0].course_id) if rows[0].course_id else None
    finder = _Finder(reach, course, course.wishes if course else ANYTHING, fixed)
    seats = max(len((await finder.rooms(rows[0]))[0].seats), 1)
    most = max(_FEWEST, _MOST_IN_ALL // (units * seats))
    found = await (finder.of_course(course, rows, most) if course else finder.of_visit(rows[0], most))
    taken = [await finder.taken(change) for change in planned.proposal.changes]
    return unit(planned.proposal, reach.policy.replan, course, taken, found)


def spots(
    room: Room, row: Appointment, blocks: Iterable[Block], earliest: datetime, policy: ReplanPolicy,
    wishes: CourseWishes = ANYTHING,
) -> Iterator[Spot]:  # fmt: skip
    """Of blocks that break no rule those that can be offered, whether or not a seat is free that can be held."""
    for block in blocks:
        stays = block.starts_at == row.starts_at and room.location.id == row.location
        if stays or block.starts_at >= earliest:
            yield spot(room, row, How.SEAT if stays else How.MOVE, block, policy, wishes)


def spot(
    room: Room, row: Appointment, how: How, block: Block, policy: ReplanPolicy, wishes: CourseWishes = ANYTHING
) -> Spot:
    """A slot of a room with what it weighs for the appointment."""
    was = _slot(room, row.location, Block(row.starts_at, row.ends_at))
    now = _slot(room, room.location.id, block)
    return Spot(row, room, how, block, weight(policy, wishes, was, now, at_the_end=how is How.REPLACE))


@dataclass(frozen=True, slots=True)
class _Finder:
    reach: Reach
    course: CourseNow | None
    wishes: CourseWishes
    fixed: Sequence[Change]

    async def rooms(self, row: Appointment) -> list[Room]:
        """The room at each location of the clinic that has a seat, its own first."""
        file = (await active_clinic(self.reach.sight.uow, row.clinic_id)).file
        places = sorted((place.id for place in file.locations), key=lambda place: place != row.location)
        found = [await self.reach.near(row, self.fixed, location=place) for place in places]
        return [room for room in found if room.seats or room.location.id == row.location]

    async def of_visit(self, row: Appointment, most: int) -> list[Sequence[Spot]]:
        found = [one for room in await self.rooms(row) for one in self._near(room, row)]
        return [(one,) for one in sorted(found, key=_lightest)[:most]]

    async def of_course(self, course: CourseNow, rows: Sequence[Appointment], most: int) -> list[Sequence[Spot]]:
        """Session by session beside those that stand; what is followed on is the lightest so far."""
        begun = [(list[Spot](), without(course.series, {number_of(row) for row in rows}))]
        for index, row in enumerate(rows):
            last, rooms = index + 1 == len(rows), await self.rooms(row)
            longer = [
                ([*before, one], placed(series, number_of(row), one.block.starts_at))
                for before, series in begun
                for room in rooms
                for one in self._near(room.among(series), row, between=not last)
                if not any(one.block.overlaps(other.block) for other in before)
            ]
            if len(rows) == 1:
                longer += [([one], series) for one, series in await self._at_the_end(course, row, begun[0][1])]
            begun = sorted(longer, key=lambda one: _all_lightest(one[0]))[: most if last else _COURSES_KEPT]
        return [chosen for chosen, series in begun if not broken(course, series, chosen)]

    def _near(self, room: Room, row: Appointment, *, between: bool = False) -> Iterator[Spot]:
        """`between`: a session that follows is not placed yet, so that the gap behind this one is not known."""
        days = sorted(days_around(room, row, self.reach.days(row)))
        blocks = (unbounded(room) if between else room).alternatives(days)
        return spots(room, row, blocks, self.reach.earliest, self.reach.policy.replan, self.wishes)

    async def _at_the_end(self, course: CourseNow, row: Appointment, series: Series) -> list[tuple[Spot, Series]]:
        """One more session at the end instead of the only one that has to move."""
        if not series.standing:
            return []
        last = max(s.starts_at for s in series.standing)
        room = (await self._end_room(course, row, 0, last)).among(series)
        number = number_of(room.appointment)
        return [
            (self._spot(room, row, How.REPLACE, block), placed(series, number, block.starts_at))
            for block in room.alternatives(days_after(room, course, last)) if block.starts_at >= self.reach.earliest
        ]  # fmt: skip

    async def taken(self, change: Change) -> Spot:
        """The spot that greedy took."""
        row = change.appointment
        if change.how is not How.REPLACE:
            return self._spot(await self.reach.near(row, self.fixed), row, change.how, change.block)
        course = promised(self.course, "course of a session that is replaced")
        number = promised(change.number, "number of a session that is added")
        later = number - number_of(course.appointments[-1]) - 1
        room = await self._end_room(course, row, later, change.block.starts_at)
        return self._spot(room, row, change.how, change.block)

    async def _end_room(self, course: CourseNow, row: Appointment, later: int, last: datetime) -> Room:
        return beside(await self.reach.at_the_end(course, row, later, last), self.fixed)

    def _spot(self, room: Room, row: Appointment, how: How, block: Block) -> Spot:
        return spot(room, row, how, block, self.reach.policy.replan, self.wishes)


def broken(course: CourseNow, series: Series, spots: Sequence[Spot]) -> list[Violation]:
    """Every rule of the course that it breaks with these spots, which `series` has already."""
    return newly_broken(course.series, series, {number_of(s.room.appointment): s.block.starts_at for s in spots})


def _slot(room: Room, location: str, block: Block) -> Slot:
    day, at = room.limits.place.local(block.starts_at)
    return Slot(location, day, at, room.limits.place.local(block.ends_at)[1])


def _lightest(spot: Spot) -> tuple[int, datetime, str]:
    return spot.weight, spot.block.starts_at, spot.room.location.id


def _all_lightest(spots: Sequence[Spot]) -> tuple[int, list[tuple[int, datetime, str]]]:
    return sum(spot.weight for spot in spots), [_lightest(spot) for spot in spots]
