"""Consumers: three that are wrong, and one that is right as far as a plain consumer can be."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.faults.history import Sent
from tests.faults.naive.shop import Member, Reach, Shop, fact_of

APPLIED, BETWEEN, OFFSETS = "applied", "applied, stream not advanced", "offset committed"
Take = Callable[[Shop, Sent, Reach], Awaitable[None]]
_EFFECT = "INSERT INTO effect (event_id) VALUES ($1)"
_SEEN = "SELECT coalesce(max(taken), 0) FROM stream WHERE key = $1"
_ADVANCE = "INSERT INTO stream VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET taken = excluded.taken"
_ONCE = "WITH new AS (INSERT INTO inbox VALUES ($1) ON CONFLICT DO NOTHING RETURNING event_id) " + _EFFECT.replace(
    "VALUES ($1)", "SELECT event_id FROM new"
)


async def offsets_first(shop: Shop, reach: Reach) -> None:
    """Offsets are committed as records are read, as automatic commits do; then the records take effect."""
    await _each(shop, reach, _effect, offsets_first=True)


async def without_streams(shop: Shop, reach: Reach) -> None:
    """Each record takes effect, then its offset is committed; nobody remembers which events were seen."""
    await _each(shop, reach, _effect)


async def streams_apart(shop: Shop, reach: Reach) -> None:
    """The stream is looked at before the effect and advanced after it, in a transaction of its own."""
    await _each(shop, reach, _effect_then_stream)


async def with_inbox(shop: Shop, reach: Reach) -> None:
    """Effect and memory of the event in one transaction, then the offset."""
    await _each(shop, reach, _once)


async def _each(shop: Shop, reach: Reach, take: Take, *, offsets_first: bool = False) -> None:
    member = Member(shop.bootstrap)
    try:
        for record in member.read_all():
            if offsets_first:
                member.commit(record)
                reach(OFFSETS)
            await take(shop, fact_of(record), reach)
            reach(APPLIED)
            if not offsets_first:
                member.commit(record)
                reach(OFFSETS)
    finally:
        member.die()


async def _effect(shop: Shop, fact: Sent, _reach: Reach) -> None:
    await _run(shop, _EFFECT, fact.event_id)


async def _once(shop: Shop, fact: Sent, _reach: Reach) -> None:
    await _run(shop, _ONCE, fact.event_id)


async def _effect_then_stream(shop: Shop, fact: Sent, reach: Reach) -> None:
    if await _run(shop, _SEEN, fact.key) < fact.seq:
        await _run(shop, _EFFECT, fact.event_id)
        reach(BETWEEN)
        await _run(shop, _ADVANCE, fact.key, fact.seq)


async def _run(shop: Shop, statement: str, *arguments: Any) -> Any:
    connection = await shop.connect()
    try:
        return await connection.fetchval(statement, *arguments)
    finally:
        await connection.close()
