"""The checker seen to fail: each naive variant is broken at the one point that exposes it, and is caught."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from shared.ids import new_id
from tests.faults.checker import judge
from tests.faults.history import History
from tests.faults.naive import consumers, producers
from tests.faults.naive.shop import DDL, Crash, Reach, Shop, crashing_at, unharmed
from tests.faults.report import Record, keep
from tests.support.postgres import Postgres

FACTS = 3
Consume = Callable[[Shop, Reach], Awaitable[None]]


@pytest.fixture
async def shop(postgres: Postgres, broker: str) -> AsyncIterator[Shop]:
    name = await postgres.create_empty("naive")
    made = Shop(postgres.url(name), broker)
    connection = await made.connect()
    await connection.execute(DDL)
    await connection.close()
    yield made
    await postgres.drop(name)


def caught(name: str, history: History, properties: set[str]) -> set[str]:
    """What the checker says of a variant; whether that is what it must say is written down."""
    verdict = judge(history)
    found = {what for what, count in verdict.counts().items() if count}
    keep(Record(
        f"naive: {name}", verdict, found == properties, naive=True, events=len(history.said), kills=1
    ))  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("consume", "point", "properties"),
    [
        (consumers.offsets_first, consumers.OFFSETS, {"lost"}),
        (consumers.without_streams, consumers.APPLIED, {"doubled"}),
        (consumers.streams_apart, consumers.BETWEEN, {"doubled"}),
    ],
)
async def test_a_naive_consumer_is_caught_after_one_crash(
    shop: Shop, consume: Consume, point: str, properties: set[str]
) -> None:
    await _said(shop)
    with pytest.raises(Crash):
        await consume(shop, crashing_at(point, time=2))
    await consume(shop, unharmed)
    assert caught(consume.__name__.replace("_", " "), await shop.history(), properties) == properties


@pytest.mark.parametrize("point", [consumers.APPLIED, consumers.OFFSETS])
async def test_a_consumer_that_remembers_in_the_same_transaction_is_clean_after_the_same_crashes(
    shop: Shop, point: str
) -> None:
    await _said(shop)
    with pytest.raises(Crash):
        await consumers.with_inbox(shop, crashing_at(point, time=2))
    await consumers.with_inbox(shop, unharmed)
    assert judge(await shop.history()).clean


async def test_two_relays_that_skip_locked_rows_are_caught(shop: Shop) -> None:
    """The first holds a row while the second sends the one behind it; a consumer that takes each once follows them."""
    holding, second_is_done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        holding.set()
        await second_is_done.wait()

    async def at_once() -> None:
        """The second sends without delay."""

    key = new_id()
    for _ in range(FACTS):
        await shop.store(key)
    async with asyncio.TaskGroup() as relays:
        relays.create_task(producers.relay_skipping_locked(shop, hold))
        await holding.wait()
        await producers.relay_skipping_locked(shop, at_once)
        second_is_done.set()
    await consumers.with_inbox(shop, unharmed)
    assert caught("two relays skip locked", await shop.history(), {"reordered"}) == {"reordered"}


async def test_a_command_that_publishes_after_its_commit_is_caught(shop: Shop) -> None:
    key, reach = new_id(), crashing_at(producers.COMMITTED, time=FACTS)
    for _ in range(FACTS):
        with suppress(Crash):
            await producers.store_then_publish(shop, key, reach)
    await consumers.with_inbox(shop, unharmed)
    broken = {"lost", "zombies"}
    assert caught("publish after commit", await shop.history(outbox=False), broken) == broken


async def _said(shop: Shop) -> None:
    key = new_id()
    for _ in range(FACTS):
        await shop.store(key)
    await shop.relay()
