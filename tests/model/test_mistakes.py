"""A model is worth what it finds: each mistake that was put into it is found, and the shortest way to it is shown."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.model import mistakes
from tests.model.consumer import Consumer
from tests.model.consumer_state import Left as Faults
from tests.model.consumer_state import Log
from tests.model.explorer import World, explore
from tests.model.producer import Producer
from tests.model.producer_state import Left
from tests.model.test_consumer import PLAIN, a_failed_send
from tests.model.transactions import Event, Transactions

POISON = (Event(0, 1, "poison"), Event(0, 2), Event(0, 3))
STOP = (Event(0, 1), Event(0, 2), Event(0, 3, "stop"))
LOST_TOPIC = Left(crashes=3, topics=1, eras=1)
STUCK = "stuck for ever"


@dataclass(frozen=True)
class Case:
    """A wrong world, the right one with the same faults, and what is found."""

    name: str
    wrong: World[Any]
    right: World[Any]
    found: str = STUCK


def producer(name: str, wrong: type[Producer], emits: tuple[str, ...], left: Left, *, relays: int = 2) -> Case:
    batch = 1 if left.topics else 2
    return Case(name, wrong(emits, left, relays, batch), Producer(emits, left, relays, batch))


def consumer(name: str, wrong: Transactions, log: Log, left: Faults, found: str) -> Case:
    return Case(name, Consumer((log,), left, wrong), Consumer((log,), left), found)


CASES = [
    producer("reads id > x", mistakes.Cursor, ("p", "q"), Left(), relays=1),
    producer("advisory lock instead of lease", mistakes.AdvisoryLock, ("pp", "pp"), Left(pauses=1)),
    producer("marks without the epoch", mistakes.MarksWithoutEpoch, ("p",), Left(pauses=1, power=1)),
    producer("never sends again", mistakes.NeverSendsAgain, ("p",), Left(power=1)),
    producer("half a re-send is forgotten", mistakes.DoesNotRecordForgetting, ("ppp",), LOST_TOPIC, relays=1),
    Case(
        "offsets before the database",
        mistakes.OffsetsFirst((PLAIN,), Faults(crashes=1)),
        Consumer((PLAIN,), Faults(crashes=1)),
    ),
    Case(
        "clears parked_since without the row lock",
        mistakes.ClearsWithoutLock((POISON,), Faults()),
        Consumer((POISON,), Faults()),
        "p3 takes effect before p2",
    ),
    Case(
        "offsets are kept when the database goes back",
        mistakes.KeepsOffsetsAfterRestore((PLAIN,), Faults(restores=1)),
        Consumer((PLAIN,), Faults(restores=1)),
    ),
    consumer(
        "parks without taking again", mistakes.ParksBlindly(), POISON, Faults(pauses=1), "p1(poison) takes effect twice"
    ),
    consumer(
        "discard does not clear parked_since", mistakes.LeavesParked(), POISON, Faults(discards=1),
        "parked with nothing to retry",
    ),
    consumer(
        "a stop fact that overtook comes again", mistakes.IgnoresStoredCopy(), a_failed_send(STOP), Faults(crashes=1),
        "p3(stop) takes effect twice",
    ),
    consumer(
        "an event queues while its copy is stored", mistakes.IgnoresStoredCopy(), a_failed_send(POISON),
        Faults(crashes=1), "p3 is lost",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_the_mistake_is_found_and_without_it_nothing_is(case: Case) -> None:
    finding = explore(case.wrong).finding
    print(finding)
    assert finding is not None
    assert finding.what == case.found
    assert finding.trace
    assert explore(case.right).finding is None
