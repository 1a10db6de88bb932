"""Re-planning with as little change as possible: who has to move, and what a new plan may not break unsaid (D.5)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.appointment import State
from services.scheduling.domain.cover import Duty, Load, Site, Skill
from services.scheduling.domain.place import Block
from services.scheduling.domain.replanning import Booked, must_move, newly_broken, placed, without
from services.scheduling.domain.series import Series, Standing
from shared.clinicfile.policies import CoverPolicy
from shared.events.parts import Modality
from tests.unit.scheduling.kit import IV_MOOD_6, NOON, ZONE

EIGHT = datetime(2026, 11, 30, 15, tzinfo=UTC)
EVERYTHING = frozenset({Skill.PRESCRIBER, Skill.ACLS, Skill.BLS, Skill.REMS})
DAY = Block(EIGHT, EIGHT + timedelta(hours=10))


def site(nurses: int, *, prescriber: bool = True) -> Site:
    people = [Duty(UUID(int=n), DAY, frozenset({Skill.NURSE, Skill.BLS})) for n in range(1, nurses + 1)]
    others = [Duty(UUID(int=99), DAY, EVERYTHING if prescriber else EVERYTHING - {Skill.PRESCRIBER})]
    return Site(CoverPolicy(rostered=True), [*people, *others], ())


def booked(number: int, hour: float, *, minutes_ago: int = 0, movable: bool = True) -> Booked:
    start = EIGHT + timedelta(hours=hour)
    load = Load(Block(start, start + timedelta(minutes=150)), start + timedelta(minutes=30), Modality.IV_MOOD)
    return Booked(UUID(int=number), load, EIGHT - timedelta(days=1, minutes=minutes_ago), movable)


@pytest.mark.parametrize(
    ("nurses", "prescriber", "sessions", "gone"),
    [
        (1, True, [booked(1, 0), booked(2, 1)], set()),
        (1, False, [booked(1, 0), booked(2, 1)], {1, 2}),
        (0, True, [booked(1, 0)], {1}),
        (1, True, [booked(1, 0, minutes_ago=5), booked(2, 0)], {2}),
        (1, True, [booked(1, 0), booked(2, 0, minutes_ago=5)], {1}),
        (1, True, [booked(1, 0, movable=False), booked(2, 0, minutes_ago=5)], {2}),
        (1, True, [booked(1, 0, movable=False), booked(2, 0, movable=False)], set()),
        (2, True, [booked(n, 0, minutes_ago=n) for n in (1, 2, 3)], {1}),
    ],
)
def test_only_as_many_move_as_leave_the_others_covered_and_who_booked_last_goes_first(
    nurses: int, prescriber: bool, sessions: list[Booked], gone: set[int]
) -> None:
    assert must_move(site(nurses, prescriber=prescriber), sessions) == {UUID(int=number) for number in gone}


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(0, 2))
def test_whoever_stays_is_covered(quarters: list[int], nurses: int) -> None:
    sessions = [booked(n, quarter / 4, minutes_ago=n) for n, quarter in enumerate(quarters, start=1)]
    gone = must_move(site(nurses), sessions)
    left = [one for one in sessions if one.id not in gone]
    for one in left:
        others = [other.load for other in left if other is not one]
        here = Site(CoverPolicy(rostered=True), site(nurses).duties, others)
        assert here.shortages(one.load) == []


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.booleans()), max_size=7), st.integers(0, 2))
def test_looking_at_each_once_finds_who_would_go_if_all_were_looked_at_again_each_time(
    wanted: list[tuple[int, int, bool]], nurses: int
) -> None:
    sessions = [
        booked(n, quarter / 4, minutes_ago=ago, movable=movable)
        for n, (quarter, ago, movable) in enumerate(wanted, start=1)
    ]
    left, gone = list(sessions), set[UUID]()

    def lacks(one: Booked) -> bool:
        others = [other.load for other in left if other is not one]
        return bool(Site(CoverPolicy(rostered=True), site(nurses).duties, others).shortages(one.load))

    while lacking := [one for one in left if one.movable and lacks(one)]:
        last = max(lacking, key=lambda one: (one.booked_at, one.id))
        left.remove(last)
        gone.add(last.id)
    assert must_move(site(nurses), sessions) == gone


def series(days: dict[int, float]) -> Series:
    return Series(IV_MOOD_6, ZONE, [Standing(n, NOON + timedelta(days=d), State.CONFIRMED) for n, d in days.items()])


SIX = {1: 0.0, 2: 3.0, 3: 7.0, 4: 10.0, 5: 14.0, 6: 17.0}


@pytest.mark.parametrize(
    ("gone", "moved", "codes"),
    [
        ({2}, {2: 2.0}, []),
        ({2}, {2: 1.9}, [("MIN_GAP", 2)]),
        ({3}, {7: 19.0}, []),
        ({3, 4}, {7: 19.0, 8: 21.0}, [("WINDOW", 7), ("WINDOW", 8), ("MAX_GAP", 5)]),
        ({6}, {6: 22.0}, [("MAX_GAP", 6), ("WINDOW", 6)]),
    ],
)
def test_what_a_new_plan_breaks_is_named_with_the_session(
    gone: set[int], moved: dict[int, float], codes: list[tuple[str, int]]
) -> None:
    before = series(SIX)
    after = without(before, gone)
    for number, day in moved.items():
        after = placed(after, number, NOON + timedelta(days=day))
    at = {number: NOON + timedelta(days=day) for number, day in moved.items()}
    assert sorted((v.code, v.number) for v in newly_broken(before, after, at)) == sorted(codes)


def test_a_gap_that_a_clinician_has_seen_stands_in_no_new_plans_way() -> None:
    before = series({1: 0.0, 2: 9.0, 3: 12.0})
    after = placed(before, 3, NOON + timedelta(days=13))
    assert newly_broken(before, after, {3: NOON + timedelta(days=13)}) == []


_MOVES = st.dictionaries(st.integers(1, 8), st.floats(-3, 30), min_size=1, max_size=4)


@given(_MOVES, st.sets(st.integers(1, 6), max_size=3))
def test_no_new_plan_leaves_a_course_outside_its_gaps_without_saying_so(
    moved: dict[int, float], gone: set[int]
) -> None:
    before = series(SIX)
    after = without(before, gone - moved.keys())
    for number, day in moved.items():
        after = placed(after, number, NOON + timedelta(days=day))
    at = {number: NOON + timedelta(days=day) for number, day in moved.items()}
    if newly_broken(before, after, at):
        return
    starts = [s.starts_at for s in after.standing]
    assert starts == sorted(starts)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert all(timedelta(hours=48) <= gap <= timedelta(days=7) for gap in gaps)
    assert starts[-1] - starts[0] < timedelta(days=21)
