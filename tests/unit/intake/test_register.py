"""A draft as a register: the answer given last counts, in whatever order answers arrive; differences are listed."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.register import Entry, Saved, conflicts, newest_first, standing
from shared.ids import new_id
from tests.unit.intake.cases import NOW


def entry(question: str, answer: Any, *, minute: int = 0, by: str = "patient", device: str | None = None,
          arrived: int = 10_000) -> Entry:  # fmt: skip
    saved = Saved(question=question, answer=answer, asked="x", device=device)
    return Entry(new_id(), saved, NOW + timedelta(minutes=minute), NOW + timedelta(minutes=arrived), "patient", by)


def values(entries: list[Entry]) -> dict[str, Any]:
    return {question: one.saved.answer for question, one in standing(entries).items()}


entries = st.lists(
    st.builds(
        entry, st.sampled_from("abc"), st.sampled_from(["yes", "no", 2, None, [{"name": "x"}]]),
        minute=st.integers(0, 3), by=st.sampled_from(["patient", "proxy:1"]),
        device=st.sampled_from([None, "phone", "tablet"]),
    ),
    max_size=12,
)  # fmt: skip


@given(entries, st.randoms(use_true_random=False))
def test_the_order_in_which_answers_arrive_does_not_matter(given_entries, random):
    shuffled = [*given_entries]
    random.shuffle(shuffled)
    assert values(shuffled) == values(given_entries)
    assert [c.question for c in conflicts(shuffled)] == [c.question for c in conflicts(given_entries)]


@given(entries, entries)
def test_answers_sent_twice_change_nothing(some, more):
    assert values([*some, *more, *some]) == values([*some, *more])
    assert conflicts([*some, *more, *some]) == conflicts([*some, *more])


@given(entries)
def test_the_answer_that_counts_is_none_older_than_another_to_its_question(all_entries):
    for question, one in standing(all_entries).items():
        assert one.given_at == max(e.given_at for e in all_entries if e.saved.question == question)


def test_an_older_answer_that_arrives_late_does_not_win():
    assert values([entry("a", "no", minute=5), entry("a", "yes", minute=1)]) == {"a": "no"}


def test_an_answer_taken_back_counts_as_none():
    assert values([entry("a", "no"), entry("a", None, minute=1)]) == {}


def test_a_clock_that_runs_ahead_gives_no_advantage():
    ahead = entry("a", "no", minute=60 * 24 * 365, arrived=1)
    assert values([ahead, entry("a", "yes", minute=2)]) == {"a": "yes"}
    assert newest_first([ahead])[0].given_at == NOW + timedelta(minutes=1)


def test_givers_and_devices_that_differ_are_listed_with_the_one_that_counts_first():
    found = conflicts([
        entry("a", "no", minute=1, device="phone"), entry("a", "yes", minute=3, device="tablet"),
        entry("b", "no", minute=1), entry("b", "no", minute=2, by="proxy:1"),
        entry("c", "no", minute=1, device="phone"), entry("c", "yes", minute=2, device="phone"),
        entry("d", "no", minute=1), entry("d", None, minute=2, by="proxy:1"),
    ])  # fmt: skip
    assert [(c.question, [e.saved.answer for e in c.answers]) for c in found] == [("a", ["yes", "no"])]
