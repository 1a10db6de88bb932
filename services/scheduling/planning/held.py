"""What is held and not booked yet: it takes a seat, a patient's time and a nurse as a booking does. Reads only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from services.scheduling.domain.course import Elsewhere
from services.scheduling.domain.place import Block
from services.scheduling.models import HELD, Course, SlotHold
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import CoursePlan, Modality


def standing(uow: UnitOfWork, *, but: UUID | None = None) -> list[Any]:
    """Conditions of holds that count now: those for the subject `but` are left out, unless they are offered."""
    return [
        SlotHold.organisation_id == uow.organisation_id, SlotHold.state == HELD, col(SlotHold.held_until) > uow.now,
        or_(col(SlotHold.subject_id).is_distinct_from(but), col(SlotHold.offer_id).is_not(None)),
    ]  # fmt: skip


async def held_seats(
    uow: UnitOfWork, chairs: Sequence[UUID], since: datetime, until: datetime, *, but: UUID | None
) -> list[tuple[UUID, Block]]:
    """Seats that are held between two instants, each with when."""
    rows = select(SlotHold).where(
        *standing(uow, but=but), col(SlotHold.chair_id).in_(chairs),
        col(SlotHold.ends_at) > since, col(SlotHold.starts_at) < until,
    )  # fmt: skip
    return [(row.chair_id, Block(row.starts_at, row.ends_at)) for row in await uow.session.exec(rows)]


async def held_of(uow: UnitOfWork, patient_id: UUID, *, but: UUID | None) -> list[Block]:
    """When something is held for a patient."""
    rows = select(SlotHold).where(*standing(uow, but=but), of_person(SlotHold.patient_id, patient_id))
    return [Block(row.starts_at, row.ends_at) for row in await uow.session.exec(rows)]


async def held_elsewhere(uow: UnitOfWork, patient_id: UUID, *, but: UUID | None) -> list[Elsewhere]:
    """Sessions that are held for a patient, those of the course `but` left out."""
    rows = (
        select(SlotHold.starts_at, Course.min_gap_hours)
        .join(Course, col(Course.id) == SlotHold.course_id)
        .where(*standing(uow), of_person(SlotHold.patient_id, patient_id), Course.id != but)
    )
    return [Elsewhere(starts_at, timedelta(hours=gap)) for starts_at, gap in await uow.session.exec(rows)]


async def held_sessions(
    uow: UnitOfWork, clinic_id: UUID, location: str, span: Block, *, but: UUID | None
) -> list[tuple[Block, Modality]]:
    """Sessions that are held at a location between two instants, with what would be given."""
    rows = (
        select(SlotHold, Course)
        .join(Course, col(Course.id) == SlotHold.course_id)
        .where(
            *standing(uow, but=but), SlotHold.clinic_id == clinic_id, SlotHold.location == location,
            col(SlotHold.ends_at) > span.starts_at, col(SlotHold.starts_at) < span.ends_at,
        )
    )  # fmt: skip
    return [
        (Block(hold.starts_at, hold.ends_at), _modality(uow, course)) for hold, course in await uow.session.exec(rows)
    ]


def _modality(uow: UnitOfWork, course: Course) -> Modality:
    return uow.open_column("course", "plan", course.id, course.plan, CoursePlan).modality
