"""A process of its own that chooses among options: `python -m services.scheduling.planning.improver`.

A problem comes on stdin and a choice goes to stdout, both JSON, in numbers alone (`problem` says what they mean). It
knows no rule: whoever asks tells which options there are, which cannot be together, and what each weighs. No other
process imports this module, since OR-tools costs 80 MB.
"""

import json
import resource
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from ortools.sat.python import cp_model

_MOST_BYTES = 2 << 30  # of address space, of which the library's code and reserves are the greater part
_MOST_MEGABYTES = 256  # for what the search learns
_SEARCH = 3.0  # deterministic seconds: the same problem gives the same choice however busy the machine is
_SEED = 1


def choose(problem: dict[str, Any]) -> dict[str, Any] | None:
    """For each unit the number of its option, or None for none of them, and per place of a chosen option its seat.

    None when nothing was found within the search's limit.
    """
    found = _Model(problem)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed = 1, _SEED
    # the sums of nurses and kits are best proved as sums; what presolve would look for is not worth its time here
    solver.parameters.linearization_level = 2
    solver.parameters.symmetry_level = solver.parameters.cp_model_probing_level = 0
    solver.parameters.max_deterministic_time, solver.parameters.max_memory_in_mb = _SEARCH, _MOST_MEGABYTES
    if solver.solve(found.model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    chosen = [next((o for o, x in enumerate(row) if solver.boolean_value(x)), None) for row in found.options]
    used = {
        p
        for unit, o in zip(problem["units"], chosen, strict=True)
        if o is not None
        for p in unit["options"][o]["places"]
    }
    seats = {p: next(seat for seat, z in found.seats[p].items() if solver.boolean_value(z)) for p in sorted(used)}
    return {"options": chosen, "seats": seats}


class _Model:
    """Every unit has one of its options or none; a place that is used has one seat; no seat is taken twice at once."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.model, self._problem = cp_model.CpModel(), problem
        self.options = [[self._bool() for _ in unit["options"]] for unit in problem["units"]]
        self._none = [self._bool() for _ in problem["units"]]
        self._used = [self._bool() for _ in problem["places"]]
        self.seats = [{seat: self._bool() for seat, _ in place["seats"]} for place in problem["places"]]
        for row, none in zip(self.options, self._none, strict=True):
            self.model.add_exactly_one([*row, none])
        self._tie_places()
        for together in self._in_one_seat():
            self.model.add_at_most_one(together)
        for limit in problem["limits"]:
            self.model.add(sum(many * self._used[place] for place, many in limit["uses"]) <= limit["at_most"])
        self.model.minimize(sum(self._weights()))
        self._hint()

    def _bool(self) -> Any:
        return self.model.new_bool_var("")

    def _tie_places(self) -> None:
        """A place is used when an option with it is chosen, and then has exactly one of its seats."""
        with_it = defaultdict[int, list[Any]](list)
        for unit, row in zip(self._problem["units"], self.options, strict=True):
            for option, x in zip(unit["options"], row, strict=True):
                for place in option["places"]:
                    with_it[place].append(x)
        for place, used in enumerate(self._used):
            self.model.add(sum(with_it[place]) == used)
            self.model.add(sum(self.seats[place].values()) == used)

    def _in_one_seat(self) -> Iterator[list[Any]]:
        """What would be in one seat at one moment. Blocks that overlap share the moment at which one of them begins."""
        by_seat = defaultdict[int, list[tuple[int, int, Any]]](list)
        for place, row in zip(self._problem["places"], self.seats, strict=True):
            for seat, z in row.items():
                by_seat[seat].append((place["since"], place["until"], z))
        for blocks in by_seat.values():
            for at in sorted({since for since, _, _ in blocks}):
                together = [z for since, until, z in blocks if since <= at < until]
                if len(together) > 1:
                    yield together

    def _weights(self) -> Iterable[Any]:
        """Weights first; among plans of one weight the one that differs least from the hint."""
        first = 1 + len(self._problem["units"])
        for unit, row, none, hint in zip(
            self._problem["units"], self.options, self._none, self._problem["hint"]["options"], strict=True
        ):
            yield first * unit["without"] * none
            for number, (option, x) in enumerate(zip(unit["options"], row, strict=True)):
                yield (first * option["weight"] + (number != hint)) * x
        for place, seats in zip(self._problem["places"], self.seats, strict=True):
            for seat, weight in place["seats"]:
                if weight:
                    yield first * weight * seats[seat]

    def _hint(self) -> None:
        """The search begins with the plan that there is already."""
        hint, used = self._problem["hint"], set[int]()
        for unit, row, none, known in zip(
            self._problem["units"], self.options, self._none, hint["options"], strict=True
        ):
            for number, x in enumerate(row):
                self.model.add_hint(x, number == known)
            self.model.add_hint(none, known is None)
            used |= set(unit["options"][known]["places"]) if known is not None else set()
        for place, seats in enumerate(self.seats):
            self.model.add_hint(self._used[place], place in used)
            for seat, z in seats.items():
                self.model.add_hint(z, place in used and hint["seats"][str(place)] == seat)


def main() -> None:
    """Read, choose, write. Whatever goes wrong ends the process with another code than 0."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES if hard < 0 else min(hard, _MOST_BYTES), hard))
    json.dump(choose(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
