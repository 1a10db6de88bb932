"""From a request for a course to dates and chairs, or to what stands in the way. Reads only; booking is a command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.scheduling import records
from services.scheduling.domain.cadence import Dates, Impossible, plan_dates
from services.scheduling.domain.care import Blocker, Order, treatment_blockers
from services.scheduling.domain.chairs import assign_chairs
from services.scheduling.domain.course import Limits, Wish
from services.scheduling.domain.cover import Shortage
from services.scheduling.domain.interval import Interval
from services.scheduling.domain.needs import NONE, Needs, booking_needs, needs_of
from services.scheduling.domain.place import Block, Place, block_length
from services.scheduling.domain.spray import is_spray, spray_blockers
from services.scheduling.planning.cover import covered_by, watch_of, whole_days
from services.scheduling.planning.ground import (
    chairs_of,
    invalid,
    location_of,
    place_of,
    require_on_grid,
)
from services.scheduling.planning.interpreting import hearing_at
from services.scheduling.planning.kept import blocks_of
from services.scheduling.planning.own import elsewhere_of, own_time, taken_of
from services.scheduling.planning.taken import by_seat, taken_at
from services.scheduling.schemas.requests import CourseRequest
from shared.calendar import local_date
from shared.clinicfile.model import Chair, ClinicFile, Location, Protocol
from shared.clinicfile.store import ActiveClinic, active_clinic
from shared.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Seat:
    """A planned session: its block, its chair (None when all are taken), and what the roster lacks for it."""

    number: int
    block: Block
    chair: Chair | None
    shortages: Sequence[Shortage] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What could be booked now. `seats` is empty when no dates keep every rule."""

    clinic: ActiveClinic
    location: Location
    protocol: Protocol
    order: Order | None
    length: timedelta
    blockers: Sequence[Blocker]
    dates: Dates | Impossible
    seats: Sequence[Seat]
    interval: Interval | None = None
    needs: Needs = NONE

    @property
    def unseated(self) -> list[int]:
        """Numbers of the sessions without a chair."""
        return [seat.number for seat in self.seats if seat.chair is None]

    @property
    def uncovered(self) -> list[tuple[int, Shortage]]:
        """What the roster lacks, with the number of the session."""
        return [(seat.number, shortage) for seat in self.seats for shortage in seat.shortages]

    @property
    def bookable(self) -> bool:
        return bool(self.seats) and not self.unseated and not self.uncovered and not self.blockers


async def draft_course(uow: UnitOfWork, request: CourseRequest) -> Draft:
    """Dates and chairs for a course, as things stand now.

    Raises NO_CLINIC_FILE, and INVALID_REQUEST for a location, protocol, pattern or time that the clinic does not offer.
    """
    clinic = await active_clinic(uow, request.clinic_id)
    location, protocol = _offered(clinic.file, request)
    care = await records.care_of(uow, request.patient_id, request.clinic_id)
    needs = needs_of(await records.cards_of(uow, request.patient_id))
    order = care.order_for(protocol)
    minutes = order.content.minutes if order else protocol.dose.default_minutes
    length = block_length(clinic.file.session, minutes, watched=is_spray(protocol.modality))
    place = await place_of(uow, request.clinic_id, clinic.file, location, length)
    own = await own_time(uow, request.patient_id)
    wish = Wish(request.start_on, request.pattern, request.time)
    _check_hours(place, wish)
    limits = Limits(
        protocol.course, wish, place, uow.now, order.expires_at if order else None,
        elsewhere_of(own), tuple(blocks_of(taken_of(own))),
    )  # fmt: skip
    dates = plan_dates(limits)
    blocks = [limits.block(day) for day in dates.days] if isinstance(dates, Dates) else []
    return Draft(
        clinic=clinic, location=location, protocol=protocol, order=order, length=length,
        blockers=[
            *treatment_blockers(care, protocol, uow.now, clinic.file.screening.screening_valid_days),
            *spray_blockers(care, protocol, clinic.file, uow.now),
            *booking_needs(needs),
        ],
        needs=needs,
        dates=dates, interval=await _interval(uow, request, order, clinic.file.zone),
        seats=await _seats(uow, request.clinic_id, clinic.file, location, protocol, blocks, needs) if blocks else (),
    )  # fmt: skip


async def _interval(uow: UnitOfWork, request: CourseRequest, order: Order | None, zone: str) -> Interval | None:
    """What the order says about the time since the last session at the clinic."""
    if order is None or order.content.interval_days is None:
        return None
    last = await records.last_session_at(uow, request.patient_id, request.clinic_id)
    return Interval(order.content.interval_days, local_date(last, zone)) if last else None


def _offered(file: ClinicFile, request: CourseRequest) -> tuple[Location, Protocol]:
    location, protocol = location_of(file, request.location), file.protocol(request.protocol)
    if protocol is None:
        raise invalid("/protocol", "UNKNOWN_PROTOCOL", known=[known.id for known in file.protocols])
    if request.pattern not in map(frozenset, protocol.course.patterns):
        raise invalid("/pattern", "NOT_A_PATTERN_OF_THE_PROTOCOL", patterns=[list(p) for p in protocol.course.patterns])
    require_on_grid(file, request.time)
    return location, protocol


def _check_hours(place: Place, wish: Wish) -> None:
    """Every weekday of the pattern must hold the block; only dated closures are worked around."""
    week = (wish.start_on + timedelta(days=n) for n in range(7))
    for day in week:
        shut = place.outside_hours(day, wish.at) if wish.wants(day) else None
        if shut in ("CLOSED_WEEKDAY", "OUTSIDE_HOURS"):
            raise invalid("/time", shut, weekday=day.strftime("%a").lower(), minutes=place.length.total_seconds() // 60)


async def _seats(
    uow: UnitOfWork, clinic_id: UUID, file: ClinicFile, location: Location, protocol: Protocol,
    blocks: Sequence[Block], needs: Needs,
) -> list[Seat]:  # fmt: skip
    chairs = chairs_of(file, location, protocol, needs)
    span = whole_days(blocks[0].starts_at, blocks[-1].ends_at)
    taken = await taken_at(uow, clinic_id, location.id, span)
    watch = await watch_of(uow, clinic_id, file, location.id, span, taken)
    cover = covered_by(watch, file, location, protocol.modality)
    hearing = await hearing_at(uow, needs.language, clinic_id, location, span, watch)
    seats = by_seat(taken)
    known = {chair: blocks_of(seats.get(chair, ())) for chair in chairs}
    assigned = assign_chairs(list(chairs), blocks, known)
    return [
        Seat(
            number, block, chairs[chair] if chair else None,
            [*cover.shortages(block), *(hearing.shortages(block) if hearing else ())],
        )
        for number, (block, chair) in enumerate(zip(blocks, assigned, strict=True), start=1)
    ]  # fmt: skip
