"""The relay, in order and durable, against what one would use instead, draining a backlog to the same topic.

Events of 400 bytes about 500 patients that take turns. Each way is under way before the backlog is committed, in one
transaction; its rate counts until the last event is acknowledged and written down as sent.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from shared.messaging.relay import run_relay
from shared.runtime.loops import Progress
from shared.service import Service
from tests.benchmarks import peers
from tests.benchmarks.backlog import SENT, add
from tests.benchmarks.figures import Figure, Measure, at_least, by_turns, times
from tests.benchmarks.ground import Ground, beside, reaching

EVENTS, ROUNDS = 30_000, 3
ROW_BY_ROW, ORDERED, UNORDERED, DEBEZIUM = (
    "a loop, row by row", "faststream-outbox, 1 worker", "faststream-outbox, 16 workers, no order", "Debezium's engine",
)  # fmt: skip
BARS = {ROW_BY_ROW: 6.0, ORDERED: 6.0, UNORDERED: 6.0, DEBEZIUM: 2.0}


async def measure(ground: Ground) -> list[Figure]:
    ways: dict[str, Measure] = {
        "ours": partial(_rate, ground, _ours, EVENTS),
        ROW_BY_ROW: partial(_rate, ground, peers.row_by_row, EVENTS // 50),
    }
    if not peers.missing():
        ways[ORDERED] = partial(peers.faststream_outbox, ground, 1, EVENTS // 50)
        ways[UNORDERED] = partial(peers.faststream_outbox, ground, 16, EVENTS // 15)
    if not ground.embedded and not peers.missing(java=True):
        ways[DEBEZIUM] = partial(peers.debezium, ground, EVENTS // 3)
    rates = await by_turns(ways, ROUNDS)
    ours = rates.pop("ours")
    compared = [Figure("relay", "events/s", ours, name, rate, times(BARS[name])) for name, rate in rates.items()]
    return [Figure("relay", "events/s", ours, bar=at_least(15_000)), *compared]


async def _rate(ground: Ground, relay: Callable[[Service], Awaitable[None]], events: int) -> float:
    with ground.cluster() as broker:
        async with ground.service("intake", broker) as service, beside(relay(service)):
            await add(service, 1)
            await reaching(service, SENT, 1)
            committed = await add(service, events)
            return events / (await reaching(service, SENT, 1, every=0.02) - committed)


async def _ours(service: Service) -> None:
    await run_relay(service, Progress("relay"))
