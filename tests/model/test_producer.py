"""Nothing that committed is lost on its way to the log, whatever happens to relays and brokers (design: delivery)."""

import pytest

from tests.model.bounds import WIDE, hold
from tests.model.producer import Producer
from tests.model.producer_state import Left

FOUR = ("pp", "pp")
NARROW = [
    ("a relay dies, another is paused for longer than its lease", Producer(FOUR, Left(crashes=1, pauses=1))),
    ("a relay dies, and the fate of a batch is open", Producer(FOUR, Left(crashes=1, doubts=1))),
    ("a relay is paused, and the fate of a batch is open", Producer(("p", "p"), Left(pauses=1, doubts=1))),
    ("two patients, transactions that wait for each other", Producer(("pq", "qp"), Left(crashes=1, pauses=1))),
    ("two patients, transactions that do not", Producer(("pp", "qq"), Left(crashes=1))),
    ("power loss while a relay is paused", Producer(("p", "p"), Left(pauses=1, power=1))),
    ("power loss while the fate of a batch is open", Producer(("pp",), Left(doubts=1, power=1))),
    ("power loss, long after and again", Producer(("p", "p"), Left(crashes=1, power=2, eras=1))),
    ("a topic is lost, and relays die", Producer(("ppp",), Left(crashes=3, topics=1, eras=1), relays=1, batch=1)),
    ("a topic is lost while a relay is paused", Producer(("pp",), Left(pauses=1, topics=1), batch=1)),
]  # fmt: skip
MORE = [
    ("pauses and doubts", Producer(FOUR, Left(pauses=1, doubts=1))),
    ("two patients and doubts", Producer(("pp", "qq"), Left(crashes=1, doubts=1))),
    ("deaths, pauses and doubts", Producer(FOUR, Left(crashes=1, pauses=1, doubts=1))),
    ("two deaths and two pauses", Producer(FOUR, Left(crashes=2, pauses=2))),
    ("power loss with all of it", Producer(("pp",), Left(crashes=1, pauses=1, doubts=1, power=1))),
    ("a topic is lost in two eras", Producer(("ppp",), Left(crashes=4, topics=2, eras=1), relays=1, batch=1)),
]


@pytest.mark.parametrize("world", [pytest.param(w, id=case) for case, w in (NARROW + MORE if WIDE else NARROW)])
def test_what_committed_reaches_the_log_and_is_marked(world: Producer) -> None:
    """Two workers, one patient and four events, or fewer where the broker loses what it had."""
    assert all(world.broken(end) is None for end in hold(world))
