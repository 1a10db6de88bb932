"""Producers that are wrong: relays that share the outbox row by row, and a command that publishes by itself."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from tests.faults.history import Sent
from tests.faults.naive.shop import PRODUCER, Reach, Shop

COMMITTED = "committed, not published"
_NEXT = "SELECT id, event_id, key, seq FROM outbox WHERE NOT sent ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
_MARK = "UPDATE outbox SET sent = true WHERE id = $1"


async def relay_skipping_locked(shop: Shop, before_send: Callable[[], Awaitable[None]]) -> None:
    """One of several relays: the next row that nobody else holds, until there is none."""
    connection = await shop.connect()
    sent = True
    while sent:
        async with connection.transaction():
            row = await connection.fetchrow(_NEXT)
            sent = row is not None
            if row is not None:
                await before_send()
                shop.publish(Sent(PRODUCER, row["event_id"], row["key"], row["seq"]))
                await connection.execute(_MARK, row["id"])
    await connection.close()


async def store_then_publish(shop: Shop, key: UUID, reach: Reach) -> None:
    """A command without an outbox: it commits, answers, and then tells."""
    fact = await shop.store(key, outbox=False)
    reach(COMMITTED)
    shop.publish(fact)
