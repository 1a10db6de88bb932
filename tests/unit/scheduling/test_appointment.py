"""States of an appointment (domain D.4, D.5)."""

from datetime import timedelta

import pytest

from services.scheduling.domain.appointment import LIVE, State, is_late, may_become
from tests.unit.scheduling.kit import NOON

ALLOWED = {
    ("CONFIRMED", "CHECKED_IN"), ("CONFIRMED", "CANCELLED"), ("CONFIRMED", "NO_SHOW"), ("CHECKED_IN", "IN_PROGRESS"),
    ("CHECKED_IN", "CANCELLED"), ("IN_PROGRESS", "RECOVERY"), ("IN_PROGRESS", "ABORTED"), ("RECOVERY", "COMPLETED"),
    ("RECOVERY", "ABORTED"),
}  # fmt: skip


@pytest.mark.parametrize("current", State)
@pytest.mark.parametrize("wanted", State)
def test_only_these_changes_of_state_exist(current: State, wanted: State) -> None:
    assert may_become(current, wanted) == ((current.value, wanted.value) in ALLOWED)


def test_an_appointment_that_can_still_change_holds_its_chair() -> None:
    assert {state for state in State if any(may_become(state, other) for other in State)} == LIVE


@pytest.mark.parametrize(
    ("notice", "late"),
    [(timedelta(hours=24), False), (timedelta(hours=24, microseconds=-1), True), (timedelta(0), True)],
)
def test_exactly_twenty_four_hours_of_notice_is_in_time(notice: timedelta, late: bool) -> None:
    assert is_late(NOON + notice, NOON) is late
