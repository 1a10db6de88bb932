"""What taking an event asks for (design: streams, stop facts overtake)."""

import pytest

from shared.messaging.streams import Step, Taken, decide

NEXT, NEXT_PARKED = Taken(True, False, False), Taken(True, True, False)
GAP, GAP_PARKED = Taken(False, False, True), Taken(False, True, True)


@pytest.mark.parametrize(
    ("taken", "handled", "overtakes", "expected"),
    [
        (None, True, False, Step.SKIP),
        (None, True, True, Step.SKIP),
        (None, False, False, Step.SKIP),
        (NEXT, True, False, Step.APPLY),
        (NEXT, True, True, Step.APPLY),
        (NEXT, False, False, Step.ADVANCE),
        (NEXT_PARKED, True, False, Step.QUEUE),
        (NEXT_PARKED, True, True, Step.APPLY),
        (NEXT_PARKED, False, False, Step.ADVANCE),
        (GAP, True, False, Step.HOLD),
        (GAP, True, True, Step.APPLY_AND_HOLD),
        (GAP, False, False, Step.HOLD),
        (GAP, False, True, Step.HOLD),
        (GAP_PARKED, True, False, Step.HOLD),
        (GAP_PARKED, True, True, Step.APPLY_AND_HOLD),
    ],
)
def test_each_case_has_one_step(taken: Taken | None, handled: bool, overtakes: bool, expected: Step) -> None:
    assert decide(taken, handled=handled, overtakes=overtakes) is expected
