"""Where no session is on record when something happens to a floor: chairs, and who was expected there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.floor import PlaceFound, holds_end, still_found
from services.scheduling.models import Appointment, FloorFinding, FloorPlace
from shared.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Place:
    """A place with whoever was expected there, and all that was told of it, the oldest first."""

    row: FloorPlace
    appointment: Appointment | None
    told: Sequence[FloorFinding]

    @property
    def newest(self) -> FloorFinding | None:
        """What was told last, if that still stands."""
        last = self.told[-1] if self.told else None
        if last is None or still_found(PlaceFound(last.found), last.recorded_at, self.row.taken_at) is None:
            return None
        return last

    @property
    def waits(self) -> bool:
        """Whether the event cannot end before somebody tells how it went on."""
        return self.newest is not None and holds_end(PlaceFound(self.newest.found))

    @property
    def stopped_at(self) -> datetime | None:
        """When a dose that is not on record here was stopped, as was told."""
        stops = [row.occurred_at for row in self.told if row.found == PlaceFound.DOSE_STOPPED]
        return stops[-1] if stops else None


async def places_of(uow: UnitOfWork, event_id: UUID, seated: Collection[UUID]) -> list[Place]:
    """The places of a floor event, by chair; whoever stands on its roll-call (`seated`: appointments) is left out."""
    rows = (
        select(FloorPlace, Appointment)
        .join(Appointment, col(Appointment.id) == FloorPlace.appointment_id, isouter=True)
        .where(FloorPlace.floor_event_id == event_id, FloorPlace.organisation_id == uow.organisation_id)
        .order_by(col(FloorPlace.chair), col(FloorPlace.id))
    )
    told = await _told(uow, event_id)
    return [
        Place(row, appointment, [one for one in told if one.floor_place_id == row.id])
        for row, appointment in await uow.session.exec(rows)
        if row.appointment_id not in seated
    ]


async def _told(uow: UnitOfWork, event_id: UUID) -> Sequence[FloorFinding]:
    rows = (
        select(FloorFinding)
        .join(FloorPlace, col(FloorPlace.id) == FloorFinding.floor_place_id)
        .where(FloorPlace.floor_event_id == event_id, FloorPlace.organisation_id == uow.organisation_id)
    )
    return (await uow.session.exec(rows.order_by(col(FloorFinding.recorded_at), col(FloorFinding.id)))).all()
