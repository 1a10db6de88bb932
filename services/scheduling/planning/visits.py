"""Free times of visits. Reads only; booking is a command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from services.scheduling import records
from services.scheduling.domain.appointment import SESSION
from services.scheduling.domain.cover import Shortage
from services.scheduling.domain.needs import needs_of
from services.scheduling.domain.place import Block, Place
from services.scheduling.domain.visits import free_starts
from services.scheduling.planning.cover import watch_of, whole_days
from services.scheduling.planning.ground import desk_id, invalid, location_of, place_of
from services.scheduling.planning.interpreting import hearing_at
from services.scheduling.planning.kept import blocks_of
from services.scheduling.planning.taken import by_seat, taken_at
from shared.clinicfile.model import AppointmentKind, ClinicFile, Location
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.problems import problem_kind

STAFF_BOOK_THIS = problem_kind(
    "STAFF_BOOK_THIS", 409, "Visits of this kind are booked by the clinic's staff", "Call the clinic."
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where visits of a kind take place at a location, and when it is taken on the days that were asked about."""

    id: UUID
    file: ClinicFile
    location: Location
    kind: AppointmentKind
    place: Place
    taken: Sequence[Block]

    def free(self, days: Sequence[date], now: datetime) -> list[Block]:
        """Free blocks on the grid, in order of time."""
        return list(free_starts(self.place, days, timedelta(minutes=self.file.session.grid_minutes), self.taken, now))


async def desk_of(uow: UnitOfWork, clinic_id: UUID, location_id: str, kind_id: str, days: Sequence[date]) -> Desk:
    """The desk for a kind of visit. Raises NO_CLINIC_FILE, INVALID_REQUEST for what the clinic does not offer."""
    file = (await active_clinic(uow, clinic_id)).file
    location, kind = location_of(file, location_id), file.kind(kind_id) if kind_id != SESSION else None
    if kind is None:
        raise invalid("/kind", "UNKNOWN_KIND", known=[known.id for known in file.kinds])
    place = await place_of(uow, clinic_id, file, location, timedelta(minutes=kind.minutes))
    since = datetime.combine(min(days), time(), UTC) - timedelta(days=1)
    until = datetime.combine(max(days), time(), UTC) + timedelta(days=2)
    desk = desk_id(clinic_id, location.id)
    taken = by_seat(await taken_at(uow, clinic_id, location.id, Block(since, until)))
    return Desk(desk, file, location, kind, place, blocks_of(taken.get(desk, ())))


async def unheard_at(uow: UnitOfWork, desk: Desk, clinic_id: UUID, patient_id: UUID, block: Block) -> list[Shortage]:
    """When nobody would interpret during a visit, for a patient who needs that; none where no roster is kept."""
    needs = needs_of(await records.cards_of(uow, patient_id))
    if needs.language is None:
        return []
    span = whole_days(block.starts_at, block.ends_at)
    watch = await watch_of(uow, clinic_id, desk.file, desk.location.id, span, ())
    hearing = await hearing_at(uow, needs.language, clinic_id, desk.location, span, watch)
    return hearing.shortages(block) if hearing else []
