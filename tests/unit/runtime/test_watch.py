"""How often a worker looks for what others wrote: seldom only when it is quiet, and never while a test moves time."""

import pytest

from shared.runtime.watch import EVERY, QUIET_AFTER, QUIET_EVERY, pause


@pytest.mark.parametrize(
    ("quiet", "time_moves", "seconds"),
    [
        (0.0, False, EVERY),
        (QUIET_AFTER, False, EVERY),
        (QUIET_AFTER + 0.1, False, QUIET_EVERY),
        (3600.0, False, QUIET_EVERY),
        (3600.0, True, EVERY),
    ],
)
def test_the_next_look_is_late_only_when_there_was_nothing_for_a_while(quiet, time_moves, seconds):
    assert pause(quiet, time_moves=time_moves) == seconds
