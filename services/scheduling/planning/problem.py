"""The options of everybody who is re-planned as one problem in numbers: what excludes what, and what each weighs.

Nothing of it says who or when: a seat, a place (another slot of somebody) and an option are their numbers.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from services.scheduling.domain.cover import Site
from services.scheduling.domain.interpreting import Interpreters, talk_limits
from services.scheduling.domain.place import Block
from services.scheduling.domain.together import Limit, limits
from services.scheduling.planning.moving import Seat
from services.scheduling.planning.options import Spot, Unit, Where
from services.scheduling.planning.reach import Change

T = TypeVar("T")


class Choice(BaseModel):
    """For each unit the number of its option, None for none; for each place that is used the number of its seat."""

    options: list[int | None]
    seats: dict[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A spot, and the seats that it can have, each with what that weighs."""

    spot: Spot
    seats: Sequence[tuple[Seat, int]]

    @property
    def least(self) -> int:
        return self.spot.weight + min(weight for _, weight in self.seats)


@dataclass(frozen=True, slots=True)
class Problem:
    """`options`: per unit and option the numbers of its places. `seat_ids`: by their numbers. `greedy`: its choice."""

    units: Sequence[Unit]
    places: Sequence[Place]
    options: Sequence[Sequence[Sequence[int]]]
    seat_ids: Sequence[UUID]
    limits: Sequence[Limit]
    greedy: Choice

    def weight(self, choice: Choice) -> int:
        """What a choice weighs in all."""
        found = 0
        for unit, options, chosen in zip(self.units, self.options, choice.options, strict=True):
            found += unit.without if chosen is None else sum(self._of(p, choice.seats[p]) for p in options[chosen])
        return found

    def _of(self, place: int, seat: int) -> int:
        weights = {one.id: weight for one, weight in self.places[place].seats}
        return self.places[place].spot.weight + weights[self.seat_ids[seat]]

    @property
    def least(self) -> int:
        """What no choice weighs less than: everybody's lightest option, whoever else wants the same."""
        return sum(
            min([unit.without, *(sum(self.places[p].least for p in option) for option in options)])
            for unit, options in zip(self.units, self.options, strict=True)
        )

    def changes(self, choice: Choice, unit: int) -> list[tuple[Spot, Change]]:
        """What a unit's appointments become. Raises LookupError when the choice is none of this problem."""
        chosen = choice.options[unit]
        return [] if chosen is None else [self._change(p, choice.seats[p]) for p in self.options[unit][chosen]]

    def _change(self, place: int, seat: int) -> tuple[Spot, Change]:
        seats, spot = {one.id: one for one, _ in self.places[place].seats}, self.places[place].spot
        return spot, spot.change(seats[self.seat_ids[seat]])

    def told(self) -> dict[str, Any]:
        """The problem as `improver` reads it: numbers alone; instants in seconds."""
        numbers = {seat: n for n, seat in enumerate(self.seat_ids)}

        def seconds(block: Block) -> dict[str, int]:
            return {"since": int(block.starts_at.timestamp()), "until": int(block.ends_at.timestamp())}

        return {
            "units": [
                {"without": unit.without, "options": [
                    {"weight": sum(self.places[p].spot.weight for p in option), "places": list(option)}
                    for option in options
                ]}
                for unit, options in zip(self.units, self.options, strict=True)
            ],
            "places": [
                {"seats": [[numbers[seat.id], weight] for seat, weight in place.seats], **seconds(place.spot.block)}
                for place in self.places
            ],
            "limits": [{"at_most": one.at_most, "uses": [list(use) for use in one.uses]} for one in self.limits],
            "hint": {
                "options": self.greedy.options, "seats": {str(p): seat for p, seat in self.greedy.seats.items()}
            },
        }  # fmt: skip


def problem_of(
    units: Sequence[Unit], sites: Mapping[Where, Site], pools: Mapping[Where, Interpreters] | None = None
) -> Problem:
    """The problem of some units. `sites`: the locations with a roster, with all that is booked, held or fixed there;
    `pools`: who interprets at them."""
    known, places, options = dict[object, int](), list[Place](), list[list[list[int]]]()
    for unit in units:
        options.append([])
        for option in unit.options:
            for spot in option:
                if (spot.row.id, spot.key) not in known:
                    known[spot.row.id, spot.key] = len(places)
                    places.append(_place(unit, spot))
            options[-1].append([known[spot.row.id, spot.key] for spot in option])
    seat_ids = sorted({seat.id for place in places for seat, _ in place.seats})
    numbers = {seat: n for n, seat in enumerate(seat_ids)}
    greedy = Choice(options=[unit.greedy for unit in units], seats={
        place: numbers[change.seat.id]
        for unit, found in zip(units, options, strict=True) if unit.greedy is not None
        for place, change in zip(found[unit.greedy], unit.proposal.changes, strict=True)
    })  # fmt: skip
    return Problem(
        units, places, options, seat_ids, [*_limits(places, sites), *_talk_limits(places, pools or {})], greedy
    )


def _place(unit: Unit, spot: Spot) -> Place:
    return Place(spot, [(seat, spot.of_seat(unit.policy.another_chair, seat)) for seat in spot.seats()])


def _limits(places: Sequence[Place], sites: Mapping[Where, Site]) -> list[Limit]:
    """What each location's nurses and kits can take of those who come there at a time that is new for them."""
    return [
        _of_places(one, list(loads))
        for where, loads in _coming(places, sites, lambda spot: spot.load).items()
        for one in limits(sites[where], list(loads.values()))
    ]


def _talk_limits(places: Sequence[Place], pools: Mapping[Where, Interpreters]) -> list[Limit]:
    """For how many of those who come there and need it somebody interprets."""
    return [
        _of_places(one, list(talks))
        for where, talks in _coming(places, pools, lambda spot: spot.talk).items()
        for one in talk_limits(pools[where], list(talks.values()))
    ]


def _coming(
    places: Sequence[Place], known: Collection[Where], asks: Callable[[Spot], T | None]
) -> dict[Where, dict[int, T]]:
    """What the places ask of each location of which something is known, by their numbers."""
    found = defaultdict[Where, dict[int, T]](dict)
    for number, place in enumerate(places):
        asked = asks(place.spot)
        if place.spot.where in known and asked is not None:
            found[place.spot.where][number] = asked
    return found


def _of_places(limit: Limit, numbers: Sequence[int]) -> Limit:
    """The limit by the numbers of the places that it is about."""
    return Limit(limit.at_most, tuple((numbers[n], many) for n, many in limit.uses))
