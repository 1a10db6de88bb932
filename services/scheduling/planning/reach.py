"""How far an appointment that cannot take place may go, and what others who are re-planned leave of it. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.scheduling.domain.cadence import MAX_SHIFT_DAYS
from services.scheduling.domain.course import Violation
from services.scheduling.domain.cover import Load, Site
from services.scheduling.domain.interpreting import Interpreters, Talk
from services.scheduling.domain.place import Block
from services.scheduling.domain.replanning import How
from services.scheduling.domain.series import Series
from services.scheduling.models import Appointment
from services.scheduling.planning.around import Sight
from services.scheduling.planning.cover import Cover
from services.scheduling.planning.moving import Room, Seat, room_to_move
from services.scheduling.planning.series import CourseNow, number_of
from services.scheduling.planning.wanted import one_more
from shared.clinicfile.booking import BookingPolicy
from shared.events.parts import Modality

_NO_GAP_TOO_LONG = 100_000  # days


@dataclass(frozen=True, slots=True)
class Change:
    """What an appointment becomes. `number` is that of the session, its own or, replaced, that of the added one.
    `language`: somebody interprets it then."""

    appointment: Appointment
    how: How
    block: Block
    seat: Seat
    location: str
    number: int | None = None
    modality: Modality | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a patient is offered for one course, or one visit. Without changes a person decides: `broken` says why."""

    appointments: Sequence[Appointment]
    changes: Sequence[Change]
    broken: Sequence[Violation] = ()

    @property
    def first(self) -> Appointment:
        return self.appointments[0]


@dataclass(frozen=True, slots=True)
class Reach:
    """Rooms of appointments that have to move, under the policy of their clinic."""

    sight: Sight
    policy: BookingPolicy

    @property
    def earliest(self) -> datetime:
        """From when on another slot can be offered."""
        return self.sight.uow.now + timedelta(hours=self.policy.offer_notice_hours)

    def days(self, row: Appointment) -> int:
        """How many days away another slot may be."""
        return self.policy.visit_reach_days if row.course_id is None else MAX_SHIFT_DAYS

    async def near(
        self, row: Appointment, kept: Sequence[Change], series: Series | None = None, location: str | None = None
    ) -> Room:
        """The room of an appointment that may move, beside what others get, at its own location unless told."""
        return beside(await self._room(row, row.starts_at, self.days(row), location), kept).among(series)

    async def at_the_end(self, course: CourseNow, row: Appointment, later: int, last: datetime) -> Room:
        """The room of one more session after `last` instead of `row`; `later`: so many more are added before it."""
        more = one_more(course, row.id, self.sight.uow.now)
        more.session_number = number_of(more) + later
        return await self._room(more, last, course.protocol.course.max_gap_days)

    async def _room(self, wanted: Appointment, around: datetime, reach: int, location: str | None = None) -> Room:
        day, further = around.date(), timedelta(days=reach + 1)
        return await room_to_move(self.sight.uow, wanted, location, (day - further, day + further), self.sight)


def days_around(room: Room, row: Appointment, reach: int) -> list[date]:
    """The appointment's day and those around it, the nearest and then the earlier first."""
    day = room.limits.place.local(row.starts_at)[0]
    return [day + timedelta(days=n) for n in sorted(range(-reach, reach + 1), key=lambda n: (abs(n), n))]


def days_after(room: Room, course: CourseNow, last: datetime) -> list[date]:
    """The days after a course's last session that the longest gap allows."""
    first = room.limits.place.local(last)[0]
    return [first + timedelta(days=n) for n in range(1, course.protocol.course.max_gap_days + 1)]


def unbounded(room: Room) -> Room:
    """The room as it is while the longest gap does not count: a session that follows is not placed yet."""
    if room.series is None:
        return room
    template = room.series.template.model_copy(update={"max_gap_days": _NO_GAP_TOO_LONG})
    return replace(room, series=replace(room.series, template=template))


def nearest(room: Room, row: Appointment, days: Sequence[date], earliest: datetime) -> Change | None:
    """The first time of these days that breaks no rule, of a day the one nearest to the appointment's hour."""
    place = room.limits.place
    at = place.local(row.starts_at)[1]
    free = room.alternatives(sorted(days))
    for day in days:
        same = place.block(day, at) if place.shut(day, at) is None else None
        starts = [block for block in free if place.local(block.starts_at)[0] == day]
        for block in sorted(starts, key=lambda one: abs(one.starts_at - same.starts_at) if same else timedelta()):
            stays = block.starts_at == row.starts_at
            seat = room.seat(block, kept=None if stays else Block(row.starts_at, row.ends_at))
            if seat is not None and (stays or block.starts_at >= earliest):
                return change_to(room, row, How.SEAT if stays else How.MOVE, block, seat)
    return None


def change_to(room: Room, row: Appointment, how: How, block: Block, seat: Seat) -> Change:
    """What the appointment becomes in its room."""
    return Change(
        row, how, block, seat, room.location.id, room.appointment.session_number,
        room.cover.modality if room.cover else None, room.hearing.language if room.hearing else None,
    )  # fmt: skip


def against(room: Room, row: Appointment) -> list[Violation]:
    """What stands against the same hour on the days around; every rule once."""
    at = room.limits.place.local(row.starts_at)[1]
    found = {v.code: v for day in days_around(room, row, MAX_SHIFT_DAYS) for v in room.violations(day, at)}
    return [found[code] for code in sorted(found)]


def beside(room: Room, kept: Sequence[Change]) -> Room:
    """The room as it is once others have what they are offered: their seats and nurses, and the patient's own time."""
    taken = {seat: list(blocks) for seat, blocks in room.taken.items()}
    for change in kept:
        taken.setdefault(change.seat.id, []).append(change.block)
    own = tuple(change.block for change in kept if change.appointment.patient_id == room.appointment.patient_id)
    return replace(
        room, taken=taken, limits=replace(room.limits, busy=(*room.limits.busy, *own)), cover=_cover(room, kept),
        hearing=replace(room.hearing, pool=spoken(room.hearing.pool, _here(room, kept))) if room.hearing else None,
    )  # fmt: skip


def _cover(room: Room, kept: Sequence[Change]) -> Cover | None:
    cover = room.cover
    if cover is None or cover.site is None:
        return cover
    return replace(cover, site=crowded(cover.site, cover, _here(room, kept)))


def _here(room: Room, kept: Sequence[Change]) -> list[Change]:
    """What is offered at the room's location."""
    where = room.appointment.clinic_id, room.location.id
    return [change for change in kept if (change.appointment.clinic_id, change.location) == where]


def crowded(site: Site, cover: Cover, here: Sequence[Change]) -> Site:
    """The site with what is offered there. Whoever only gets another chair is booked there then already."""
    more = [
        Load(change.block, change.block.starts_at + cover.until_dose, change.modality)
        for change in here if change.modality is not None and change.how is not How.SEAT
    ]  # fmt: skip
    return replace(site, loads=[*site.loads, *more])


def spoken(pool: Interpreters, here: Sequence[Change]) -> Interpreters:
    """The interpreters with what is offered there. Whoever only gets another chair has somebody then already."""
    more = [Talk(c.block, c.language) for c in here if c.language is not None and c.how is not How.SEAT]
    return replace(pool, booked=[*pool.booked, *more])
