"""Blocks, opening hours and chairs (domain D.2, D.5)."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.chairs import assign_chairs
from services.scheduling.domain.place import Block, block_length
from shared.clinicfile.model import Opening
from shared.clinicfile.policies import SessionPolicy
from tests.unit.scheduling.kit import NOON, closed, place

MONDAY = date(2026, 11, 30)
CHAIRS = [UUID(int=n) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("infusion", "recovery", "minutes"),
    [(40, 60, 150), (60, 60, 165), (240, 60, 345), (0, 120, 165), (45, 60, 150), (46, 60, 165)],
)
def test_the_block_is_rounded_up_to_the_grid(infusion: int, recovery: int, minutes: int) -> None:
    assert block_length(SessionPolicy(recovery_minutes=recovery), infusion) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("day", "at", "why"),
    [
        (MONDAY, time(8), None),
        (MONDAY, time(14, 30), None),
        (MONDAY, time(14, 45), "OUTSIDE_HOURS"),
        (MONDAY, time(7, 45), "OUTSIDE_HOURS"),
        (MONDAY, time(22, 30), "OUTSIDE_HOURS"),
        (date(2026, 12, 5), time(9), "CLOSED_WEEKDAY"),
        (date(2026, 12, 1), time(9), "CLOSED_WEATHER"),
    ],
)
def test_a_session_lies_inside_opening_hours_as_a_whole(day: date, at: time, why: str | None) -> None:
    where = place(closed(date(2026, 12, 1), reason="WEATHER"))
    assert where.shut(day, at) == why


def test_a_time_that_the_clock_skips_is_no_time_for_a_session() -> None:
    early = place(open_on=["sun"], hours=Opening(opens=time(0), closes=time(12)))
    assert early.shut(date(2027, 3, 14), time(2, 30)) == "CLOCK_SKIPS_TIME"
    assert early.shut(date(2027, 3, 7), time(2, 30)) is None


def test_a_block_keeps_its_length_when_the_clock_jumps() -> None:
    early = place(open_on=["sun"], hours=Opening(opens=time(0), closes=time(5)))
    block = early.block(date(2027, 3, 14), time(1))
    assert block.ends_at - block.starts_at == timedelta(minutes=150)
    assert early.shut(date(2027, 3, 14), time(1)) is None
    assert early.shut(date(2027, 3, 14), time(1, 45)) == "OUTSIDE_HOURS"


def block(minute: int, length: int = 150) -> Block:
    start = NOON + timedelta(minutes=minute)
    return Block(start, start + timedelta(minutes=length))


def test_one_chair_serves_the_whole_course_when_one_is_free() -> None:
    blocks = [block(0), block(2880)]
    taken = {CHAIRS[0]: [block(2900)]}
    assert assign_chairs(CHAIRS, blocks, taken) == [CHAIRS[1], CHAIRS[1]]


def test_otherwise_the_chair_that_is_free_most_often_serves_most() -> None:
    blocks = [block(0), block(2880), block(5760)]
    taken = {
        CHAIRS[0]: [block(0), block(2880)],
        CHAIRS[1]: [block(5700)],
        CHAIRS[2]: [block(n * 2880) for n in range(3)],
    }
    assert assign_chairs(CHAIRS, blocks, taken) == [CHAIRS[1], CHAIRS[1], CHAIRS[0]]


def test_a_block_for_which_all_chairs_are_taken_has_none() -> None:
    taken = {chair: [block(100)] for chair in CHAIRS}
    assert assign_chairs(CHAIRS, [block(0), block(300)], taken) == [None, CHAIRS[0]]


def test_a_block_may_follow_another_at_once() -> None:
    assert assign_chairs(CHAIRS[:1], [block(150)], {CHAIRS[0]: [block(0), block(300)]}) == [CHAIRS[0]]


starts = st.lists(st.integers(0, 40).map(lambda n: block(n * 15, 60)), max_size=6)


@given(st.dictionaries(st.sampled_from(CHAIRS), starts), st.lists(st.integers(0, 40), max_size=4, unique=True))
def test_no_chair_is_ever_used_twice_at_one_time(taken: dict[UUID, list[Block]], wanted: list[int]) -> None:
    blocks = [block(n * 15, 60) for n in sorted(wanted)]
    for chosen, asked in zip(assign_chairs(CHAIRS, blocks, taken), blocks, strict=True):
        free = [c for c in CHAIRS if not any(_clash(asked, other) for other in taken.get(c, []))]
        assert (chosen in free) if free else chosen is None


def _clash(one: Block, other: Block) -> bool:
    latest_start: datetime = max(one.starts_at, other.starts_at)
    return latest_start < min(one.ends_at, other.ends_at)
