"""What a relay may conclude from acks (design: delivery)."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.acks import Conclusion, conclude, forgot, portions
from shared.messaging.records import Ack

A, B = 0, 1


@pytest.mark.parametrize(
    ("case", "sent", "acks", "last", "expected"),
    [
        ("nothing sent", [], [], {A: 4}, Conclusion([], {A: 4}, True)),
        ("all acknowledged", [(1, A), (2, A)], [Ack(A, 5), Ack(A, 6)], {A: 4}, Conclusion([1, 2], {A: 6}, True)),
        ("a partition never seen", [(1, B)], [Ack(B, 0)], {A: 4}, Conclusion([1], {A: 4, B: 0}, True)),
        ("the first is missing", [(1, A), (2, A)], [None, Ack(A, 6)], {A: 4}, Conclusion([], {A: 4}, False)),
        ("the second is missing", [(1, A), (2, A)], [Ack(A, 5), None], {A: 4}, Conclusion([1], {A: 5}, False)),
        (
            "another partition goes on",
            [(1, A), (2, B), (3, A), (4, B)], [None, Ack(B, 0), Ack(A, 5), Ack(B, 1)], {A: 4, B: -1},
            Conclusion([2, 4], {A: 4, B: 1}, False),
        ),
        ("the broker forgot", [(1, A), (2, A)], [Ack(A, 0), Ack(A, 1)], {A: 4}, Conclusion([], {A: 4}, False)),
        ("forgot, then grew past", [(1, A), (2, A)], [Ack(A, 4), Ack(A, 5)], {A: 4}, Conclusion([], {A: 4}, False)),
        ("an ack without offset", [(1, A)], [Ack(A, -1)], {}, Conclusion([], {}, False)),
    ],
)  # fmt: skip
def test_only_what_precedes_the_first_doubt_is_marked(
    case: str, sent: list[tuple[int, int]], acks: list[Ack | None], last: dict[int, int], expected: Conclusion
) -> None:
    assert conclude(sent, acks, last) == expected, case


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(-1, 30))), max_size=40))
def test_marks_are_a_prefix_of_each_partition_with_rising_offsets(answers: list[tuple[int, int | None]]) -> None:
    sent = [(row, partition) for row, (partition, _) in enumerate(answers)]
    acks = [None if offset is None else Ack(partition, offset) for partition, offset in answers]
    conclusion = conclude(sent, acks, {})
    for wanted in range(4):
        of_partition = [row for row, partition in sent if partition == wanted]
        marked = [row for row in conclusion.mark if row in of_partition]
        offsets = [answers[row][1] for row in marked]
        assert marked == of_partition[: len(marked)]
        assert offsets == sorted(set(offsets))  # type: ignore[type-var]
        assert conclusion.last.get(wanted) == (offsets[-1] if offsets else None)
    assert conclusion.whole == (len(conclusion.mark) == len(sent))


@pytest.mark.parametrize(
    ("case", "known", "cluster", "ends", "expected"),
    [
        ("as it was", {A: ("one", 4)}, "one", {A: 5}, False),
        ("grown", {A: ("one", 4)}, "one", {A: 9}, False),
        ("empty and nothing marked", {A: ("one", -1)}, "one", {A: 0}, False),
        ("tail lost", {A: ("one", 4)}, "one", {A: 4}, True),
        ("all lost", {A: ("one", 4)}, "one", {A: 0}, True),
        ("one of two partitions lost its tail", {A: ("one", 4), B: ("one", 7)}, "one", {A: 5, B: 7}, True),
        ("fewer partitions", {A: ("one", 4), B: ("one", 7)}, "one", {A: 5}, True),
        ("another cluster that is longer", {A: ("one", 4)}, "two", {A: 50}, True),
        ("nothing recorded", {}, "one", {A: 5}, True),
    ],
)
def test_a_broker_that_holds_less_than_was_marked_forgot(
    case: str, known: dict[int, tuple[str, int]], cluster: str, ends: dict[int, int], expected: bool
) -> None:
    assert forgot(known, cluster, ends) is expected, case


@dataclass(frozen=True)
class Row:
    size: int


@given(st.lists(st.integers(0, 400).map(Row), max_size=50))
def test_portions_keep_the_order_and_stay_below_the_limit(rows: list[Row]) -> None:
    found = list(portions(rows, 256))
    assert [row for portion in found for row in portion] == rows
    assert all(portion for portion in found)
    assert all(len(portion) == 1 or sum(row.size for row in portion) <= 256 for portion in found)
