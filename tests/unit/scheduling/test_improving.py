"""A re-plan that asks less than one patient after the other gives: chosen elsewhere, judged by the rules that book."""

import asyncio
import json
import sys
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain.place import Block
from services.scheduling.domain.replanning import ImprovementOutcome
from services.scheduling.domain.weighing import CourseWishes
from services.scheduling.planning.asking import ask
from services.scheduling.planning.improving import Better, judged
from services.scheduling.planning.problem import Problem
from services.scheduling.planning.reach import Proposal
from tests.unit.scheduling.replans import Affected, Day, at, closed_on, lacking, problem, staffed

IMPROVED, NO_BETTER, NOT_IMPROVED = (
    ImprovementOutcome.IMPROVED, ImprovementOutcome.NO_BETTER, ImprovementOutcome.NOT_IMPROVED
)  # fmt: skip
WEEKEND = [at(-2, 0, 48 * 60), at(-3, 8, 600)]
FULL = {day: at(day, 8, 540) for day in range(1, 5)}


def choose(told: dict[str, Any]) -> Any:
    """In this process. The solver is large, and every process of a run imports this module: one runs it."""
    from services.scheduling.planning.improver import choose as chosen

    return chosen(told)


def answer(found: Problem) -> bytes:
    return json.dumps(choose(found.told())).encode()


def starts(plan: dict[Any, Proposal]) -> list[str]:
    """Weekday and hour of each change, in the order of the people."""
    local = [[change.block.starts_at - timedelta(hours=7) for change in one.changes] for one in plan.values()]
    return [f"{when[0]:%a %H:%M}" if when else "-" for when in local]


def greedy(found: Problem) -> list[str]:
    return starts({unit.first.id: unit.proposal for unit in found.units})


def blocks_of(found: Problem, plan: Better | None) -> list[Block]:
    proposals = plan[1].values() if plan else [unit.proposal for unit in found.units]
    return [change.block for one in proposals for change in one.changes]


def better(found: Problem) -> list[str]:
    outcome, plan = judged(found, answer(found), [])
    assert (outcome, plan is not None) == (IMPROVED, True)
    assert plan is not None
    return starts(plan[1])


def test_who_may_come_on_one_day_only_gets_it_although_another_one_was_asked_first() -> None:
    """Tuesday has one slot left; the order of the second ends on Wednesday morning."""
    chair = [*WEEKEND, at(1, 11.5, 330), at(1, 8, 60)]
    people = [Affected(1, at(0, 9)), Affected(2, at(0, 11.5), order_until=at(2, 8).starts_at)]
    found = problem(Day([chair], closed_on(0)), people)
    assert greedy(found) == ["Tue 09:00", "-"]
    assert better(found) == ["Wed 09:00", "Tue 09:00"]
    assert (found.weight(found.greedy), found.least) == (40 + 2000, 40 + 52)


def test_two_who_fit_one_after_the_other_are_not_kept_apart_by_whoever_was_first() -> None:
    """Five hours are free on Tuesday: nine o'clock for the first would leave no room for the second."""
    chair = [*WEEKEND, at(1, 13, 240)]
    found = problem(Day([chair], closed_on(0)), [Affected(1, at(0, 9)), Affected(2, at(0, 11.5))])
    assert greedy(found) == ["Tue 09:00", "Wed 11:30"]
    assert better(found) == ["Tue 08:00", "Tue 10:30"]


def test_a_wish_that_greedy_does_not_know_is_kept_where_that_asks_less() -> None:
    mornings = CourseWishes.model_validate({"days": ["mon", "wed"], "until_time": "10:00"})
    found = problem(Day([WEEKEND], closed_on(0)), [Affected(1, at(0, 9), wishes=mornings)])
    assert (greedy(found), better(found)) == (["Tue 09:00"], ["Wed 09:00"])


def test_what_weighs_most_is_the_clinics_to_say() -> None:
    chair = [*WEEKEND, at(1, 13, 240)]
    people = [Affected(1, at(0, 9)), Affected(2, at(0, 11.5))]
    found = problem(Day([chair], closed_on(0)), people, another_hour=500)
    assert judged(found, answer(found), []) == (NO_BETTER, None)


def test_whose_own_chair_is_free_at_the_nearest_time_needs_no_improver() -> None:
    found = problem(Day([WEEKEND, []], closed_on(0)), [Affected(1, at(0, 9)), Affected(2, at(0, 9), chair=2)])
    assert found.least == found.weight(found.greedy) == 80


