"""Booked sessions that a roster does not cover. Reads only."""

from dataclasses import dataclass
from uuid import UUID

from services.scheduling.domain.cover import Shortage
from services.scheduling.domain.place import Block
from services.scheduling.models import Appointment
from services.scheduling.planning.cover import booked_only, booked_sessions, covered_by, watch_of, whole_days
from services.scheduling.planning.ground import location_of
from services.scheduling.planning.kept import But
from services.scheduling.planning.taken import taken_at
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A booked session and what it lacks."""

    appointment: Appointment
    shortages: list[Shortage]


async def uncovered_at(uow: UnitOfWork, clinic_id: UUID, location: str, span: Block) -> list[Uncovered]:
    """The live sessions of a location that overlap the span and lack something, in order of time; none where no roster
    is kept. Raises NO_CLINIC_FILE, INVALID_REQUEST for an unknown location."""
    file = (await active_clinic(uow, clinic_id)).file
    if not file.cover.rostered:
        return []
    place, around = location_of(file, location), whole_days(span.starts_at, span.ends_at)
    found = []
    booked = booked_only(await taken_at(uow, clinic_id, location, around))
    watch = await watch_of(uow, clinic_id, file, location, around, booked)
    for appointment, modality in await booked_sessions(uow, clinic_id, location, span):
        cover = covered_by(watch, file, place, modality, but=But(appointment.id))
        if shortages := cover.shortages(Block(appointment.starts_at, appointment.ends_at)):
            found.append(Uncovered(appointment, shortages))
    return found
