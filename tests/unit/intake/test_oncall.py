"""The on-call ladder (domain A.1, A.6): who is paged when."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.oncall import at_once, first_climb_at
from services.intake.domain.safety import Risk
from shared.clinicfile.oncall import OnCall, Rung
from shared.oncall.ladder import Target, climb, page_id, pause_after, superseded
from tests.unit.intake.cases import NOW

ONE, TWO = UUID(int=1), UUID(int=2)


def rung(minutes: int = 10, **address: str) -> Rung:
    return Rung(name="Ash", role="Clinician", minutes=minutes, **address or {"email": "ash@clinic.example"})


def ladder(*minutes: int, **more: object) -> OnCall:
    return OnCall(ladder=tuple(rung(m) for m in minutes), **more)


def after(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("risk", "from_", "paged"),
    [
        (Risk.HIGH, "HIGH", True), (Risk.MODERATE, "HIGH", False), (Risk.LOW, "HIGH", False),
        (Risk.MODERATE, "MODERATE", True), (Risk.LOW, "MODERATE", False), (Risk.LOW, "LOW", True),
    ],
)  # fmt: skip
def test_who_is_paged_the_moment_a_concern_is_raised(risk: Risk, from_: str, paged: bool) -> None:
    assert at_once(risk, ladder(5, page_at_once_from=from_)) is paged
    assert at_once(risk, OnCall(page_at_once_from=from_)) is False


@pytest.mark.parametrize(
    ("risk", "minutes", "deadline", "expected"),
    [
        (Risk.HIGH, 10, 5, 5), (Risk.HIGH, 3, 5, 3), (Risk.HIGH, 5, 5, 5),
        (Risk.MODERATE, 3, 1440, 1440), (Risk.LOW, 3, 1440, 1440),
    ],
)  # fmt: skip
def test_when_a_concern_climbs_first(risk: Risk, minutes: int, deadline: int, expected: int) -> None:
    assert first_climb_at(risk, NOW, after(deadline), ladder(minutes, 10)) == after(expected)


def test_without_a_ladder_a_concern_climbs_when_its_time_is_over() -> None:
    assert first_climb_at(Risk.HIGH, NOW, after(5), OnCall()) == after(5)
    assert climb(0, OnCall(), NOW) == climb(0, OnCall(repeat_minutes=15), NOW)
    assert (climb(0, OnCall(), NOW).rung, climb(0, OnCall(), NOW).again_at) == (0, after(15))


@pytest.mark.parametrize(
    ("reached", "next_rung", "minutes"), [(0, 1, 5), (1, 2, 7), (2, 3, 20), (3, 3, 20), (9, 3, 20)]
)
def test_each_rung_has_its_minutes_and_the_last_is_repeated(reached: int, next_rung: int, minutes: int) -> None:
    step = climb(reached, ladder(5, 7, 9, repeat_minutes=20), NOW)
    assert (step.rung, step.again_at) == (next_rung, after(minutes))


@given(st.lists(st.integers(1, 1440), min_size=1, max_size=20), st.integers(1, 1440), st.integers(1, 40))
def test_a_climb_passes_over_nobody_never_goes_down_and_never_ends(minutes: list[int], repeat: int, steps: int) -> None:
    on_call, reached, at, climbed = ladder(*minutes, repeat_minutes=repeat), 0, NOW, []
    for _ in range(steps):
        step = climb(reached, on_call, at)
        assert step.again_at > at
        reached, at = step.rung, step.again_at
        climbed.append(reached)
    assert climbed == [min(n, len(minutes)) for n in range(1, steps + 1)]


def test_a_page_is_replaced_only_by_a_later_one_to_the_same_rung() -> None:
    assert [superseded(2, 1, 2, 1), superseded(1, 0, 2, 1), superseded(2, 1, 2, 2)] == [False, False, True]


def test_a_page_that_failed_is_sent_again_soon_and_never_later_than_in_a_minute() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3, 4, 5, 6, 1000)] == [5, 10, 20, 40, 60, 60, 60]


def test_every_attempt_of_a_page_has_the_same_id_and_each_page_its_own() -> None:
    concern, other = page_id(ONE, 0), page_id(TWO, 0)
    assert concern == page_id(ONE, 0)
    assert len({concern, other, page_id(ONE, 1)}) == 3


def test_a_rung_becomes_the_way_to_reach_it() -> None:
    assert Target.of(rung()).model_dump() == {
        "name": "Ash", "role": "Clinician", "channel": "EMAIL", "address": "ash@clinic.example",
    }  # fmt: skip
    webhook = Target.of(rung(webhook="https://pager.example.org/x"))
    assert (webhook.channel, webhook.address) == ("WEBHOOK", "https://pager.example.org/x")
