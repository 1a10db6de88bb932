"""How much is done: `short` in the suite, `full` by `make faults`, `medium` in between (STILLWATER_FAULTS)."""

from dataclasses import dataclass

import pytest

from tests.faults.nemesis import Malice
from tests.support.given import choice, seed

_MOST_SHARED = 400


@dataclass(frozen=True, slots=True)
class Profile:
    """`patients` and `events` of each: the load of the great scenario; the others take a part of it.

    `workers` of each service, where the broker bears several; `outbox`: rows that pile up before the relay starts.
    `slack`: how many times a deadline may be missed; the short profile shares its cores with all other tests.
    """

    name: str
    patients: int
    events: int
    workers: int
    malice: Malice
    outbox: int
    away: float
    slack: float

    def part(self, of: int) -> int:
        """So many patients for a smaller scenario."""
        return max(min(self.patients, _MOST_SHARED) // of, 8)


_PROFILES = {
    "short": Profile(
        "short", 40, 8, 2, Malice(10, 5, 3, pause=(1, 6), apart=(0.6, 1.6)), outbox=3_000, away=4, slack=10
    ),
    "medium": Profile(
        "medium", 300, 10, 3, Malice(40, 20, 12, pause=(1, 12), apart=(1, 3)), outbox=20_000, away=10, slack=3
    ),
    "full": Profile(
        "full", 1_800, 10, 3, Malice(100, 50, 60, pause=(1, 20), apart=(2, 6)), outbox=200_000, away=30, slack=3
    ),
}
PROFILE = _PROFILES[choice("STILLWATER_FAULTS", _PROFILES, "short")]
SEED = seed()
beyond_short = pytest.mark.skipif(PROFILE.name == "short", reason="faults: too long for the short profile; make faults")
