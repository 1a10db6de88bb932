"""What a stored event asks for when it is looked at again under the lock of its stream (design: streams)."""

import pytest

from shared.messaging.waiting import Turn, Why, turn


@pytest.mark.parametrize(
    ("then", "now", "heads", "expected"),
    [
        ("gap", "gap", False, Turn.TAKE),
        ("gap", "queued", True, Turn.OVER),
        ("gap", "parked", True, Turn.OVER),
        ("queued", "queued", True, Turn.WORK_OFF),
        ("queued", "queued", False, Turn.OVER),
        ("queued", "parked", True, Turn.OVER),
    ],
)
def test_an_event_that_waits_for_another_reason_by_now_was_dealt_with(
    then: Why, now: Why, heads: bool, expected: Turn
) -> None:
    assert turn(then, now, heads=heads) is expected
