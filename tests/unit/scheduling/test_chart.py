"""What a signature stands for, and which rules are broken in fact."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.chart import digest_of
from services.scheduling.domain.deviation import DeviationCode, late_discharge, prescriber_absent
from tests.unit.scheduling.kit import NOON, at

_CONTENT = st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=8), st.none()), max_size=5)


@given(_CONTENT, _CONTENT)
def test_a_digest_is_of_what_is_written_and_not_of_its_order(one: dict[str, object], two: dict[str, object]) -> None:
    assert digest_of(one) == digest_of(dict(reversed(one.items())))
    assert (digest_of(one) == digest_of(two)) is (one == two)


def test_a_digest_knows_moments() -> None:
    assert digest_of({"at": NOON}) != digest_of({"at": NOON + timedelta(microseconds=1)})
    assert len(digest_of({})) == 64


@pytest.mark.parametrize(("minutes_after", "late"), [(-20, False), (0, False), (30, False), (30.1, True), (90, True)])
def test_who_leaves_long_after_the_block_is_looked_into(minutes_after: float, late: bool) -> None:
    found = list(late_discharge(NOON, at(minutes_after), 30))
    assert [one.code for one in found] == [DeviationCode.LATE_DISCHARGE] * late


def test_a_dose_without_a_prescriber_is_one_deviation_with_all_its_minutes() -> None:
    assert list(prescriber_absent([])) == []
    (found,) = prescriber_absent([(at(20), at(25)), (at(5), at(10))])
    assert found.code is DeviationCode.PRESCRIBER_ABSENT
    assert found.finding == "no prescriber on duty for 10 min while the dose ran, from 2026-11-30T19:05+00:00"
