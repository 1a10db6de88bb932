"""Slots are found by bits on minutes: the same ones that asking every rule, and trying every minute, finds."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain.appointment import State
from services.scheduling.domain.course import Elsewhere, Limits, Violation, Wish
from services.scheduling.domain.cover import Duty, Load, Site, Skill
from services.scheduling.domain.interpreting import Hearing, Interpreter, Interpreters, Talk
from services.scheduling.domain.minutes import Level, reaching, run
from services.scheduling.domain.place import Block, Closure
from services.scheduling.domain.series import Series, Standing
from services.scheduling.planning.moving import FREE, Room
from shared.calendar import at_local
from shared.clinicfile.model import WEEKDAYS as EVERY_DAY
from shared.clinicfile.model import CourseTemplate, Opening
from shared.clinicfile.policies import CoverPolicy
from tests.unit.scheduling.kit import ZONE, place
from tests.unit.scheduling.rooms import FIRST_DAY, LEADING, MOOD, NURSING, PAIN, SPRAY, load, room_of, tried

MODALITIES = st.sampled_from([MOOD, PAIN, SPRAY])
# Before an ordinary Tuesday, and around the nights of 2026-11-01 and 2027-03-14, when the clocks change.
FIRST_DAYS = st.sampled_from([date(2026, 12, 1), date(2026, 10, 31), date(2027, 3, 13)])
HOURS = st.sampled_from([
    Opening(opens=time(9), closes=time(14)), Opening(opens=time(0, 30), closes=time(5)),
    Opening(opens=time(2, 10), closes=time(6)), Opening(opens=time(20), closes=time(23, 59)),
])  # fmt: skip
TEMPLATE = CourseTemplate(sessions=3, patterns=(("mon", "wed"),), min_gap_hours=20, max_gap_days=2, window_days=(2, 5))


@st.composite
def rooms(draw: st.DrawFn, days: int) -> tuple[Room, list[date]]:
    """A room and the days to look at; whatever is in it lies anywhere about them, on whole minutes."""
    first, hours = draw(FIRST_DAYS), draw(HOURS)
    midnight = at_local(first, time(), ZONE)
    instants = st.integers(-60, days * 25 * 12).map(lambda n: midnight + timedelta(minutes=5 * n))
    opening = datetime.combine(first, hours.opens)
    near = st.integers(-12, 48).map(lambda n: opening.time().hour * 60 + 5 * n)
    about = st.tuples(near, st.integers(0, days - 1)).map(lambda at: midnight + timedelta(days=at[1], minutes=at[0]))
    starts = st.one_of(about, about, instants)
    blocks = st.builds(lambda at, long: Block(at, at + timedelta(minutes=5 * long)), starts, st.integers(1, 60))
    where = place(
        [Closure(first, first, "HOLIDAY")] if days > 1 and draw(st.booleans()) else [], open_on=EVERY_DAY,
        minutes=draw(st.sampled_from([45, 90, 150])), hours=hours,
    )  # fmt: skip
    limits = Limits(
        FREE, Wish(first, frozenset(), time()), where, draw(st.one_of(st.just(midnight), instants)),
        draw(st.one_of(st.none(), starts)),
        tuple(draw(st.lists(st.builds(Elsewhere, instants, st.just(timedelta(hours=6))), max_size=2))),
        tuple(draw(st.lists(blocks, max_size=2))),
    )  # fmt: skip
    seats = draw(st.lists(st.lists(blocks, max_size=4), min_size=1, max_size=3))
    looked_at = [first + timedelta(days=n) for n in range(days)]
    grid = timedelta(minutes=draw(st.sampled_from([15, 30])))
    series = draw(st.one_of(st.none(), _series(midnight)))
    site = draw(st.one_of(st.none(), _sites(starts, midnight, days)))
    hearing = draw(st.one_of(st.none(), _hearings(starts, midnight, days)))
    room = room_of(
        limits, seats, series=series, number=2, site=site, modality=draw(MODALITIES), grid=grid, hearing=hearing
    )
    return room, looked_at


def _series(midnight: datetime) -> st.SearchStrategy[Series]:
    """Two sessions stand, one before and one behind the second, or only one of them."""
    earlier = st.integers(-96, 30).map(lambda n: Standing(1, midnight + timedelta(minutes=30 * n), State.COMPLETED))
    later = st.integers(24, 240).map(lambda n: Standing(3, midnight + timedelta(minutes=30 * n), State.CONFIRMED))
    both = st.one_of(earlier.map(lambda one: [one]), later.map(lambda one: [one]), st.tuples(earlier, later).map(list))
    return both.map(lambda standing: Series(TEMPLATE, ZONE, standing))


def _sites(starts: st.SearchStrategy[datetime], midnight: datetime, days: int) -> st.SearchStrategy[Site]:
    loads = st.lists(st.builds(load, starts, MODALITIES, st.sampled_from([60, 150])), max_size=5)
    always = Block(midnight - timedelta(days=1), midnight + timedelta(days=days + 1))
    there = st.one_of(
        st.just(always), st.builds(lambda at, n: Block(at, at + timedelta(minutes=5 * n)), starts, st.integers(1, 90))
    )
    skills = st.one_of(
        st.sampled_from([NURSING, LEADING, NURSING | LEADING]), st.frozensets(st.sampled_from([*Skill]), max_size=3)
    )
    duty = st.builds(Duty, st.integers(1, 4).map(lambda n: UUID(int=n)), there, skills)
    kits = st.dictionaries(MODALITIES, st.integers(0, 2), max_size=2)
    policy = st.builds(CoverPolicy, rostered=st.just(True), start_minutes=st.sampled_from([15, 20]))
    return st.builds(Site, policy, st.lists(duty, min_size=2, max_size=6), loads, kits)


def _hearings(starts: st.SearchStrategy[datetime], midnight: datetime, days: int) -> st.SearchStrategy[Hearing]:
    """People who interpret one language or several, and appointments for all of which somebody does."""
    languages = st.sampled_from(["es", "fr", "so"])
    blocks = st.builds(lambda at, n: Block(at, at + timedelta(minutes=5 * n)), starts, st.integers(1, 90))
    always = Block(midnight - timedelta(days=1), midnight + timedelta(days=days + 1))
    people = st.builds(
        Interpreter, st.integers(1, 3).map(lambda n: UUID(int=n)), st.one_of(st.just(always), blocks),
        st.frozensets(languages, min_size=1, max_size=2),
    )  # fmt: skip
    remote = st.dictionaries(languages, st.integers(0, 1), max_size=2)
    booked = st.lists(st.builds(Talk, blocks, languages), max_size=5)
    pools = st.builds(_pool, st.lists(people, min_size=1, max_size=4), booked, remote)
    return st.builds(Hearing, pools, languages)


def _pool(there: list[Interpreter], wanted: list[Talk], remote: dict[str, int]) -> Interpreters:
    pool = Interpreters(there, [], remote)
    for talk in wanted:
        if not pool.shortages(talk):
            pool = replace(pool, booked=[*pool.booked, talk])
    return pool


@settings(max_examples=100, deadline=None)
@given(rooms(3))
def test_what_is_found_is_what_asking_every_rule_about_every_time_finds(looked: tuple[Room, list[date]]) -> None:
    room, days = looked
    assert room.alternatives(days) == list(room.one_by_one(days))


@settings(max_examples=40, deadline=None)
@given(rooms(1))
def test_what_is_found_is_what_trying_every_minute_finds(looked: tuple[Room, list[date]]) -> None:
    room, days = looked
    assert room.alternatives(days) == tried(room, days)


def staffed(*loads: Load, nurses: int = 1, until: datetime | None = None) -> Room:
    """A day of two chairs, a prescriber who is there until some instant, and nurses."""
    morning = at_local(FIRST_DAY, time(7), ZONE)
    day = Block(morning, morning + timedelta(hours=11))
    people = [Duty(UUID(int=n), day, NURSING) for n in range(nurses)]
    leading = Duty(UUID(int=98), Block(day.starts_at, until or day.ends_at), LEADING)
    site = Site(CoverPolicy(rostered=True), [*people, leading], loads)
    limits = Limits(FREE, Wish(FIRST_DAY, frozenset(), time()), place(), datetime(2026, 11, 1, tzinfo=UTC))
    return room_of(limits, [[], []], site=site)


def found(room: Room) -> list[str]:
    return [f"{room.limits.place.local(block.starts_at)[1]:%H:%M}" for block in room.alternatives([FIRST_DAY])]


def test_of_an_empty_day_every_start_is_found_whose_whole_block_is_open() -> None:
    seen = found(staffed())
    assert (seen[0], seen[-1], len(seen)) == ("08:00", "14:30", 27)


def test_one_nurse_starts_one_dose_in_a_quarter_of_an_hour_and_watches_three() -> None:
    nine = at_local(FIRST_DAY, time(9), ZONE)
    assert {"09:00", "08:45", "09:15"} & {*found(staffed(load(nine)))} == {"08:45", "09:15"}
    assert "10:00" not in found(staffed(load(nine), load(nine + timedelta(minutes=15))))
    assert "10:00" in found(staffed(load(nine), load(nine + timedelta(minutes=15)), nurses=2))


def test_nothing_is_found_whose_last_minutes_lack_a_prescriber() -> None:
    seen = found(staffed(until=at_local(FIRST_DAY, time(12), ZONE)))
    assert seen[-1] == "09:30"


def test_a_shift_that_ends_within_a_minute_is_judged_to_the_second() -> None:
    noon = at_local(FIRST_DAY, time(12), ZONE)
    late, early = (staffed(until=noon + timedelta(seconds=s)) for s in (30, -30))
    assert (found(late)[-1], found(early)[-1]) == ("09:30", "09:15")
    assert found(late) == [f"{late.limits.place.local(b.starts_at)[1]:%H:%M}" for b in late.one_by_one([FIRST_DAY])]


def test_without_an_order_no_slot_is_found() -> None:
    room = staffed()
    blocked = replace(room, blocking=(Violation("ORDER_MISSING"),))
    assert (len(room.alternatives([FIRST_DAY])), blocked.alternatives([FIRST_DAY])) == (27, [])


@pytest.mark.parametrize(("length", "starts"), [(1, [5, 6, 7]), (3, [3, 4, 5, 6, 7]), (8, [0, 1, 2, 3, 4, 5, 6, 7])])
def test_a_block_reaches_what_begins_before_it_ends(length: int, starts: list[int]) -> None:
    reached = reaching(run(5, 8), length)
    assert [n for n in range(12) if reached >> n & 1] == starts


@given(st.lists(st.tuples(st.integers(-9, 40), st.integers(1, 20), st.integers(-3, 3)), max_size=8), st.integers(-4, 4))
def test_a_level_is_the_sum_of_what_was_added(added: list[tuple[int, int, int]], least: int) -> None:
    level = Level()
    for since, long, many in added:
        level.add(since, since + long, many)
    sums = [sum(many for since, long, many in added if since <= n < since + long) for n in range(30)]
    below = level.below(least, 30)
    assert [n for n in range(64) if below >> n & 1] == [n for n, total in enumerate(sums) if total < least]
