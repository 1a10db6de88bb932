"""Visits every state that a world can reach, breadth first, so that what it finds wrong has the shortest trace.

Three things are wrong: a state that breaks a property, a state from which no way leads to the end without a further
fault (somebody is stuck for ever), and a search that does not come to its end.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

S = TypeVar("S", bound=Hashable)


class World(Protocol[S]):
    """States are immutable. `alike` gives the state that stands for all that behave like this one.

    A move is (label, state, fault). Nobody may count on a fault, so it is no way out of being stuck.
    """

    def starts(self) -> Iterable[tuple[str, S]]: ...
    def moves(self, state: S) -> Iterator[tuple[str, S, bool]]: ...
    def alike(self, state: S) -> S: ...
    def broken(self, state: S) -> str | None: ...
    def settled(self, state: S) -> bool: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and the shortest way to it."""

    what: str
    trace: list[str]

    def __str__(self) -> str:
        return "\n".join([f"{n:3}. {step}" for n, step in enumerate(self.trace, 1)] + [f"  => {self.what}"])


@dataclass(frozen=True, slots=True)
class Explored(Generic[S]):
    """How many states there are, those that are an end, and what is wrong; None when nothing is."""

    states: int
    ends: list[S]
    finding: Finding | None


@dataclass(slots=True)
class _Seen(Generic[S]):
    """The states in the order of their discovery; `before` are fault-free predecessors."""

    states: list[S] = field(default_factory=list)
    number: dict[S, int] = field(default_factory=dict)
    parent: list[int] = field(default_factory=list)
    before: list[list[int]] = field(default_factory=list)

    def add(self, state: S, parent: int) -> int | None:
        """Its number when it is new."""
        if state in self.number:
            return None
        self.number[state] = len(self.states)
        self.states.append(state)
        self.parent.append(parent)
        self.before.append([])
        return len(self.parent) - 1

    def path(self, number: int) -> list[S]:
        """From a start to the state."""
        found = []
        while number >= 0:
            found.append(self.states[number])
            number = self.parent[number]
        return found[::-1]


def explore(world: World[S], limit: int = 2_000_000) -> Explored[S]:
    """Visit everything. At most `limit` states, else the finding is that it did not end."""
    seen = _Seen[S]()
    for _, start in world.starts():
        seen.add(world.alike(start), -1)
    for number, state in enumerate(seen.states):  # grows while it is walked through
        for _, reached, fault in world.moves(state):
            after = world.alike(reached)
            new = seen.add(after, number)
            if new is not None and (what := world.broken(after)):
                return Explored(new + 1, [], Finding(what, told(world, seen.path(new))))
            if not fault:
                seen.before[seen.number[after]].append(number)
        if len(seen.states) > limit:
            return Explored(len(seen.states), [], Finding(f"more than {limit} states", []))
    return _ends(world, seen)


def _ends(world: World[S], seen: _Seen[S]) -> Explored[S]:
    """Which states lead to an end, found backwards from the ends."""
    todo = [number for number, state in enumerate(seen.states) if world.settled(state)]
    ends, alive = [seen.states[number] for number in todo], set(todo)
    while todo:
        for before in seen.before[todo.pop()]:
            if before not in alive:
                alive.add(before)
                todo.append(before)
    stuck = next((number for number in range(len(seen.states)) if number not in alive), None)
    finding = None if stuck is None else Finding("stuck for ever", told(world, seen.path(stuck)))
    return Explored(len(seen.states), ends, finding)


def told(world: World[S], path: list[S]) -> list[str]:
    """The steps along a path, walked again with states as they are, so that everybody keeps their name."""
    label, state = next((label, start) for label, start in world.starts() if world.alike(start) == path[0])
    steps = [label]
    for wanted in path[1:]:
        steps_here = ((label, reached) for label, reached, _ in world.moves(state) if world.alike(reached) == wanted)
        label, state = next(steps_here)
        steps.append(label)
    return [step for step in steps if step]
