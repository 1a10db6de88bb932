"""Rooms in which slots are looked for, and a search with datetimes alone that tries every minute of every time."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from uuid import UUID

from services.scheduling.domain.course import Limits, Wish
from services.scheduling.domain.cover import Duty, Load, Site, Skill
from services.scheduling.domain.interpreting import Hearing, Interpreters
from services.scheduling.domain.place import Block, weekday
from services.scheduling.domain.series import Series
from services.scheduling.domain.spray import is_spray
from services.scheduling.models import Appointment
from services.scheduling.planning.cover import Cover
from services.scheduling.planning.moving import FREE, Room, Seat
from shared.calendar import at_local
from shared.clinicfile.policies import CoverPolicy
from shared.events.parts import Modality
from tests.support.house import larkspur
from tests.unit.scheduling.kit import ZONE, place

MINUTE = timedelta(minutes=1)
MOOD, PAIN, SPRAY = Modality.IV_MOOD, Modality.IV_PAIN, Modality.SPRAVATO_TRD
UNTIL_DOSE = timedelta(minutes=30)
NURSING = frozenset({Skill.NURSE, Skill.BLS})
LEADING = frozenset({Skill.PRESCRIBER, Skill.ACLS, Skill.BLS, Skill.REMS})
FIRST_DAY = date(2026, 11, 30)
CHAIRS, DAYS = 20, 30
_TURNS = time(8), time(10, 30), time(13)


def room_of(
    limits: Limits, seats: Sequence[Sequence[Block]], *, series: Series | None = None, number: int = 1,
    site: Site | None = None, modality: Modality = MOOD, grid: timedelta = timedelta(minutes=15),
    hearing: Hearing | None = None,
) -> Room:  # fmt: skip
    """A room with seats that are taken at some times; the appointment sits on the first."""
    found = [Seat(UUID(int=n), f"chair-{n}") for n, _ in enumerate(seats, start=1)]
    row = Appointment(id=UUID(int=99), kind="session", session_number=number, location="main", chair_id=UUID(int=1))
    taken = {seat.id: list(blocks) for seat, blocks in zip(found, seats, strict=True)}
    cover = Cover(modality, UNTIL_DOSE, site)
    return Room(row, larkspur().locations[0], limits, series, (), found, taken, grid, cover, hearing=hearing)


def load(start: datetime, modality: Modality = MOOD, minutes: int = 150) -> Load:
    return Load(Block(start, start + timedelta(minutes=minutes)), start + UNTIL_DOSE, modality)


def large_room() -> tuple[Room, list[date]]:
    """20 chairs for 30 days, two thirds of their time booked; ten nurses and two prescribers are there, not all day."""
    chance, days = random.Random(20261126), [FIRST_DAY + timedelta(days=n) for n in range(DAYS)]
    seats: list[list[Block]] = [[] for _ in range(CHAIRS)]
    loads, duties = list[Load](), list[Duty]()
    for day in (day for day in days if day.weekday() < 5):
        for seat in seats:
            later = timedelta(minutes=15 * chance.randrange(2))
            booked = [load(at_local(day, at, ZONE) + later) for at in _TURNS if chance.random() < 2 / 3]
            seat += [one.block for one in booked]
            loads += booked
        duties += [_duty(day, n, NURSING, chance.choice(((7, 16), (8, 17), (9, 18)))) for n in range(10)]
        duties += [_duty(day, 10 + n, LEADING, hours) for n, hours in enumerate(((7, 13), (11, 18)))]
    limits = Limits(FREE, Wish(FIRST_DAY, frozenset(), time()), place(), datetime(2026, 11, 30, 17, tzinfo=UTC))
    return room_of(limits, seats, site=Site(CoverPolicy(rostered=True), duties, loads)), days


def _duty(day: date, person: int, skills: frozenset[Skill], hours: tuple[int, int]) -> Duty:
    since, until = (at_local(day, time(hour), ZONE) for hour in hours)
    return Duty(UUID(int=person), Block(since, until), skills)


def tried(room: Room, days: Sequence[date]) -> list[Block]:
    """Every block on the grid that keeps every rule in each of its minutes."""
    return [block for day in days for block in _on_the_grid(room, day) if _keeps(room, block, day)]


def _on_the_grid(room: Room, day: date) -> Iterator[Block]:
    opening, place = room.limits.place.hours.get(weekday(day)), room.limits.place
    at = datetime.combine(day, opening.opens if opening else time())
    while opening and at.date() == day and at.time() < opening.closes:
        if place.shut(day, at.time()) is None:
            start = at_local(day, at.time(), place.zone)
            yield Block(start, start + place.length)
        at += room.grid


def _keeps(room: Room, block: Block, day: date) -> bool:
    at = room.limits.place.local(block.starts_at)[1]
    limits = replace(room.limits, wish=replace(room.limits.wish, at=at))
    number = room.appointment.session_number or 0
    if any(limits.alone(day)) or (room.series and room.series.violations(number, block.starts_at)):
        return False
    minutes = [block.starts_at + n * MINUTE for n in range(room.limits.place.length // MINUTE)]
    if not any(all(_free(taken, at) for at in minutes) for taken in room.taken.values()):
        return False
    if room.hearing and not all(_interpreted(room.hearing, at) for at in minutes):
        return False
    site = room.cover.site if room.cover else None
    if room.cover is None or site is None:
        return True
    mine = Load(block, block.starts_at + room.cover.until_dose, room.cover.modality)
    return all(_covered(site, mine, at) for at in minutes) and _may_start(site, mine)


def _free(taken: Sequence[Block], at: datetime) -> bool:
    return not any(one.starts_at < at + MINUTE and at < one.ends_at for one in taken)


def _interpreted(hearing: Hearing, at: datetime) -> bool:
    """Whether everybody who needs it then has somebody of their own, one more who speaks this language included."""
    needed = [*_speaking(hearing.pool, at), hearing.language]
    return served(hearing.pool, needed, at) == len(needed)


def _speaking(pool: Interpreters, at: datetime) -> list[str]:
    return [talk.language for talk in pool.booked if talk.block.starts_at <= at < talk.block.ends_at]


def served(pool: Interpreters, needed: Sequence[str], at: datetime) -> int:
    """For how many of some patients, by their languages, somebody can be found at once, each for one patient."""
    able = dict[UUID, frozenset[str]]()
    for one in pool.there:
        if one.block.starts_at <= at < one.block.ends_at:
            able[one.person] = able.get(one.person, frozenset()) | one.languages
    remote = [frozenset({language}) for language, many in sorted(pool.remote.items()) for _ in range(many)]
    return _most(tuple(sorted(needed)), tuple(sorted([*able.values(), *remote], key=sorted)))


@cache
def _most(needed: tuple[str, ...], able: tuple[frozenset[str], ...]) -> int:
    """By trying every way."""
    if not needed:
        return 0
    with_first = [n for n, languages in enumerate(able) if needed[0] in languages]
    return max(
        [_most(needed[1:], able), *(1 + _most(needed[1:], able[:n] + able[n + 1 :]) for n in with_first)]
    )  # fmt: skip


def _covered(site: Site, mine: Load, at: datetime) -> bool:
    policy, there = site.policy, [duty for duty in site.duties if duty.block.starts_at <= at < duty.block.ends_at]
    here = [one for one in (*site.loads, mine) if one.block.starts_at <= at < one.block.ends_at]
    starting = timedelta(minutes=policy.start_minutes)
    heavy = sum(one.modality is PAIN or one.dose_at <= at < one.dose_at + starting for one in here)
    needed = Fraction(heavy, policy.heavy_per_nurse) + Fraction(len(here) - heavy, policy.light_per_nurse)
    kits = site.kits.get(mine.modality, len(here))
    return (
        len(_able(there, Skill.NURSE)) >= math.ceil(needed)
        and bool(_able(there, Skill.PRESCRIBER))
        and any(one != other for one in _able(there, Skill.ACLS) for other in _able(there, Skill.BLS))
        and (not is_spray(mine.modality) or bool(_able(there, Skill.REMS)))
        and sum(one.modality is mine.modality for one in here) <= kits
    )


def _may_start(site: Site, mine: Load) -> bool:
    if is_spray(mine.modality):
        return True
    window = site.policy.start_minutes
    doses = [one.dose_at for one in (*site.loads, mine) if not is_spray(one.modality)]
    there = [duty for duty in site.duties if duty.block.starts_at <= mine.dose_at < duty.block.ends_at]
    begins = [mine.dose_at - n * MINUTE for n in range(window)]
    most = max(sum(since <= dose < since + window * MINUTE for dose in doses) for since in begins)
    return most <= len(_able(there, Skill.NURSE))


def _able(there: Sequence[Duty], skill: Skill) -> set[UUID]:
    return {duty.person for duty in there if skill in duty.skills}
