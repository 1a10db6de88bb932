"""Somebody interprets in every minute for whoever needs it, each for one patient at a time (domain D.2)."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.interpreting import Hearing, Interpreter, Interpreters, Talk, talk_limits
from services.scheduling.domain.place import Block
from services.scheduling.domain.replanning import ImprovementOutcome, Spoken, must_move_unheard
from services.scheduling.planning.improver import choose
from services.scheduling.planning.improving import judged
from tests.unit.scheduling.kit import NOON
from tests.unit.scheduling.replans import Affected, Day, at, closed_on, greedy_of, problem
from tests.unit.scheduling.rooms import served

ES, FR, SO = "es", "fr", "so"


def block(since: int, until: int) -> Block:
    """Between minutes after noon."""
    return Block(NOON + timedelta(minutes=since), NOON + timedelta(minutes=until))


def person(number: int, languages: str, since: int = 0, until: int = 600) -> Interpreter:
    return Interpreter(UUID(int=number), block(since, until), frozenset(languages.split()))


def talk(language: str, since: int = 0, until: int = 150) -> Talk:
    return Talk(block(since, until), language)


@pytest.mark.parametrize(
    ("there", "booked", "remote", "language", "missing"),
    [
        ([person(1, "es")], [], {}, ES, []),
        ([], [], {}, ES, [(0, 150)]),
        ([person(1, "fr")], [], {}, ES, [(0, 150)]),
        ([person(1, "es", 30)], [], {}, ES, [(0, 30)]),
        ([person(1, "es", 0, 149)], [], {}, ES, [(149, 150)]),
        ([person(1, "es", 0, 60), person(2, "es", 60)], [], {}, ES, []),  # one takes over from the other
        ([person(1, "es")], [talk(ES, 140, 290)], {}, ES, [(140, 150)]),
        ([person(1, "es")], [talk(ES, 150, 300)], {}, ES, []),
        ([person(1, "es"), person(1, "es", 100)], [talk(ES)], {}, ES, [(0, 150)]),  # nobody counts twice
        ([], [], {ES: 1}, ES, []),
        ([], [talk(ES)], {ES: 1}, ES, [(0, 150)]),
        ([], [talk(ES)], {ES: 2}, ES, []),
        ([person(1, "es fr")], [talk(FR)], {}, ES, [(0, 150)]),  # of one person who interprets both
        ([person(1, "es fr")], [talk(FR)], {FR: 1}, ES, []),
        ([person(1, "es fr"), person(2, "fr")], [talk(FR)], {}, ES, []),
        ([person(1, "es fr"), person(2, "fr so")], [talk(FR), talk(SO)], {}, ES, [(0, 150)]),  # through a third
        ([person(1, "es")], [talk(SO), talk(SO)], {}, ES, []),  # others lack somebody, who shares nobody with this one
    ],
)
def test_nobody_who_is_needed_elsewhere_interprets_here(
    there: list[Interpreter], booked: list[Talk], remote: dict[str, int], language: str, missing: list[tuple[int, int]]
) -> None:
    found = Hearing(Interpreters(there, booked, remote), language).shortages(block(0, 150))
    assert [(one.code, one.since, one.until) for one in found] == [
        ("NO_INTERPRETER", block(*when).starts_at, block(*when).ends_at) for when in missing
    ]
    assert all(one.params == {} for one in found), "which language it is stands nowhere"


LANGUAGES = st.sampled_from([ES, FR, SO])
SPANS = st.tuples(st.integers(0, 8), st.integers(1, 6)).map(lambda at: block(at[0] * 5, (at[0] + at[1]) * 5))
PEOPLE = st.lists(
    st.builds(Interpreter, st.integers(1, 3).map(lambda n: UUID(int=n)), SPANS, st.frozensets(LANGUAGES, min_size=1)),
    max_size=4,
)
TALKS = st.lists(st.builds(Talk, SPANS, LANGUAGES), max_size=5)
REMOTE = st.dictionaries(LANGUAGES, st.integers(0, 2), max_size=2)


def minutes_of(one: Block) -> list[datetime]:
    step = timedelta(minutes=5)
    return [one.starts_at + n * step for n in range((one.ends_at - one.starts_at) // step)]


def speaking(pool: Interpreters, at: datetime) -> list[str]:
    return [talk.language for talk in pool.booked if talk.block.starts_at <= at < talk.block.ends_at]


@given(PEOPLE, TALKS, REMOTE, st.builds(Talk, SPANS, LANGUAGES))
def test_whoever_is_let_in_has_somebody_and_takes_nobody_from_anybody(
    there: list[Interpreter], booked: list[Talk], remote: dict[str, int], wanted: Talk
) -> None:
    """By trying every way of matching: let in, one more is served than before; kept out, somebody would not be."""
    pool = Interpreters(there, booked, remote)
    let_in = not pool.shortages(wanted)
    now = [speaking(pool, at) for at in minutes_of(wanted.block)]
    with_it = [
        served(pool, [*here, wanted.language], at) for here, at in zip(now, minutes_of(wanted.block), strict=True)
    ]
    before = [served(pool, here, at) for here, at in zip(now, minutes_of(wanted.block), strict=True)]
    if let_in:
        assert with_it == [many + 1 for many in before]
    else:
        assert any(many < len(here) + 1 for many, here in zip(with_it, now, strict=True))


@given(PEOPLE, TALKS, REMOTE, TALKS)
def test_what_keeps_the_sums_has_somebody_in_whatever_order_it_is_added(
    there: list[Interpreter], booked: list[Talk], remote: dict[str, int], wanted: list[Talk]
) -> None:
    pool = Interpreters(there, booked, remote)
    limits, chosen = talk_limits(pool, wanted), list[int]()
    for n in range(len(wanted)):
        kept = all(sum(many for m, many in one.uses if m in (*chosen, n)) <= one.at_most for one in limits)
        added = replace(pool, booked=[*booked, *(wanted[m] for m in chosen)])
        assert kept is not bool(added.shortages(wanted[n]))
        chosen += [n] if kept else []


def spoken(number: int, *, movable: bool = True, language: str = ES) -> Spoken:
    """Who has the highest number booked last."""
    return Spoken(UUID(int=number), talk(language), NOON - timedelta(days=9) + timedelta(hours=number), movable)


@pytest.mark.parametrize(
    ("there", "booked", "gone"),
    [
        ([person(1, "es")], [spoken(1), spoken(2)], {2}),
        ([person(1, "es")], [spoken(1), spoken(2, movable=False)], {1}),
        ([person(1, "es"), person(2, "es")], [spoken(1), spoken(2)], set()),
        ([], [spoken(1), spoken(2)], {1, 2}),
        ([person(1, "es fr")], [spoken(1), spoken(2, language=FR)], {2}),
    ],
)
def test_only_as_many_move_as_leave_somebody_for_the_others(
    there: list[Interpreter], booked: list[Spoken], gone: set[int]
) -> None:
    assert must_move_unheard(Interpreters(there, []), booked) == {UUID(int=number) for number in gone}


def test_the_improver_gives_one_interpreter_to_nobody_else_at_once() -> None:
    """Both at nine would weigh 80; nothing that can be had weighs less than what greedy gives."""
    one = Interpreter(UUID(int=50), at(1, 8, 540), frozenset({ES}))
    day = Day([[at(0, 0, 1440)], [at(0, 0, 1440)]], closed_on(0), pool=Interpreters([one], []))
    found = problem(day, [Affected(n, at(0, 9), chair=n, language=ES) for n in (1, 2)])
    outcome, plan = judged(found, json.dumps(choose(found.told())).encode(), [])
    assert (outcome, plan) == (ImprovementOutcome.NO_BETTER, None), "it chose nothing that a rule forbids"
    assert (found.weight(found.greedy), found.least) == (40 + 52, 80)


@pytest.mark.parametrize(("languages", "second"), [((ES, ES), "11:30"), ((ES, None), "09:00")])
def test_two_who_are_re_planned_do_not_get_one_interpreter_at_once(
    languages: tuple[str | None, str | None], second: str
) -> None:
    """Two chairs are free all Tuesday; one person interprets there."""
    one = Interpreter(UUID(int=50), at(1, 8, 540), frozenset({ES}))
    day = Day([[at(0, 0, 1440)], [at(0, 0, 1440)]], closed_on(0), pool=Interpreters([one], []))
    people = [Affected(n, at(0, 9), chair=n, language=language) for n, language in enumerate(languages, start=1)]
    found = [change.block.starts_at - timedelta(hours=7) for each in greedy_of(day, people) for change in each.changes]
    assert [f"{when:%a %H:%M}" for when in found] == ["Tue 09:00", f"Tue {second}"]
