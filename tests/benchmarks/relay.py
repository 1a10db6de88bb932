"""The relay against the usual way of an outbox: fetch one row, publish it, wait for the ack, mark it."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.clock import monotonic
from shared.events import topic_of
from shared.messaging.kafka import producer_session
from shared.messaging.records import Outgoing
from shared.messaging.relay import BUSY_SECONDS, run_relay
from shared.runtime.loops import Progress
from shared.service import Service
from tests.benchmarks.figures import Figure, by_turns
from tests.benchmarks.ground import EVENTS, Ground, beside, cluster, reaching, said_of_patients
from tests.integration.messaging.kit import emit

_SENT = "SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL"
_NEXT = "SELECT id, key, body FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT 1"
_MARK = "UPDATE outbox SET sent_at = clock_timestamp() WHERE id = $1"


async def measure(ground: Ground) -> list[Figure]:
    ours, plain = await by_turns(lambda: _rate(ground, _ours), lambda: _rate(ground, _row_by_row))
    return [Figure("relay", "events/s", ours, plain, "publish row by row")]


async def _rate(ground: Ground, relay: Callable[[Service], Awaitable[None]]) -> float:
    """Events per second from their commit until the last is marked as sent, by a relay that is under way."""
    with cluster() as broker:
        async with ground.service("intake", broker) as service, beside(relay(service)):
            await emit(service, *said_of_patients(1))
            await reaching(service, _SENT, 1)
            await emit(service, *said_of_patients(EVENTS))
            committed = monotonic()
            return EVENTS / (await reaching(service, _SENT, EVENTS + 1) - committed)


async def _ours(service: Service) -> None:
    await run_relay(service, Progress("relay"))


async def _row_by_row(service: Service) -> None:
    pool = await service.database.pool()
    async with producer_session(service.settings, topic_of("intake")) as producer:
        while True:
            row = await pool.fetchrow(_NEXT)
            if row is None:
                await asyncio.sleep(BUSY_SECONDS)
                continue
            await producer.send([Outgoing(str(row["key"]).encode(), row["body"], [])])
            await pool.execute(_MARK, row["id"])
