"""What planning stands on: what the file offers, closures, one booking of a location at a time."""

from datetime import time, timedelta
from uuid import UUID

from services.scheduling.domain.needs import NONE, Needs
from services.scheduling.domain.place import Closure, Place
from shared.clinicfile.model import Chair, ClinicFile, Location, Protocol
from shared.db.unit_of_work import UnitOfWork
from shared.ids import derived_id
from shared.problems import INVALID_REQUEST, FieldError

_CLOSURES = """
SELECT first_day, last_day, reason FROM closure
WHERE organisation_id = $1 AND clinic_id = $2 AND (location IS NULL OR location = $3) ORDER BY first_day
"""
_FREE = """
UPDATE slot_hold SET state = 'EXPIRED', version = version + 1
WHERE location_id = $1 AND state = 'HELD' AND held_until <= $2 RETURNING id, patient_id, clinic_id, version
"""


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
    await uow.session.flush()
    rows = await uow.sql(_CLOSURES, uow.organisation_id, clinic_id, location)
    return tuple(Closure(row.first_day, row.last_day, row.reason) for row in rows)


def chairs_of(file: ClinicFile, location: Location, protocol: Protocol, needs: Needs = NONE) -> dict[UUID, Chair]:
    """The chairs that can take the protocol and suit the patient, in the file's order."""
    able = [c for c in location.chairs if protocol.modality in c.modalities and needs.met_by(c.suits)]
    return {file.chair_id(location.id, chair.id): chair for chair in able}
