"""From a request for a course to dates and chairs, or to what stands in the way. Reads only; booking is a command."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.domain.cadence import Dates, Impossible, plan_dates
from services.scheduling.domain.care import Blocker, Order, treatment_blockers
from services.scheduling.domain.chairs import assign_chairs
from services.scheduling.domain.course import Elsewhere, Limits, Wish
from services.scheduling.domain.place import Block, Closure, Place, block_length
from services.scheduling.models import LIVE_STATES, Appointment, Course
from services.scheduling.models import Closure as ClosureRow
from services.scheduling.schemas.requests import CourseRequest
from shared.clinicfile.model import Chair, ClinicFile, Location, Protocol
from shared.clinicfile.store import ActiveClinic, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.problems import INVALID_REQUEST, FieldError


@dataclass(frozen=True, slots=True)
class Seat:
    """A planned session: its block and its chair, None when all are taken."""

    number: int
    block: Block
    chair: Chair | None


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

    @property
    def unseated(self) -> list[int]:
        """Numbers of the sessions without a chair."""
        return [seat.number for seat in self.seats if seat.chair is None]

    @property
    def bookable(self) -> bool:
        return bool(self.seats) and not self.unseated and not self.blockers


async def draft_course(uow: UnitOfWork, request: CourseRequest) -> Draft:
    """Dates and chairs for a course, as things stand now.

    Raises NO_CLINIC_FILE, and INVALID_REQUEST for a location, protocol, pattern or time that the clinic does not offer.
    """
    clinic = await active_clinic(uow, request.clinic_id)
    location, protocol = _offered(clinic.file, request)
    care = await records.care_of(uow, request.patient_id)
    order = care.order_for(protocol)
    minutes = order.content.minutes if order else protocol.dose.default_minutes
    place = Place(
        zone=clinic.file.zone, hours=location.hours, closures=await _closures(uow, request.clinic_id, location.id),
        length=block_length(clinic.file.session, minutes),
    )  # fmt: skip
    wish = Wish(request.start_on, request.pattern, request.time)
    _check_hours(place, wish)
    limits = Limits(
        protocol.course, wish, place, uow.now, order.expires_at if order else None,
        await _elsewhere(uow, request.patient_id),
    )  # fmt: skip
    dates = plan_dates(limits)
    chairs = _chairs(clinic.file, location, protocol)
    return Draft(
        clinic=clinic, location=location, protocol=protocol, order=order, length=place.length,
        blockers=treatment_blockers(care, protocol, uow.now, clinic.file.screening.screening_valid_days), dates=dates,
        seats=await _seats(uow, chairs, [limits.block(d) for d in dates.days]) if isinstance(dates, Dates) else (),
    )  # fmt: skip


def _offered(file: ClinicFile, request: CourseRequest) -> tuple[Location, Protocol]:
    location = next((place for place in file.locations if place.id == request.location), None)
    protocol = file.protocol(request.protocol)
    if location is None:
        raise _invalid("/location", "UNKNOWN_LOCATION", known=[place.id for place in file.locations])
    if protocol is None:
        raise _invalid("/protocol", "UNKNOWN_PROTOCOL", known=[known.id for known in file.protocols])
    if request.pattern not in map(frozenset, protocol.course.patterns):
        raise _invalid(
            "/pattern", "NOT_A_PATTERN_OF_THE_PROTOCOL", patterns=[list(p) for p in protocol.course.patterns]
        )
    since_midnight = request.time.hour * 60 + request.time.minute
    if request.time.second or request.time.microsecond or since_midnight % file.session.grid_minutes:
        raise _invalid("/time", "NOT_ON_THE_GRID", grid_minutes=file.session.grid_minutes)
    return location, protocol


def _check_hours(place: Place, wish: Wish) -> None:
    """Every weekday of the pattern must hold the block; only dated closures are worked around."""
    week = (wish.start_on + timedelta(days=n) for n in range(7))
    for day in week:
        shut = place.outside_hours(day, wish.at) if wish.wants(day) else None
        if shut in ("CLOSED_WEEKDAY", "OUTSIDE_HOURS"):
            raise _invalid(
                "/time", shut, weekday=day.strftime("%a").lower(), minutes=place.length.total_seconds() // 60
            )


def _invalid(pointer: str, code: str, **params: object) -> Exception:
    return INVALID_REQUEST(errors=[FieldError(pointer, code, params)])


async def _closures(uow: UnitOfWork, clinic_id: UUID, location: str) -> tuple[Closure, ...]:
    rows = select(ClosureRow).where(
        ClosureRow.organisation_id == uow.organisation_id, ClosureRow.clinic_id == clinic_id,
        (col(ClosureRow.location).is_(None)) | (col(ClosureRow.location) == location),
    )  # fmt: skip
    found = await uow.session.exec(rows.order_by(col(ClosureRow.first_day)))
    return tuple(Closure(row.first_day, row.last_day, row.reason) for row in found)


async def _elsewhere(uow: UnitOfWork, patient_id: UUID) -> tuple[Elsewhere, ...]:
    """The patient's live sessions at every clinic: gap rules look across clinics."""
    rows = (
        select(Appointment.starts_at, Course.min_gap_hours)
        .join(Course, col(Course.id) == Appointment.course_id)
        .where(
            Appointment.patient_id == patient_id, Appointment.organisation_id == uow.organisation_id,
            col(Appointment.state).in_([*LIVE_STATES, "COMPLETED"]),
        )
    )  # fmt: skip
    return tuple(Elsewhere(starts_at, timedelta(hours=gap)) for starts_at, gap in await uow.session.exec(rows))


def _chairs(file: ClinicFile, location: Location, protocol: Protocol) -> dict[UUID, Chair]:
    return {file.chair_id(location.id, c.id): c for c in location.chairs if protocol.modality in c.modalities}


async def _seats(uow: UnitOfWork, chairs: dict[UUID, Chair], blocks: Sequence[Block]) -> list[Seat]:
    assigned = assign_chairs(list(chairs), blocks, await _taken(uow, list(chairs), blocks))
    return [
        Seat(number, block, chairs[chair] if chair else None)
        for number, (block, chair) in enumerate(zip(blocks, assigned, strict=True), start=1)
    ]


async def _taken(uow: UnitOfWork, chairs: list[UUID], blocks: Sequence[Block]) -> dict[UUID, list[Block]]:
    rows = select(Appointment).where(
        Appointment.organisation_id == uow.organisation_id, col(Appointment.chair_id).in_(chairs),
        col(Appointment.state).in_(LIVE_STATES),
        col(Appointment.ends_at) > blocks[0].starts_at, col(Appointment.starts_at) < blocks[-1].ends_at,
    )  # fmt: skip
    taken: dict[UUID, list[Block]] = defaultdict(list)
    for row in await uow.session.exec(rows):
        taken[row.chair_id].append(Block(row.starts_at, row.ends_at))
    return taken
