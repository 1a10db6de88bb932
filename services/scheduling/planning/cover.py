"""What the roster of a location covers on some days: who is on duty, and the sessions that are booked. Reads only."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from services.scheduling.domain.cover import Credential, Duty, Load, Role, Shortage, Site, Skill, on_duty, skills
from services.scheduling.domain.place import Block
from services.scheduling.models import LIVE_STATES, Appointment, Course
from services.scheduling.planning.kept import NOTHING, But, Kept
from services.scheduling.planning.taken import Taken
from services.scheduling.promised import promised
from shared.calendar import local_date
from shared.clinicfile.model import ClinicFile, Location
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import CoursePlan, Modality

_ON_DUTY = """
SELECT s.staff_id, s.starts_at, s.ends_at, m.role, m.credentials::text AS credentials,
  m.interprets::text AS interprets
FROM shift s JOIN staff_member m ON m.id = s.staff_id
WHERE s.organisation_id = $1 AND s.clinic_id = $2 AND s.location = $3 AND s.state = 'ACTIVE' AND m.state = 'ACTIVE'
  AND s.ends_at > $4 AND s.starts_at < $5
"""
_AWAY = """
SELECT staff_id, starts_at, ends_at FROM absence
WHERE organisation_id = $1 AND staff_id = ANY ($2::uuid[]) AND state = 'ACTIVE' AND ends_at > $3 AND starts_at < $4
"""
_MOST_KEPT = 10_000
_kept: dict[UUID, Modality] = {}  # by course: what a course gives never changes, and opening its plan takes a while


@dataclass(frozen=True, slots=True)
class Cover:
    """A location's site for sessions of one modality. `site` is None where the clinic keeps no roster here."""

    modality: Modality
    until_dose: timedelta
    site: Site | None

    def shortages(self, block: Block) -> list[Shortage]:
        """What a session in that block would lack (D.2); empty: it can take place."""
        if self.site is None:
            return []
        return self.site.shortages(Load(block, block.starts_at + self.until_dose, self.modality))


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is on duty at a location, and its sessions that are booked or held, each with what it is for."""

    sessions: Sequence[tuple[Kept, Modality]]
    duties: Sequence[Duty]

    def within(self, span: Block) -> "Watch":
        """What of it touches a span."""
        sessions = [(kept, modality) for kept, modality in self.sessions if kept.block.overlaps(span)]
        return Watch(sessions, [duty for duty in self.duties if duty.block.overlaps(span)])


async def watch_of(
    uow: UnitOfWork, clinic_id: UUID, file: ClinicFile, location: str, span: Block, taken: Iterable[Taken]
) -> Watch | None:
    """The watch of a location between two instants, of what is taken there; None without a roster."""
    if not file.cover.rostered:
        return None
    sessions = [(one.kept, one.course_id) for one in taken if one.course_id is not None]
    given = await _given(uow, [course_id for _, course_id in sessions])
    return Watch(
        [(kept, given[course_id]) for kept, course_id in sessions],
        await _duties(uow, clinic_id, location, span, file.zone),
    )  # fmt: skip


def booked_only(taken: Iterable[Taken]) -> list[Taken]:
    """What is booked: what is only held lacks nobody yet."""
    return [one for one in taken if not one.kept.held]


def covered_by(
    watch: Watch | None, file: ClinicFile, location: Location, modality: Modality, *, but: But = NOTHING
) -> Cover:
    """The cover that a watch gives to sessions of a modality; the session `but` left out."""
    until_dose = timedelta(minutes=file.session.checkin_minutes + file.session.baseline_minutes)
    if watch is None:
        return Cover(modality, until_dose, None)
    loads = [
        Load(kept.block, kept.block.starts_at + until_dose, kind)
        for kept, kind in watch.sessions if not but.spares(kept)
    ]  # fmt: skip
    return Cover(modality, until_dose, Site(file.cover, watch.duties, loads, location.kits))


async def booked_sessions(
    uow: UnitOfWork, clinic_id: UUID, location: str, span: Block
) -> list[tuple[Appointment, Modality]]:
    """Live sessions of a location between two instants with what is given, in order of time."""
    rows = select(Appointment).where(*_live_at(uow, clinic_id, location, span))
    ordered = rows.order_by(col(Appointment.starts_at), col(Appointment.id))
    found = (await uow.session.exec(ordered.execution_options(populate_existing=True))).all()
    courses = [promised(row.course_id, "appointment.course_id") for row in found]
    given = await _given(uow, courses)
    return [(row, given[course_id]) for row, course_id in zip(found, courses, strict=True)]


def _live_at(uow: UnitOfWork, clinic_id: UUID, location: str, span: Block) -> list[ColumnElement[bool]]:
    """Conditions of live sessions of a location between two instants."""
    return [
        col(Appointment.organisation_id) == uow.organisation_id, col(Appointment.clinic_id) == clinic_id,
        col(Appointment.location) == location, col(Appointment.state).in_(LIVE_STATES),
        col(Appointment.course_id).is_not(None),
        col(Appointment.ends_at) > span.starts_at, col(Appointment.starts_at) < span.ends_at,
    ]  # fmt: skip


async def _given(uow: UnitOfWork, courses: Sequence[UUID]) -> dict[UUID, Modality]:
    """What is given in the sessions of each course."""
    found = {course_id: _kept[course_id] for course_id in courses if course_id in _kept}
    unknown = sorted({*courses} - found.keys())
    if not unknown:
        return found
    rows = select(Course.id, Course.plan).where(col(Course.id).in_(unknown))
    read = {
        course_id: uow.open_column("course", "plan", course_id, token, CoursePlan).modality
        for course_id, token in await uow.session.exec(rows)
    }
    if len(_kept) + len(read) > _MOST_KEPT:
        _kept.clear()
    _kept.update(read)
    return found | read


async def on_site(
    uow: UnitOfWork, clinic_id: UUID, file: ClinicFile, location: str, at: datetime
) -> frozenset[Skill] | None:
    """What those on duty at an instant can stand for; None where the clinic keeps no roster here."""
    if not file.cover.rostered:
        return None
    duties = await _duties(uow, clinic_id, location, Block(at, at + timedelta(minutes=1)), file.zone)
    return frozenset().union(*(duty.skills for duty in duties if duty.block.starts_at <= at < duty.block.ends_at))


async def without(
    uow: UnitOfWork, clinic_id: UUID, file: ClinicFile, location: str, skill: Skill, span: Block
) -> list[Block]:  # fmt: skip
    """When nobody on duty stood for a skill; empty where the clinic keeps no roster here."""
    if not file.cover.rostered:
        return []
    duties = await _duties(uow, clinic_id, location, span, file.zone)
    return on_duty(span, [duty.block for duty in duties if skill in duty.skills])


async def _duties(uow: UnitOfWork, clinic_id: UUID, location: str, span: Block, zone: str) -> list[Duty]:
    await uow.session.flush()
    found = await uow.sql(_ON_DUTY, uow.organisation_id, clinic_id, location, span.starts_at, span.ends_at)
    away = await _absences(uow, {shift.staff_id for shift in found}, span)
    return [
        Duty(
            shift.staff_id, left, _skills(shift.role, shift.credentials, local_date(shift.starts_at, zone)),
            frozenset(json.loads(shift.interprets)),
        )
        for shift in found
        for left in on_duty(Block(shift.starts_at, shift.ends_at), away.get(shift.staff_id, ()))
    ]  # fmt: skip


async def _absences(uow: UnitOfWork, people: set[UUID], span: Block) -> dict[UUID, list[Block]]:
    found: dict[UUID, list[Block]] = defaultdict(list)
    for row in await uow.sql(_AWAY, uow.organisation_id, sorted(people), span.starts_at, span.ends_at):
        found[row.staff_id].append(Block(row.starts_at, row.ends_at))
    return found


@lru_cache(1_000)
def _skills(role: str, credentials: str, day: date) -> frozenset[Skill]:
    """What somebody can stand for on a local day."""
    until = {Credential(name): date.fromisoformat(last) for name, last in json.loads(credentials).items()}
    return skills(Role(role), until, day)


def told_of(shortage: Shortage, zone: str) -> dict[str, Any]:
    """A shortage as a refusal tells it, in the clinic's wall time: "2 of 3 nurses, 10:15 to 10:30"."""
    since, until = (instant.astimezone(ZoneInfo(zone)).isoformat() for instant in (shortage.since, shortage.until))
    return {"since": since, "until": until, **shortage.params}


def whole_days(first: datetime, last: datetime) -> Block:
    """A span that surrounds instants with all that touches them."""
    return Block(first - timedelta(days=1), last + timedelta(days=1))
