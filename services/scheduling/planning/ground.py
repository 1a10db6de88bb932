"""What planning stands on: the file's offer, closures, the patient's other bookings, what is taken. Reads only."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.course import Elsewhere
from services.scheduling.domain.place import Block, Closure, Place
from services.scheduling.models import LIVE_STATES, Appointment, ChairOutage, Course
from services.scheduling.models import Closure as ClosureRow
from services.scheduling.planning.held import Kept, blocks_of, held_elsewhere, held_of, held_seats
from shared.aliases import of_person
from shared.clinicfile.model import Chair, ClinicFile, Location, Protocol
from shared.db.unit_of_work import UnitOfWork
from shared.ids import derived_id
from shared.problems import INVALID_REQUEST, FieldError

_FREE = """
UPDATE slot_hold SET state = 'EXPIRED', version = version + 1
WHERE location_id = $1 AND state = 'HELD' AND held_until <= $2 RETURNING id, patient_id, clinic_id, version
"""
DOSED_STATES = [*LIVE_STATES, "ABORTED", "COMPLETED"]


def invalid(pointer: str, code: str, **params: object) -> Exception:
    """A refusal of one field."""
    return INVALID_REQUEST(errors=[FieldError(pointer, code, params)])


def location_of(file: ClinicFile, location_id: str) -> Location:
    """A location of the clinic. Raises INVALID_REQUEST."""
    location = next((place for place in file.locations if place.id == location_id), None)
    if location is None:
        raise invalid("/location", "UNKNOWN_LOCATION", known=[place.id for place in file.locations])
    return location


def require_on_grid(file: ClinicFile, at: time) -> None:
    """Blocks start on the clinic's grid. Raises INVALID_REQUEST."""
    since_midnight = at.hour * 60 + at.minute
    if at.second or at.microsecond or since_midnight % file.session.grid_minutes:
        raise invalid("/time", "NOT_ON_THE_GRID", grid_minutes=file.session.grid_minutes)


async def hold_location(uow: UnitOfWork, clinic_id: UUID, location: str) -> None:
    """Only one booking of a location at a time: two that insert the same slot at once would wait for each other.
    What was held there too long is free again, whether or not its timer has come.

    A booking locks in this order: patient, location, appointment, session, course. Who waits longer than the
    database's lock_timeout is answered 503 BUSY with Retry-After, and sends the same request again.
    """
    location_id = derived_id(clinic_id, location)
    await uow.sql("INSERT INTO location_lock VALUES ($1) ON CONFLICT DO NOTHING", location_id)
    await uow.sql("SELECT 1 FROM location_lock WHERE location_id = $1 FOR UPDATE", location_id)
    for hold in await uow.sql(_FREE, location_id, uow.now):
        known = {"patient_id": hold.patient_id, "clinic_id": hold.clinic_id, "version": hold.version}
        await uow.audit("update", "slot_hold", hold.id, **known)


def desk_id(clinic_id: UUID, location: str) -> UUID:
    """What a visit holds instead of a chair: one visit takes place at a location at a time."""
    return derived_id(clinic_id, f"{location}/desk")


async def place_of(uow: UnitOfWork, clinic_id: UUID, file: ClinicFile, location: Location, length: timedelta) -> Place:
    """A location with its hours and closures, for blocks of a length."""
    return Place(file.zone, location.hours, await closures_at(uow, clinic_id, location.id), length)


async def closures_at(uow: UnitOfWork, clinic_id: UUID, location: str) -> tuple[Closure, ...]:
    """Closures of a location, in order of time."""
    rows = select(ClosureRow).where(
        ClosureRow.organisation_id == uow.organisation_id, ClosureRow.clinic_id == clinic_id,
        (col(ClosureRow.location).is_(None)) | (col(ClosureRow.location) == location),
    )  # fmt: skip
    found = await uow.session.exec(rows.order_by(col(ClosureRow.first_day)))
    return tuple(Closure(row.first_day, row.last_day, row.reason) for row in found)


