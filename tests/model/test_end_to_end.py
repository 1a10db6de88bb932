"""Both halves together: whatever relays may write, the consumer bears (design: delivery).

A log only grows here, so that a consumer cannot tell whether it reads while the relays write or afterwards.
"""

from tests.model.bounds import WIDE, hold
from tests.model.consumer import Consumer
from tests.model.consumer_state import Left
from tests.model.producer import Producer
from tests.model.producer_state import Left as ProducerLeft
from tests.model.test_consumer import MIXED


def test_every_log_that_relays_can_write_takes_effect_once_and_in_order() -> None:
    """Four events of one patient, two relays; dead sessions' records come late, batches fail in their middle."""
    written = hold(Producer(("pp", "pp"), ProducerLeft(crashes=1, doubts=1) if WIDE else ProducerLeft(doubts=1)))
    logs = {tuple(MIXED[row - 1] for row in end.log) for end in written}
    assert len(logs) > 20
    hold(Consumer(tuple(sorted(logs)), Left(crashes=1)))
