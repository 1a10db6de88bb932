"""How far the model is explored: a bound that ends within seconds, or STILLWATER_MODEL=wide for more faults at once."""

import os

from tests.model.explorer import S, World, explore

WIDE = os.environ.get("STILLWATER_MODEL") == "wide"


def hold(world: World[S]) -> list[S]:
    """Explore a world whole; fails with the shortest way to what is wrong with it. Returns its ends."""
    result = explore(world, 30_000_000 if WIDE else 200_000)
    print(f"{result.states} states, {len(result.ends)} of them ends")
    assert result.finding is None, f"\n{result.finding}"
    assert result.ends
    return result.ends
