"""Once, in order, nothing lost, nobody stuck: whatever order events arrive in, whatever happens (design: delivery)."""

from itertools import combinations, permutations

import pytest

from tests.model.bounds import WIDE, hold
from tests.model.consumer import Consumer
from tests.model.consumer_state import Left, Log
from tests.model.transactions import Event

PLAIN = tuple(Event(0, seq) for seq in (1, 2, 3, 4))
POISON, SECOND, STOP, UNHEARD = Event(0, 1, "poison"), Event(0, 2), Event(0, 3, "stop"), Event(0, 4, "unheard")
MIXED = (POISON, SECOND, STOP, UNHEARD)
EVERY_ORDER = tuple(permutations(MIXED))
REPEATED = tuple(
    log for first in permutations(PLAIN) for again in PLAIN for at in range(5)
    if (log := (*first[:at], again, *first[at:])) and first[0].seq != 1
)  # fmt: skip


def a_failed_send(log: Log) -> Log:
    """The second event of the log failed in the middle of its batch; it and what follows it is sent again."""
    return (log[0], *log[2:], *log[1:])


def interleaved(first: Log, second: Log) -> tuple[Log, ...]:
    """Every way in which the records of two producers can be read."""
    logs = []
    for places in combinations(range(len(first) + len(second)), len(first)):
        rest = iter(second)
        own = iter(first)
        logs.append(tuple(next(own) if at in places else next(rest) for at in range(len(first) + len(second))))
    return tuple(logs)


TWO_PRODUCERS = interleaved((Event(0, 1, "poison"), Event(0, 2, "stop")), (Event(1, 2), Event(1, 1)))
NARROW = [
    ("in order; death, pause, rebalance", Consumer((PLAIN,), Left(crashes=1, pauses=1, revokes=1))),
    ("in order, in small batches", Consumer((PLAIN,), Left(crashes=1, pauses=1, revokes=1), batch=2)),
    ("half of all orders; death", Consumer(EVERY_ORDER[::2], Left(crashes=1))),
    ("some orders; pause", Consumer(EVERY_ORDER[::8], Left(pauses=1))),
    ("every order; discard", Consumer(EVERY_ORDER, Left(discards=1))),
    ("orders and repeats; rebalance", Consumer(REPEATED[::8], Left(revokes=1))),
    ("a failed send; death, discard", Consumer((a_failed_send(MIXED),), Left(crashes=1, discards=1))),
    ("a failed send; pause, discard", Consumer((a_failed_send(MIXED),), Left(pauses=1, discards=1))),
    ("two producers in every order; death, discard", Consumer(TWO_PRODUCERS, Left(crashes=1, discards=1))),
    ("an older backup", Consumer((MIXED, a_failed_send(MIXED)), Left(restores=1))),
    ("an older backup; death", Consumer((a_failed_send(PLAIN),), Left(restores=1, crashes=1))),
]
MORE = [
    ("a failed send; death, pause, discard", Consumer((a_failed_send(MIXED),), Left(crashes=1, pauses=1, discards=1))),
    ("every order; death, pause, discard", Consumer(EVERY_ORDER, Left(crashes=1, pauses=1, discards=1))),
    ("every order and repeat; two deaths, pause", Consumer(REPEATED, Left(crashes=2, pauses=1))),
    ("a failed send; two of each", Consumer((a_failed_send(MIXED),), Left(crashes=2, pauses=2, revokes=2))),
    ("two producers; death, pause, discards", Consumer(TWO_PRODUCERS, Left(crashes=1, pauses=1, discards=2))),
    ("two older backups; death", Consumer((a_failed_send(MIXED),), Left(restores=2, crashes=1))),
]


@pytest.mark.parametrize("world", [pytest.param(w, id=case) for case, w in (NARROW + MORE if WIDE else NARROW)])
def test_each_event_takes_effect_once_and_in_order_and_nobody_is_stuck(world: Consumer) -> None:
    """Two members, a sweep, an operator; one patient with four events."""
    assert all(world.broken(end) is None for end in hold(world))
