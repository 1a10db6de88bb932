"""Figures: ours beside a plain variant in the same run, so that the machine cancels out."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

ROUNDS = 3
Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A comparison. `more_is_better` for rates; the ratio says how many times better ours is, below 1 worse."""

    name: str
    unit: str
    ours: float
    plain: float
    plain_is: str
    more_is_better: bool = True

    @property
    def ratio(self) -> float:
        return self.ours / self.plain if self.more_is_better else self.plain / self.ours

    def document(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": round(self.ratio, 3)}


async def by_turns(ours: Measure, plain: Measure, rounds: int = ROUNDS) -> tuple[float, float]:
    """Medians of both, measured by turns so that a disturbance strikes both."""
    measured = [(await ours(), await plain()) for _ in range(rounds)]
    return median(one for one, _ in measured), median(other for _, other in measured)
