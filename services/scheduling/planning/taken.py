"""What is taken at a location between two instants: booked, held, or out of order. One statement reads all of it.

What is held takes a seat and a nurse as a booking does.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from services.scheduling.domain.place import Block
from services.scheduling.models import LIVE_STATES
from services.scheduling.planning.kept import Kept
from shared.db.unit_of_work import UnitOfWork
from shared.ids import derived_id

# No block lasts a day: without that, everything that ever was at the clinic would be looked at.
_TAKEN = """
SELECT chair_id, id AS taken_by, starts_at, ends_at, course_id, false AS held FROM appointment
WHERE organisation_id = $1 AND clinic_id = $2 AND location = $3 AND state = ANY ($4::varchar[])
  AND ends_at > $5 AND starts_at < $6 AND starts_at > $5 - interval '1 day'
UNION ALL
SELECT chair_id, CASE WHEN offer_id IS NULL THEN subject_id END, starts_at, ends_at, course_id, true FROM slot_hold
WHERE organisation_id = $1 AND location_id = $7 AND state = 'HELD' AND held_until > $8
  AND ends_at > $5 AND starts_at < $6
UNION ALL
SELECT chair_id, NULL, starts_at, ends_at, NULL, false FROM chair_outage
WHERE organisation_id = $1 AND clinic_id = $2 AND state = 'ACTIVE' AND ends_at > $5 AND starts_at < $6
"""


class Taken(NamedTuple):
    """A chair, or the desk, that is taken; for a session of a course if `course_id` says which."""

    seat: UUID
    kept: Kept
    course_id: UUID | None


async def taken_at(uow: UnitOfWork, clinic_id: UUID, location: str, span: Block) -> list[Taken]:
    """Everything that is taken at a location between two instants, and chairs of the clinic that are out of order."""
    await uow.session.flush()
    rows = await uow.sql(
        _TAKEN, uow.organisation_id, clinic_id, location, list(LIVE_STATES), span.starts_at, span.ends_at,
        derived_id(clinic_id, location), uow.now,
    )  # fmt: skip
    return [
        Taken(seat, Kept(Block(starts_at, ends_at), by, held), course_id)
        for seat, by, starts_at, ends_at, course_id, held in map(tuple, rows)
    ]


def by_seat(taken: Iterable[Taken]) -> dict[UUID, list[Kept]]:
    """When each seat is taken."""
    found: dict[UUID, list[Kept]] = defaultdict(list)
    for one in taken:
        found[one.seat].append(one.kept)
    return found
