"""People who are re-planned at a location with a few chairs, without a database: what greedy gives, and the problem."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.scheduling.domain.course import Limits, Wish
from services.scheduling.domain.cover import Duty, Load, Shortage, Site
from services.scheduling.domain.interpreting import Hearing, Interpreters
from services.scheduling.domain.place import Block, Closure, Place
from services.scheduling.domain.weighing import ANYTHING, CourseWishes
from services.scheduling.models import Appointment
from services.scheduling.planning.moving import FREE, Room
from services.scheduling.planning.options import Unit, spot, spots, unit
from services.scheduling.planning.problem import Problem, problem_of
from services.scheduling.planning.reach import Change, Proposal, against, beside, days_around, nearest
from shared.calendar import at_local
from shared.clinicfile.booking import ReplanPolicy
from shared.clinicfile.policies import CoverPolicy
from tests.unit.scheduling.kit import ZONE, place
from tests.unit.scheduling.rooms import LEADING, MOOD, NURSING, UNTIL_DOSE, room_of

MONDAY = date(2026, 12, 7)
NOW = datetime(2026, 12, 1, 16, tzinfo=UTC)
CLINIC = UUID(int=7)
POLICY = ReplanPolicy()


def at(day: int, hour: float, minutes: int = 150) -> Block:
    """A block so many days after the Monday, at an hour of the clinic's clock."""
    start = at_local(MONDAY + timedelta(days=day), time(int(hour), int(hour % 1 * 60)), ZONE)
    return Block(start, start + timedelta(minutes=minutes))


def closed_on(day: int) -> Place:
    """The location, closed on one day."""
    the_day = MONDAY + timedelta(days=day)
    return place([Closure(the_day, the_day, "WEATHER")])


@dataclass(frozen=True)
class Affected:
    """Somebody with a session that cannot take place; `order_until`: no slot from then on; `language`: somebody has to
    interpret it."""

    number: int
    block: Block
    chair: int = 1
    order_until: datetime | None = None
    wishes: CourseWishes = ANYTHING
    language: str | None = None

    @property
    def row(self) -> Appointment:
        return Appointment(
            id=UUID(int=1000 + self.number), organisation_id=UUID(int=8), clinic_id=CLINIC, kind="session",
            patient_id=UUID(int=2000 + self.number), session_number=1, location="main", zone=ZONE, booked_at=NOW,
            chair_id=UUID(int=self.chair), starts_at=self.block.starts_at, ends_at=self.block.ends_at,
        )  # fmt: skip


@dataclass(frozen=True)
class Day:
    """Chairs with when each is taken, and who is on duty and interprets, if the clinic keeps a roster."""

    chairs: Sequence[Sequence[Block]]
    where: Place
    site: Site | None = None
    pool: Interpreters | None = None

    def room(self, one: Affected) -> Room:
        limits = Limits(FREE, Wish(MONDAY, frozenset(), time()), self.where, NOW, one.order_until)
        hearing = Hearing(self.pool, one.language) if self.pool and one.language else None
        room = room_of(limits, self.chairs, site=self.site, modality=MOOD, hearing=hearing)
        return replace(room, appointment=one.row)


def staffed(nurses: int, *blocks: Block) -> Site:
    """So many nurses, and somebody who prescribes and has ACLS, are there in each of these blocks; nobody is booked."""
    duties = [Duty(UUID(int=n), block, NURSING) for block in blocks for n in range(1, nurses + 1)]
    return Site(CoverPolicy(rostered=True), [*duties, *(Duty(UUID(int=99), block, LEADING) for block in blocks)], ())


def lacking(site: Site, blocks: Sequence[Block]) -> list[Shortage]:
    """What any of those who come would lack, once all of them have come."""
    loads = [Load(block, block.starts_at + UNTIL_DOSE, MOOD) for block in blocks]
    return [
        shortage for n, load in enumerate(loads)
        for shortage in replace(site, loads=[*site.loads, *loads[:n], *loads[n + 1 :]]).shortages(load)
    ]  # fmt: skip


def greedy_of(day: Day, people: Sequence[Affected]) -> list[Proposal]:
    """One after the other, as `replan` does."""
    found, kept = list[Proposal](), list[Change]()
    for one in people:
        room = beside(day.room(one), kept)
        change = nearest(room, one.row, days_around(room, one.row, 3), NOW)
        found.append(Proposal([one.row], [change]) if change else Proposal([one.row], (), against(room, one.row)))
        kept += found[-1].changes
    return found


def problem(day: Day, people: Sequence[Affected], **policy: Any) -> Problem:
    """The problem beside what greedy gives them."""
    weights = POLICY.model_copy(update=policy)
    units = [_unit(day, one, proposal, weights) for one, proposal in zip(people, greedy_of(day, people), strict=True)]
    here = CLINIC, "main"
    return problem_of(units, {here: day.site} if day.site else {}, {here: day.pool} if day.pool else {})


def _unit(day: Day, one: Affected, proposal: Proposal, policy: ReplanPolicy) -> Unit:
    room, row = day.room(one), one.row
    blocks = room.alternatives(sorted(days_around(room, row, 3)))
    found = [[each] for each in spots(room, row, blocks, NOW, policy, one.wishes)]
    taken = [spot(room, row, change.how, change.block, policy, one.wishes) for change in proposal.changes]
    return unit(proposal, policy, None, taken, found)