async def elsewhere(uow: UnitOfWork, patient_id: UUID, *, but: UUID | None = None) -> tuple[Elsewhere, ...]:
    """The patient's sessions at every clinic, booked or held, those of the course `but` left out: gap rules look across
    clinics."""
    rows = (
        select(Appointment.starts_at, Course.min_gap_hours)
        .join(Course, col(Course.id) == Appointment.course_id)
        .where(
            of_person(Appointment.patient_id, patient_id), Appointment.organisation_id == uow.organisation_id,
            col(Appointment.state).in_(DOSED_STATES),
        )
    )  # fmt: skip
    others = rows if but is None else rows.where(Appointment.course_id != but)
    found = [Elsewhere(starts_at, timedelta(hours=gap)) for starts_at, gap in await uow.session.exec(others)]
    return (*found, *await held_elsewhere(uow, patient_id, but=but))


async def busy(uow: UnitOfWork, patient_id: UUID) -> tuple[Block, ...]:
    """When the patient is booked already, for whatever kind, or held a slot."""
    return tuple(blocks_of(await own_time(uow, patient_id)))


async def own_time(uow: UnitOfWork, patient_id: UUID) -> list[Kept]:
    """The same, each with what takes it."""
    rows = select(Appointment.id, Appointment.starts_at, Appointment.ends_at).where(
        of_person(Appointment.patient_id, patient_id), Appointment.organisation_id == uow.organisation_id,
        col(Appointment.state).in_(LIVE_STATES),
    )  # fmt: skip
    booked = [Kept(Block(since, until), booked_id) for booked_id, since, until in await uow.session.exec(rows)]
    return [*booked, *await held_of(uow, patient_id)]


def chairs_of(file: ClinicFile, location: Location, protocol: Protocol) -> dict[UUID, Chair]:
    """The chairs that can take the protocol, in the file's order."""
    return {file.chair_id(location.id, c.id): c for c in location.chairs if protocol.modality in c.modalities}


async def taken(
    uow: UnitOfWork, seats: Sequence[UUID], since: datetime, until: datetime
) -> dict[UUID, list[Block]]:  # fmt: skip
    """When chairs, or desks, are booked, held or out of order between two instants."""
    found = await seats_taken(uow, seats, since, until)
    return {seat: blocks_of(kept) for seat, kept in found.items()}


async def seats_taken(
    uow: UnitOfWork, seats: Sequence[UUID], since: datetime, until: datetime
) -> dict[UUID, list[Kept]]:  # fmt: skip
    """The same, each with what takes it."""
    rows = select(Appointment.chair_id, Appointment.id, Appointment.starts_at, Appointment.ends_at).where(
        Appointment.organisation_id == uow.organisation_id, col(Appointment.chair_id).in_(seats),
        col(Appointment.state).in_(LIVE_STATES),
        col(Appointment.ends_at) > since, col(Appointment.starts_at) < until,
    )  # fmt: skip
    found: dict[UUID, list[Kept]] = defaultdict(list)
    for seat, booked_id, starts_at, ends_at in await uow.session.exec(rows):
        found[seat].append(Kept(Block(starts_at, ends_at), booked_id))
    for seat, block in await _out_of_order(uow, seats, since, until):
        found[seat].append(Kept(block))
    for seat, kept in await held_seats(uow, seats, since, until):
        found[seat].append(kept)
    return found


async def _out_of_order(
    uow: UnitOfWork, chairs: Sequence[UUID], since: datetime, until: datetime
) -> list[tuple[UUID, Block]]:
    rows = select(ChairOutage).where(
        ChairOutage.organisation_id == uow.organisation_id, col(ChairOutage.chair_id).in_(chairs),
        ChairOutage.state == "ACTIVE", col(ChairOutage.ends_at) > since, col(ChairOutage.starts_at) < until,
    )  # fmt: skip
    return [(row.chair_id, Block(row.starts_at, row.ends_at)) for row in await uow.session.exec(rows)]
