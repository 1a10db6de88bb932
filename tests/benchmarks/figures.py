"""Figures: what was measured, what it is compared with in the same run, and the bar that it should reach."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit on the ratio to what is compared with, or on the figure itself."""

    limit: float
    of_ratio: bool = False
    at_least: bool = True

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.limit:,g}{' times' if self.of_ratio else ''}"


@dataclass(frozen=True, slots=True)
class Figure:
    """`ours` beside `theirs`, when there is something to compare with; `ratio` is ours divided by theirs."""

    name: str
    unit: str
    ours: float
    against: str = ""
    theirs: float | None = None
    bar: Bar | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.theirs is None else self.ours / self.theirs

    @property
    def met(self) -> bool | None:
        """Whether the bar was reached; None without one."""
        value = self.ratio if self.bar and self.bar.of_ratio else self.ours
        return None if self.bar is None or value is None else self.bar.met(value)

    def document(self) -> dict[str, Any]:
        """As it stands in `.results/bench.json`."""
        return asdict(self) | {"ratio": self.ratio, "bar": str(self.bar) if self.bar else None, "met": self.met}


def times(limit: float) -> Bar:
    """At least so many times what it is compared with."""
    return Bar(limit, of_ratio=True)


def at_least(limit: float) -> Bar:
    return Bar(limit)


def at_most(limit: float) -> Bar:
    return Bar(limit, at_least=False)


async def by_turns(ways: Mapping[str, Measure], rounds: int) -> dict[str, float]:
    """The median of each way, measured by turns so that a disturbance strikes all."""
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, measure in ways.items():
            measured[name].append(await measure())
    return {name: median(values) for name, values in measured.items()}


def quantile(values: list[float], part: float) -> float:
    """The value below which so large a part lies, such as 0.99."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]
