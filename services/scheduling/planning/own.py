"""A patient's own time, at every clinic: booked, or held for the patient. One statement reads all of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.scheduling.domain.course import Elsewhere
from services.scheduling.domain.place import Block
from services.scheduling.models import LIVE_STATES
from services.scheduling.planning.kept import Kept, blocks_of
from shared.db.unit_of_work import UnitOfWork

DOSED_STATES = [*LIVE_STATES, "ABORTED", "COMPLETED"]
_OWN = """
SELECT a.id AS taken_by, a.starts_at, a.ends_at, a.state = ANY ($3::varchar[]) AS live, false AS held, a.course_id,
  c.min_gap_hours
FROM appointment a LEFT JOIN course c ON c.id = a.course_id
WHERE a.patient_id = ANY (one_person($1)) AND a.organisation_id = $2 AND a.state = ANY ($4::varchar[])
UNION ALL
SELECT CASE WHEN h.offer_id IS NULL THEN h.subject_id END, h.starts_at, h.ends_at, true, true, h.course_id,
  c.min_gap_hours
FROM slot_hold h LEFT JOIN course c ON c.id = h.course_id
WHERE h.patient_id = ANY (one_person($1)) AND h.organisation_id = $2 AND h.state = 'HELD' AND h.held_until > $5
"""


@dataclass(frozen=True, slots=True)
class Own:
    """Time that a patient has, or had. `live`: still ahead or going on. A session says how far others stay away."""

    kept: Kept
    live: bool
    course_id: UUID | None
    min_gap: timedelta | None


async def own_time(uow: UnitOfWork, patient_id: UUID) -> list[Own]:
    """What is booked or held for the person, and the sessions that took place; gap rules look across clinics."""
    await uow.session.flush()
    rows = await uow.sql(_OWN, patient_id, uow.organisation_id, list(LIVE_STATES), DOSED_STATES, uow.now)
    return [
        Own(
            Kept(Block(row.starts_at, row.ends_at), row.taken_by, row.held), row.live, row.course_id,
            None if row.min_gap_hours is None else timedelta(hours=row.min_gap_hours),
        )
        for row in rows
    ]  # fmt: skip


def taken_of(own: Iterable[Own]) -> list[Kept]:
    """When the patient has no time, for whatever kind."""
    return [one.kept for one in own if one.live]


async def busy(uow: UnitOfWork, patient_id: UUID) -> list[Block]:
    """When the patient has no time."""
    return blocks_of(taken_of(await own_time(uow, patient_id)))


def elsewhere_of(own: Iterable[Own], *, but: UUID | None = None) -> tuple[Elsewhere, ...]:
    """The patient's sessions, those of the course `but` left out."""
    return tuple(
        Elsewhere(one.kept.block.starts_at, one.min_gap)
        for one in own
        if one.min_gap is not None and one.course_id != but
    )
