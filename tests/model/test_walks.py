"""Beyond what can be visited in full: long walks with many faults, each of which must still find its way to the end."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import consumer_state, producer_state
from tests.model.consumer import Consumer
from tests.model.explorer import World, explore
from tests.model.producer import Producer
from tests.model.transactions import Event

KINDS = ("plain", "plain", "poison", "stop", "unheard")
STEPS = st.lists(st.integers(0, 2**16), min_size=5, max_size=60)


@dataclass(frozen=True)
class From:
    """A world that begins where a walk ended, with no fault left."""

    world: World[Any]
    state: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world, name)

    def starts(self) -> list[tuple[str, Any]]:
        return [("", self.state)]


def walk(world: World[Any], steps: list[int]) -> Any:
    """Take any of the next steps, again and again; a fault as often as the rest. Returns where it ends."""
    [(_, state)] = world.starts()
    for step in steps:
        moves = list(world.moves(state))
        if not moves:
            break
        label, state, _ = moves[step % len(moves)]
        assert world.broken(state) is None, label
    return state


def finding_from(world: World[Any], state: Any) -> object:
    """What can still go wrong from here, with the way to it; None when nothing can."""
    return explore(From(world, state)).finding


@st.composite
def logs(draw: st.DrawFn) -> consumer_state.Log:
    """Up to six events of two producers, each at least once, in any order."""
    counts = (draw(st.integers(1, 4)), draw(st.integers(0, 2)))
    events = [
        Event(stream, seq, draw(st.sampled_from(KINDS)))
        for stream, count in enumerate(counts) for seq in range(1, count + 1)
    ]  # fmt: skip
    again = draw(st.lists(st.sampled_from(events), max_size=3))
    return tuple(draw(st.permutations([*events, *again])))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(logs(), STEPS, st.integers(1, 4))
def test_a_consumer_ends_well_after_many_faults(log: consumer_state.Log, steps: list[int], batch: int) -> None:
    world = Consumer((log,), consumer_state.Left(crashes=4, pauses=4, revokes=4, discards=2, restores=2), batch=batch)
    state = walk(world, steps)
    assert finding_from(world, state._replace(left=consumer_state.Left())) is None


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["p", "q", "pp", "pq", "ppq"]), min_size=1, max_size=3), STEPS, st.integers(1, 3))
def test_relays_end_well_after_many_faults(emits: list[str], steps: list[int], batch: int) -> None:
    left = producer_state.Left(crashes=4, pauses=4, doubts=2, power=2, topics=1, eras=2)
    world = Producer(tuple(emits), left, batch=batch)
    state = walk(world, steps)
    assert finding_from(world, state._replace(left=producer_state.Left())) is None
