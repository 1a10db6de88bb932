"""What is held and not booked yet: it takes a seat, a patient's time and a nurse as a booking does. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.course import Elsewhere
from services.scheduling.domain.place import Block
from services.scheduling.models import HELD, Course, SlotHold
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import CoursePlan, Modality


@dataclass(frozen=True, slots=True)
class Kept:
    """A block that is taken. `by`: the appointment, or what it is held for; None counts for everybody, as an offer."""

    block: Block
    by: UUID | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class But:
    """What is left out of what is taken: an appointment, and what is held for it, unless `and_held` says otherwise."""

    subject: UUID | None
    and_held: bool = True

    def spares(self, kept: Kept) -> bool:
        return self.subject is not None and kept.by == self.subject and (self.and_held or not kept.held)


NOTHING = But(None)


def blocks_of(kept: Iterable[Kept], but: But = NOTHING) -> list[Block]:
    """Blocks that are taken."""
    return [one.block for one in kept if not but.spares(one)]


def standing(uow: UnitOfWork) -> list[Any]:
    """Conditions of holds that count now."""
    return [
        SlotHold.organisation_id == uow.organisation_id, SlotHold.state == HELD, col(SlotHold.held_until) > uow.now
    ]  # fmt: skip


def _kept(hold: SlotHold) -> Kept:
    by = hold.subject_id if hold.offer_id is None else None
    return Kept(Block(hold.starts_at, hold.ends_at), by, held=True)


async def held_seats(
    uow: UnitOfWork, seats: Sequence[UUID], since: datetime, until: datetime
) -> list[tuple[UUID, Kept]]:  # fmt: skip
    """Seats that are held between two instants, each with when."""
    rows = select(SlotHold).where(
        *standing(uow), col(SlotHold.chair_id).in_(seats),
        col(SlotHold.ends_at) > since, col(SlotHold.starts_at) < until,
    )  # fmt: skip
    return [(row.chair_id, _kept(row)) for row in await uow.session.exec(rows)]


async def held_of(uow: UnitOfWork, patient_id: UUID) -> list[Kept]:
    """When something is held for a patient."""
    rows = select(SlotHold).where(*standing(uow), of_person(SlotHold.patient_id, patient_id))
    return [_kept(row) for row in await uow.session.exec(rows)]


async def held_elsewhere(uow: UnitOfWork, patient_id: UUID, *, but: UUID | None) -> list[Elsewhere]:
    """Sessions that are held for a patient, those of the course `but` left out."""
    rows = (
        select(SlotHold.starts_at, Course.min_gap_hours)
        .join(Course, col(Course.id) == SlotHold.course_id)
        .where(*standing(uow), of_person(SlotHold.patient_id, patient_id), Course.id != but)
    )
    return [Elsewhere(starts_at, timedelta(hours=gap)) for starts_at, gap in await uow.session.exec(rows)]


async def held_sessions(uow: UnitOfWork, clinic_id: UUID, location: str, span: Block) -> list[tuple[Kept, Modality]]:
    """Sessions that are held at a location between two instants, with what would be given."""
    rows = (
        select(SlotHold, Course)
        .join(Course, col(Course.id) == SlotHold.course_id)
        .where(
            *standing(uow), SlotHold.clinic_id == clinic_id, SlotHold.location == location,
            col(SlotHold.ends_at) > span.starts_at, col(SlotHold.starts_at) < span.ends_at,
        )
    )  # fmt: skip
    return [(_kept(hold), _modality(uow, course)) for hold, course in await uow.session.exec(rows)]


def _modality(uow: UnitOfWork, course: Course) -> Modality:
    return uow.open_column("course", "plan", course.id, course.plan, CoursePlan).modality