def test_no_more_are_moved_to_a_time_than_nurses_can_watch() -> None:
    """One nurse has two at most while one of them starts; chairs would take all four at once on Tuesday."""
    day = Day([WEEKEND] * 4, closed_on(0), staffed(1, *FULL.values()))
    found = problem(day, [Affected(n, at(0, 9), chair=n) for n in (1, 2, 3, 4)])
    outcome, plan = judged(found, answer(found), [])
    blocks = blocks_of(found, plan)
    assert outcome in (IMPROVED, NO_BETTER)
    assert (len(blocks), lacking(staffed(1, *FULL.values()), blocks)) == (4, [])
    assert found.limits != []


SLOTS = st.builds(lambda day, quarter: at(day, 8 + quarter / 4), st.integers(1, 4), st.integers(0, 26))
CHAIRS = st.lists(st.lists(SLOTS, max_size=7), min_size=1, max_size=2)
PEOPLE = st.lists(st.tuples(st.sampled_from([8, 9, 10.5, 11.5, 13]), st.integers(1, 2)), min_size=2, max_size=4)


@settings(max_examples=25, deadline=None)
@given(CHAIRS, PEOPLE, st.integers(0, 2))
def test_no_plan_is_heavier_than_greedys_and_none_takes_more_than_there_is(
    taken: list[list[Block]], who: list[tuple[float, int]], nurses: int
) -> None:
    site = staffed(nurses, *FULL.values()) if nurses else None
    day = Day([[*WEEKEND, *blocks] for blocks in taken], closed_on(0), site)
    found = problem(day, [Affected(n, at(0, hour), chair) for n, (hour, chair) in enumerate(who)])
    outcome, plan = judged(found, answer(found), [])
    assert outcome in (IMPROVED, NO_BETTER)
    if plan is not None:
        assert found.least <= found.weight(plan[0]) < found.weight(found.greedy)
    changes = [change for one in (plan[1].values() if plan else ()) for change in one.changes]
    for n, change in enumerate(changes):
        others = [other.block for other in changes[:n] if other.seat == change.seat]
        assert not any(change.block.overlaps(block) for block in (*others, *day.chairs[change.seat.id.int - 1]))
    assert not site or lacking(site, [change.block for change in changes]) == []


@pytest.mark.parametrize(
    "answered",
    [
        b"", b"null", b"{}", b'{"options": [0], "seats": {}}', b'{"options": [99, null], "seats": {"0": 0}}',
        b'{"options": [null, null, null], "seats": {}}', b"Traceback", b'{"options": ["x", 1], "seats": {}}',
    ],
)  # fmt: skip
def test_an_answer_that_is_none_leaves_the_greedy_plan(answered: bytes) -> None:
    chair = [*WEEKEND, at(1, 13, 240)]
    found = problem(Day([chair], closed_on(0)), [Affected(1, at(0, 9)), Affected(2, at(0, 11.5))])
    assert judged(found, answered, []) == (NOT_IMPROVED, None)


def test_a_lighter_answer_that_puts_two_into_one_chair_is_not_taken() -> None:
    chair = [*WEEKEND, at(1, 13, 240)]
    found = problem(Day([chair], closed_on(0)), [Affected(1, at(0, 9)), Affected(2, at(0, 9))])
    told = found.told()
    for place in told["places"]:
        place["since"], place["until"] = 0, 0
    wrong = json.dumps(choose(told)).encode()
    assert judged(found, wrong, []) == (NOT_IMPROVED, None)
    assert sorted(better(found)) == ["Tue 08:00", "Tue 10:30"]


def test_what_the_improver_is_told_names_nobody() -> None:
    found = problem(Day([WEEKEND], closed_on(0)), [Affected(1, at(0, 9)), Affected(2, at(0, 11.5))])

    def leaves(part: Any) -> set[type]:
        if isinstance(part, dict):
            return set().union(*(leaves(one) for one in part.values()), set())
        return set().union(*(leaves(one) for one in part)) if isinstance(part, list) else {type(part)}

    assert leaves(found.told()) <= {int, type(None)}


def test_the_improver_is_another_process_that_answers_the_same() -> None:
    chair = [*WEEKEND, at(1, 13, 240)]
    found = problem(Day([chair], closed_on(0)), [Affected(1, at(0, 9)), Affected(2, at(0, 11.5))])
    answered = asyncio.run(ask(found.told(), 60))
    assert answered is not None
    assert json.loads(answered) == json.loads(answer(found))


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "import time; time.sleep(60)"], [sys.executable, "-c", "raise SystemExit(3)"],
        ["/nowhere/python"], [sys.executable, "-c", "import no_such_library"],
    ],
)  # fmt: skip
def test_an_improver_that_hangs_fails_or_is_not_there_gives_no_answer(command: list[str]) -> None:
    assert asyncio.run(ask({}, 0.5, command)) is None
