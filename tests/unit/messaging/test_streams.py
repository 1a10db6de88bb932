"""What taking an event asks for (design: streams, stop facts overtake)."""

import pytest

from shared.messaging.streams import Refusal, Step, Taken, decide, decide_refused

NEXT, NEXT_PARKED = Taken(True, False, False, False), Taken(True, True, False, False)
GAP, GAP_PARKED = Taken(False, False, True, False), Taken(False, True, True, False)


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


@pytest.mark.parametrize(
    ("taken", "expected"),
    [(None, Step.SKIP), (NEXT, Step.ADVANCE), (NEXT_PARKED, Step.ADVANCE), (GAP, Step.APPLY_AND_HOLD)],
)
def test_what_was_applied_behind_a_gap_only_moves_the_stream_on(taken: Taken | None, expected: Step) -> None:
    assert decide(taken, handled=True, overtakes=True, applied=True) is expected


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        (None, Refusal.LEAVE),
        (NEXT, Refusal.PARK),
        (NEXT_PARKED, Refusal.PARK),
        (GAP, Refusal.HOLD),
        (GAP_PARKED, Refusal.HOLD),
    ],
)
def test_a_refused_event_is_parked_only_in_its_turn(taken: Taken | None, expected: Refusal) -> None:
    assert decide_refused(taken) is expected
