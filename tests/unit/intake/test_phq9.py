"""PHQ-9 against the vectors of domain B.2 and more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.phq9 import score

Item = st.integers(0, 3)
Sheet = st.lists(st.one_of(st.none(), Item), min_size=9, max_size=9)


@pytest.mark.parametrize(
    ("answers", "total", "band", "mds", "ods", "safety"),
    [
        ([3] * 9, 27, "SEVERE", True, False, True),
        ([2, 2, 2, 2, 0, 0, 0, 0, 1], 9, "MILD", True, False, True),
        ([1] * 9, 9, "MILD", False, False, True),
        ([0] * 8 + [1], 1, "MINIMAL", False, False, True),
        ([0] * 9, 0, "MINIMAL", False, False, False),
        ([2, 0, 2, 0, 0, 0, 0, 0, 0], 4, "MINIMAL", False, True, False),  # 2 counted with item 1
        ([0, 0, 2, 2, 2, 2, 2, 0, 0], 10, "MODERATE", False, False, False),  # 5 counted, none of items 1 and 2
        ([2, 2, 2, 2, 0, 0, 0, 0, 0], 8, "MILD", False, True, False),
    ],
)
def test_vectors(answers: list[int], total: int, band: str, mds: bool, ods: bool, safety: bool) -> None:
    found = score(answers)
    assert (found.total, found.band, found.safety) == (total, band, safety)
    assert (found.major_depressive_syndrome, found.other_depressive_syndrome) == (mds, ods)
    assert not found.prorated


@pytest.mark.parametrize(
    ("total", "band"),
    [(0, "MINIMAL"), (4, "MINIMAL"), (5, "MILD"), (9, "MILD"), (10, "MODERATE"), (14, "MODERATE"),
     (15, "MODERATELY_SEVERE"), (19, "MODERATELY_SEVERE"), (20, "SEVERE"), (27, "SEVERE")],
)  # fmt: skip
def test_bands(total: int, band: str) -> None:
    answers = [3] * (total // 3) + [total % 3] * (total % 3 > 0)
    assert score(answers + [0] * (9 - len(answers))).band == band


@pytest.mark.parametrize(
    ("answers", "total"),
    [
        ([1, 1, 1, 1, 1, 1, 1, 1, None], 9),
        ([None, 2, 1, 1, 1, 1, 1, 1, 0], 9),
        ([None, None, 1, 1, 1, 1, 1, 2, 0], 9),  # 7 * 9 / 7
        ([None, 3, 0, 0, 0, 1, 0, 0, 0], 5),  # 4 * 9 / 8 = 4.5, half up
        ([None, None, None, 1, 1, 1, 1, 1, 1], None),
    ],
)
def test_one_or_two_missing_items_are_prorated(answers: list[int | None], total: int | None) -> None:
    found = score(answers)
    assert (found.total, found.prorated) == (total, total is not None)


@pytest.mark.parametrize(
    ("answers", "screen", "phq2", "first"),
    [
        ([3] * 3 + [1] + [0] * 5, True, 6, True),
        ([3] * 3 + [0] * 6, False, 6, True),
        ([2, 1] + [0] * 7, False, 3, True),
        ([2, 0] + [0] * 7, False, 2, False),
        ([2, None] + [0] * 7, False, None, None),
        ([3, None] + [0] * 7, False, None, True),
        ([0, None] + [2] * 5 + [0] * 2, True, None, None),
        ([0, None] + [1] * 7, None, None, None),
        ([None] * 9, None, None, None),
    ],
)
def test_what_screens_positive_and_what_missing_items_leave_open(
    answers: list[int | None], screen: bool | None, phq2: int | None, first: bool | None
) -> None:
    found = score(answers)
    assert (found.screen_positive, found.phq2, found.phq2_positive) == (screen, phq2, first)


def test_item_9_left_out_is_unknown_and_never_no() -> None:
    found = score([0] * 8 + [None])
    assert (found.item9, found.safety) == (None, None)


def test_item_9_counts_even_without_a_total() -> None:
    found = score([None] * 8 + [2])
    assert (found.total, found.item9, found.safety, found.positive_items) == (None, 2, True, ("PHQ9-9",))


def test_a_syndrome_that_missing_items_decide_is_unknown() -> None:
    assert score([2, 2, 2, 2, None, 0, 0, 0, 0]).major_depressive_syndrome is None
    assert score([2, 2, 2, 2, 2, None, 0, 0, 0]).major_depressive_syndrome is True
    assert score([0, 0, None, 0, 0, 0, 0, 0, 0]).major_depressive_syndrome is False


@given(Sheet)
def test_a_total_is_between_what_the_answers_are_and_could_be(answers: list[int | None]) -> None:
    found = score(answers)
    known = sum(answer or 0 for answer in answers)
    assert found.total is None or known <= found.total <= known + 3 * found.missing
    assert (found.total is None) == (found.missing > 2)


@given(Sheet, st.lists(Item, min_size=9, max_size=9))
def test_what_is_certain_stays_so_when_the_rest_is_answered(answers: list[int | None], rest: list[int]) -> None:
    now = score(answers)
    later = score([known if known is not None else new for known, new in zip(answers, rest, strict=True)])
    for verdict in ("major_depressive_syndrome", "other_depressive_syndrome", "safety"):
        assert getattr(now, verdict) in (None, getattr(later, verdict))
