"""Booked sessions that a roster does not cover, and appointments for which nobody interprets. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.cover import Shortage
from services.scheduling.domain.place import Block
from services.scheduling.models import Appointment
from services.scheduling.planning.cover import booked_only, booked_sessions, covered_by, watch_of, whole_days
from services.scheduling.planning.ground import location_of
from services.scheduling.planning.interpreting import Voices, voices_at
from services.scheduling.planning.kept import But
from services.scheduling.planning.taken import taken_at
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A booked appointment and what it lacks."""

    appointment: Appointment
    shortages: list[Shortage]


async def uncovered_at(uow: UnitOfWork, clinic_id: UUID, location: str, span: Block) -> list[Uncovered]:
    """The live sessions of a location that overlap the span and lack something, in order of time, and then visits for
    which nobody interprets; none where no roster is kept. Raises NO_CLINIC_FILE, INVALID_REQUEST for an unknown
    location."""
    file = (await active_clinic(uow, clinic_id)).file
    if not file.cover.rostered:
        return []
    place, around = location_of(file, location), whole_days(span.starts_at, span.ends_at)
    found = []
    booked = booked_only(await taken_at(uow, clinic_id, location, around))
    watch = await watch_of(uow, clinic_id, file, location, around, booked)
    unheard = _unheard(await voices_at(uow, clinic_id, place, around, watch), span)
    for appointment, modality in await booked_sessions(uow, clinic_id, location, span):
        cover = covered_by(watch, file, place, modality, but=But(appointment.id))
        shortages = cover.shortages(Block(appointment.starts_at, appointment.ends_at))
        if shortages := [*shortages, *unheard.pop(appointment.id, ())]:
            found.append(Uncovered(appointment, shortages))
    return [*found, *(Uncovered(visit, unheard[visit.id]) for visit in await _visits(uow, unheard))]


def _unheard(voices: Voices | None, span: Block) -> dict[UUID, list[Shortage]]:
    """By appointment that overlaps the span, when nobody interprets."""
    if voices is None:
        return {}
    known, talks = voices.booked_only, {id_: talk for id_, talk in voices.talks.items() if talk.block.overlaps(span)}
    found = {
        id_: known.hearing(talk.language, talk.block, But(id_)).shortages(talk.block) for id_, talk in talks.items()
    }
    return {id_: shortages for id_, shortages in found.items() if shortages}


async def _visits(uow: UnitOfWork, ids: Iterable[UUID]) -> Sequence[Appointment]:
    rows = select(Appointment).where(
        col(Appointment.id).in_(list(ids)), Appointment.organisation_id == uow.organisation_id
    ).order_by(col(Appointment.starts_at), col(Appointment.id))  # fmt: skip
    return (await uow.session.exec(rows)).all()
