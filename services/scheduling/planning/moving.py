"""Where a booked appointment may go: every rule it would break at another time, and the times that break none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from services.scheduling.domain.care import newest_for
from services.scheduling.domain.course import Limits, Violation, Wish
from services.scheduling.domain.cover import Shortage
from services.scheduling.domain.finding import Search, Staffing
from services.scheduling.domain.interpreting import Hearing
from services.scheduling.domain.minutes import BetweenMinutes
from services.scheduling.domain.needs import unclear_needs
from services.scheduling.domain.place import Block, block_length
from services.scheduling.domain.series import Series
from services.scheduling.domain.spray import is_spray
from services.scheduling.domain.visits import free_starts
from services.scheduling.models import Appointment
from services.scheduling.planning.around import Around, Sight
from services.scheduling.planning.cover import Cover, told_of
from services.scheduling.planning.ground import chairs_of, desk_id, location_of
from services.scheduling.planning.kept import But
from services.scheduling.planning.series import number_of
from shared.clinicfile.model import CourseTemplate, Location
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork

FREE = CourseTemplate(sessions=1, patterns=(("mon",),), min_gap_hours=0, max_gap_days=1, window_days=(1, 1))


@dataclass(frozen=True, slots=True)
class Seat:
    """What an appointment holds: a chair by id and name, or the desk of the location."""

    id: UUID
    name: str | None


@dataclass(frozen=True, slots=True)
class Room:
    """Everything around an appointment that decides where it may go. `series` is None for a visit. `seats` are those
    that suit the patient; `unseated` is the rule that is broken where none is free. `hearing`: somebody interprets.
    """

    appointment: Appointment
    location: Location
    limits: Limits
    series: Series | None
    blocking: Sequence[Violation]
    seats: Sequence[Seat]
    taken: dict[UUID, list[Block]]
    grid: timedelta
    cover: Cover | None = None
    unseated: str = "NO_CHAIR_FREE"
    hearing: Hearing | None = None

    def among(self, series: Series | None) -> "Room":
        """The room beside other sessions of the course, under the rules that hold here."""
        if series is None or self.series is None:
            return self
        return replace(self, series=replace(series, template=self.series.template))

    def violations(self, day: date, at: time) -> list[Violation]:
        """Every rule that the appointment would break at that local time; a time that cannot be is one alone."""
        limits = replace(self.limits, wish=replace(self.limits.wish, at=at))
        shut = limits.place.shut(day, at)
        if shut == "CLOCK_SKIPS_TIME":
            return [Violation(shut)]
        block = limits.block(day)
        return [
            *self.blocking, *([Violation(shut)] if shut else []), *limits.alone(day), *self._in_course(block),
            *([] if self.seat(block) else [Violation(self.unseated)]), *self._uncovered(block),
        ]  # fmt: skip

    def _in_course(self, block: Block) -> Iterator[Violation]:
        if self.series is not None:
            yield from self.series.violations(number_of(self.appointment), block.starts_at)

    def _uncovered(self, block: Block) -> Iterator[Violation]:
        if self.cover is not None:
            yield from self._told(self.cover.shortages(block))
        if self.hearing is not None:
            yield from self._told(self.hearing.shortages(block))

    def _told(self, shortages: Sequence[Shortage]) -> Iterator[Violation]:
        for shortage in shortages:
            yield Violation(shortage.code, params=told_of(shortage, self.limits.place.zone))

    def seat(self, block: Block, wished: UUID | None = None, *, kept: Block | None = None) -> Seat | None:
        """The seat `wished`, else the one it has, if that is free then; else the first free one."""
        return next(self.free_seats(block, wished, kept=kept), None)

    def free_seats(self, block: Block, wished: UUID | None = None, *, kept: Block | None = None) -> Iterator[Seat]:
        """Every seat that is free then, the one `wished`, else the one it has, first.

        `kept`: the appointment keeps its own seat then until it has moved, so that a slot cannot be held on that.
        """
        own_first = sorted(self.seats, key=lambda seat: seat.id != (wished or self.appointment.chair_id))
        own = {self.appointment.chair_id} if kept is not None and block.overlaps(kept) else set()
        for seat in own_first:
            if seat.id not in own and not any(block.overlaps(other) for other in self.taken.get(seat.id, ())):
                yield seat

    def alternatives(self, days: Sequence[date]) -> Sequence[Block]:
        """Blocks of those days, which ascend, at which no rule is broken, in order of time."""
        if self.blocking:
            return []
        try:
            return self._search().blocks(days)
        except BetweenMinutes:
            return list(self.one_by_one(days))

    def one_by_one(self, days: Sequence[date]) -> Iterator[Block]:
        """The same by asking every rule about every time."""
        for block in free_starts(self.limits.place, days, self.grid, self.limits.busy, self.limits.now):
            if not self.violations(*self.limits.place.local(block.starts_at)):
                yield block

    def _search(self) -> Search:
        cover, number = self.cover, 0 if self.series is None else number_of(self.appointment)
        staffing = Staffing(cover.site, cover.until_dose, cover.modality) if cover and cover.site else None
        seats = [self.taken.get(seat.id, ()) for seat in self.seats]
        return Search(self.limits, self.grid, seats, self.series, number, staffing, self.hearing)


async def room_to_move(
    uow: UnitOfWork, appointment: Appointment, location_id: str | None, days: tuple[date, date],
    sight: Sight | None = None,
) -> Room:  # fmt: skip
    """Read what decides about a move to some local days, or look at what `sight` has read already.

    Raises NO_CLINIC_FILE, INVALID_REQUEST for the location.
    """
    file = (await active_clinic(uow, appointment.clinic_id)).file
    location = location_of(file, location_id or appointment.location)
    sight = sight or Sight(uow)
    around = await sight.around(appointment.clinic_id, file, location, _surrounding(days))
    if appointment.course_id is None:
        return await _visit_room(sight, appointment, around, days)
    return await _session_room(sight, appointment, appointment.course_id, around, days)


async def _visit_room(sight: Sight, appointment: Appointment, around: Around, days: tuple[date, date]) -> Room:
    limits = Limits(
        FREE, Wish(days[0], frozenset(), time()), around.place(appointment.ends_at - appointment.starts_at),
        sight.uow.now, busy=await sight.busy(appointment.patient_id, sight.but(appointment.id)),
    )  # fmt: skip
    seats, but = [Seat(desk_id(appointment.clinic_id, around.location.id), None)], sight.but(appointment.id)
    hearing = await sight.hearing(appointment.patient_id, appointment.clinic_id, around, _surrounding(days), but)
    return replace(_room(appointment, around, limits, seats, days, but), hearing=hearing)


async def _session_room(
    sight: Sight, appointment: Appointment, course_id: UUID, around: Around, days: tuple[date, date]
) -> Room:  # fmt: skip
    file, patient_id, but = around.file, appointment.patient_id, sight.but(appointment.id)
    course = await sight.course(course_id)
    protocol = file.protocol(course.protocol.id) or course.protocol
    order = newest_for(protocol, await sight.orders(patient_id, appointment.clinic_id))
    minutes = order.content.minutes if order else protocol.dose.default_minutes
    length = block_length(file.session, minutes, watched=is_spray(protocol.modality))
    limits = Limits(
        protocol.course, Wish(days[0], frozenset(), time()), around.place(length), sight.uow.now,
        order.expires_at if order else None, await sight.elsewhere(patient_id, course_id),
        await sight.busy(patient_id, but),
    )  # fmt: skip
    needs = await sight.needs(patient_id)
    chairs = chairs_of(file, around.location, protocol, needs)
    seats = [Seat(chair_id, chair.id) for chair_id, chair in chairs.items()]
    return replace(
        _room(appointment, around, limits, seats, days, but), series=replace(course.series, template=protocol.course),
        blocking=[*([] if order else [Violation("ORDER_MISSING")]), *unclear_needs(needs)], unseated=needs.unseated,
        cover=around.cover(protocol.modality, _surrounding(days), but),
        hearing=await sight.hearing(patient_id, appointment.clinic_id, around, _surrounding(days), but),
    )  # fmt: skip


def _room(
    appointment: Appointment, around: Around, limits: Limits, seats: Sequence[Seat], days: tuple[date, date], but: But
) -> Room:  # fmt: skip
    taken = around.taken([seat.id for seat in seats], _surrounding(days), but)
    grid = timedelta(minutes=around.file.session.grid_minutes)
    return Room(appointment, around.location, limits, None, (), seats, taken, grid)


def _surrounding(days: tuple[date, date]) -> Block:
    """Instants that surround local days in any zone."""
    first, last = (datetime.combine(day, time(), UTC) for day in days)
    return Block(first - timedelta(days=1), last + timedelta(days=2))
