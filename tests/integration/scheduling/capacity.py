"""What tables say of chairs and nurses: never two in one chair, and never more patients than nurses can watch (D.5)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any
from uuid import UUID

from services.scheduling.models import Shift, StaffMember
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.policies import CoverPolicy
from shared.ids import new_id
from tests.integration.scheduling.scene import Scene

CHECK_IN = timedelta(minutes=30)
STARTING = timedelta(minutes=15)
_VALID = dict.fromkeys(("LICENCE", "DEA", "ACLS", "BLS", "REMS"), "2099-12-31")
_TAKEN = """
SELECT id AS about, chair_id, starts_at, ends_at, course_id IS NOT NULL AS is_session FROM appointment
WHERE state IN ('CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS', 'RECOVERY')
UNION ALL
SELECT subject_id, chair_id, starts_at, ends_at, course_id IS NOT NULL FROM slot_hold
WHERE state = 'HELD' AND held_until > $1
"""
_COURSES = """
SELECT c.id, c.state, array_agg(a.starts_at ORDER BY a.starts_at) AS starts
FROM course c JOIN appointment a ON a.course_id = c.id
WHERE a.state IN ('CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS', 'RECOVERY', 'COMPLETED', 'ABORTED') GROUP BY c.id
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A seat that somebody has or holds. `about`: the appointment, or what it is held for."""

    about: UUID
    chair_id: UUID
    starts_at: datetime
    ends_at: datetime
    is_session: bool

    def lasts(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


async def taken(scene: Scene) -> list[Taken]:
    """Every seat that is booked or held now."""
    return [Taken(**row) for row in await scene.house.rows("scheduling", _TAKEN, scene.now)]


def shared_chairs(seats: Sequence[Taken]) -> list[tuple[Taken, Taken]]:
    """Two that have one chair at one time."""
    return [
        (one, other)
        for one, other in combinations(seats, 2)
        if one.chair_id == other.chair_id and one.starts_at < other.ends_at and other.starts_at < one.ends_at
    ]


def too_much(seats: Iterable[Taken], nurses: int) -> list[tuple[datetime, str]]:
    """When so many nurses could not watch the sessions, or start their doses. What may move counts once at a time."""
    sessions = [seat for seat in seats if seat.is_session]
    moments = {at for one in sessions for at in _changes(one)}
    found = []
    for at in sorted(moments):
        here = {one.about: one for one in sessions if one.lasts(at)}.values()
        heavy = sum(timedelta(0) <= at - one.starts_at - CHECK_IN < STARTING for one in here)
        if math.ceil(Fraction(heavy, 2) + Fraction(len(here) - heavy, 3)) > nurses:
            found.append((at, "watched"))
        if len({one.about for one in sessions if at <= one.starts_at + CHECK_IN < at + STARTING}) > nurses:
            found.append((at, "starting"))
    return found


def _changes(one: Taken) -> tuple[datetime, ...]:
    dose = one.starts_at + CHECK_IN
    return one.starts_at, dose, dose + STARTING, one.ends_at


async def outside_gaps(scene: Scene, shortest: timedelta, longest: timedelta) -> list[tuple[Any, str]]:
    """Courses with sessions too near each other, and those that go on although a gap is too long. An hour more is
    allowed, which daylight saving adds to what is longest by the wall clock."""
    found = []
    for row in await scene.house.rows("scheduling", _COURSES):
        starts = row["starts"]
        gaps = [later - earlier for earlier, later in pairwise(starts)]
        if any(gap < shortest for gap in gaps):
            found.append((row["id"], "too near"))
        if row["state"] == "ACTIVE" and any(gap > longest + timedelta(hours=1) for gap in gaps):
            found.append((row["id"], "too far"))
    return found


async def rostered(scene: Scene, clinic: ClinicFile, nurses: int) -> UUID:
    """Put a clinic into force that keeps its roster: nurses, and a prescriber, whose id is returned. They are on site
    day and night for longer than any test lasts."""
    await scene.house.apply("scheduling", clinic.model_copy(update={"cover": CoverPolicy(rostered=True)}))
    ours = {"organisation_id": clinic.organisation_id, "clinic_id": clinic.clinic_id}
    async with scene.house.unit("scheduling") as uow:
        for role in ("NURSE",) * nurses + ("PRESCRIBER",):
            person = StaffMember(id=new_id(), name="Marlow Quill", role=role, credentials=_VALID, **ours)
            since, until = (uow.now + timedelta(days=days) for days in (-2, 900))
            uow.session.add(person)
            await uow.session.flush()
            shift = Shift(id=new_id(), location="main", staff_id=person.id, starts_at=since, ends_at=until, **ours)
            uow.session.add(shift)
    return person.id
