"""What a change weighs (domain D.5, `policy`): days, hours, another location, wishes, a driver."""

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.scheduling.domain.weighing import ANYTHING, CourseWishes, Slot, weight
from shared.clinicfile.booking import ReplanPolicy

MONDAY = date(2026, 12, 7)
WAS = Slot("main", MONDAY, time(9), time(11, 30))
POLICY = ReplanPolicy()


def slot(day: int = 0, at: str = "09:00", until: str = "11:30", location: str = "main") -> Slot:
    return Slot(location, date(2026, 12, 7 + day), time.fromisoformat(at), time.fromisoformat(until))


@pytest.mark.parametrize(
    ("wishes", "now", "at_the_end", "found"),
    [
        ({}, slot(), False, 0),
        ({}, slot(at="09:15"), False, 4),
        ({}, slot(at="10:00"), False, 4),
        ({}, slot(at="07:45"), False, 8),
        ({}, slot(1), False, 40),
        ({}, slot(-3 + 7, "10:30"), False, 160 + 8),
        ({}, slot(location="mill"), False, 60),
        ({}, slot(14), True, 400),
        ({}, slot(14, "10:00"), True, 404),
        ({"days": ["mon", "wed"]}, slot(1), False, 40 + 50),
        ({"days": ["mon", "wed"]}, slot(2), False, 80),
        ({"from_time": "08:00", "until_time": "09:00"}, slot(at="09:15"), False, 4 + 50),
        ({"until_time": "08:00"}, slot(at="09:15"), False, 4),  # it had not that before
        ({"locations": ["main"]}, slot(location="mill"), False, 60 + 50),
        ({"locations": ["mill"]}, slot(location="mill"), False, 60),
        ({"same_slot": True}, slot(1), False, 40),
        ({"same_slot": True}, slot(1, "09:30"), False, 40 + 4 + 50),
        ({"driver": {"until_time": "12:00"}}, slot(1), False, 40),
        ({"driver": {"until_time": "12:00"}}, slot(at="10:00", until="12:30"), False, 4 + 300),
        ({"driver": {"days": ["mon"]}}, slot(1), False, 40 + 300),
        ({"driver": {"days": ["fri"]}}, slot(1), False, 40),
        ({"days": ["mon"], "same_slot": True, "locations": ["main"]}, slot(1, "10:00", location="mill"), False,
         40 + 4 + 60 + 150),
    ],
)  # fmt: skip
def test_each_change_has_its_weight(wishes: dict[str, Any], now: Slot, at_the_end: bool, found: int) -> None:
    assert weight(POLICY, CourseWishes.model_validate(wishes), WAS, now, at_the_end=at_the_end) == found


@given(st.integers(0, 10), st.integers(0, 900))
def test_without_wishes_nothing_but_the_slot_itself_weighs(day: int, minute: int) -> None:
    now = Slot("main", date(2026, 12, 7 + day), time(minute // 60, minute % 60), time(23))
    assert (weight(POLICY, ANYTHING, WAS, now) == 0) is (now.day == WAS.day and now.at == WAS.at)


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"from_time": "10:00", "until_time": "09:00"}, "times_inverted"),
        ({"from_time": "10:00+01:00"}, "local_time_only"),
        ({"driver": {"from_time": "10:00", "until_time": "09:00"}}, "times_inverted"),
        ({"days": ["someday"]}, "literal_error"),
        ({"chair": "by the window"}, "extra_forbidden"),
    ],
)
def test_a_wish_that_means_nothing_is_refused(wishes: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        CourseWishes.model_validate(wishes)
    assert [error["type"] for error in refused.value.errors()] == [code]
