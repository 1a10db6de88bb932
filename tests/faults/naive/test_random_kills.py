"""How often one `kill -9` at a random moment breaks each naive variant, and ours in the same place."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.context import ForkServerProcess
from typing import Any

import pytest

from shared.clock import monotonic
from shared.ids import new_id
from shared.runtime.parts.broker import EmbeddedBroker
from tests.faults.checker import Verdict, judge
from tests.faults.history import History
from tests.faults.naive import consumers, producers
from tests.faults.naive.ours import Product
from tests.faults.naive.shop import DDL, Shop, unharmed
from tests.faults.profile import PROFILE, SEED, beyond_short
from tests.faults.report import Record, keep
from tests.support.forks import forked
from tests.support.postgres import Postgres

pytestmark = [pytest.mark.timeout(900), beyond_short]
ROUNDS = {"short": 0, "medium": 3, "full": 12}[PROFILE.name]
PATIENTS, FACTS = 3, 5  # of each
LIMIT_SECONDS = 120.0  # of liveness
Task = Callable[[Shop], Awaitable[None]]
Round = Callable[[Shop, random.Random, float], Awaitable[History]]


async def _offsets_first(shop: Shop) -> None:
    await consumers.offsets_first(shop, unharmed)


async def _without_streams(shop: Shop) -> None:
    await consumers.without_streams(shop, unharmed)


async def _streams_apart(shop: Shop) -> None:
    await consumers.streams_apart(shop, unharmed)


async def _relay(shop: Shop) -> None:
    await producers.relay_skipping_locked(shop, _at_once)


async def _publishing(shop: Shop) -> None:
    """Commands one after the other, going on where the killed process was."""
    patients = [new_id() for _ in range(PATIENTS)]
    while await shop.count() < PATIENTS * FACTS:
        await producers.store_then_publish(shop, random.choice(patients), unharmed)


async def _at_once() -> None:
    """Without delay."""


@pytest.fixture
async def shop_database(postgres: Postgres) -> AsyncIterator[str]:
    name = await postgres.create_empty("kills")
    yield postgres.url(name)
    await postgres.drop(name)


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("offsets first", _offsets_first), ("without streams", _without_streams), ("streams apart", _streams_apart),
    ],
)  # fmt: skip
async def test_naive_consumers_under_random_kills(shop_database: str, name: str, task: Task) -> None:
    async def round_of(shop: Shop, chance: random.Random, window: float) -> History:
        await _killed_once(task, shop, chance, window)
        return await shop.history()

    assert await _rounds(name, shop_database, task, round_of, _sent) == ROUNDS


async def test_naive_relays_under_random_kills(shop_database: str) -> None:
    async def round_of(shop: Shop, chance: random.Random, window: float) -> History:
        beside = _started(_relay, shop)
        await _killed_once(_relay, shop, chance, window)
        await _ended(beside)
        await consumers.with_inbox(shop, unharmed)
        return await shop.history()

    assert await _rounds("two relays skip locked", shop_database, _relay, round_of, _say) == ROUNDS


async def test_naive_commands_under_random_kills(shop_database: str) -> None:
    async def round_of(shop: Shop, chance: random.Random, window: float) -> History:
        await _killed_once(_publishing, shop, chance, window)
        await consumers.with_inbox(shop, unharmed)
        return await shop.history(outbox=False)

    assert await _rounds("publish after commit", shop_database, _publishing, round_of, _nothing) == ROUNDS


async def test_ours_under_the_same_kills(postgres: Postgres) -> None:
    told = _Told("ours")
    for number in range(ROUNDS):
        async with _product(postgres) as product:
            await product.say([new_id() for _ in range(PATIENTS)], FACTS)
            process = _started(Product.work, product)
            await asyncio.sleep(random.Random(f"{SEED}/{number}").uniform(0, 2.0))
            process.kill()
            process.join()
            process = _started(Product.work, product)
            async with asyncio.timeout(LIMIT_SECONDS):
                while not await product.drained():  # noqa: ASYNC110 -- a database sets no Event
                    await asyncio.sleep(0.1)
            process.kill()
            process.join()
            told.note(await product.history())
    told.keep(naive=False)
    assert told.broken_in == 0, str(told.found)


class _Told:
    """What the rounds of a variant showed."""

    def __init__(self, name: str) -> None:
        self.name, self.broken_in, self.rounds, self.events = name, 0, 0, 0
        self.found: Counter[str] = Counter()

    def note(self, history: History) -> None:
        verdict = judge(history)
        self.rounds += 1
        self.events += len(history.said)
        self.broken_in += not verdict.clean
        self.found.update({what for what, count in verdict.counts().items() if count})

    def keep(self, *, naive: bool) -> None:
        """The record counts rounds in which a property was broken, not events."""
        more: dict[str, Any] = {"rounds": self.rounds, "broken_in": self.broken_in} | dict(self.found)
        keep(Record(
            f"random kills: {self.name}", Verdict(), naive or self.broken_in == 0, naive=naive, seed=SEED,
            events=self.events, kills=self.rounds, more=more,
        ))  # fmt: skip


async def _rounds(name: str, database: str, task: Task, round_of: Round, prepare: Task) -> int:
    """Run the rounds, each over a prepared shop; returns how many there were. The first run is timed, not struck."""
    told, window = _Told(name), 0.0
    for number in range(-1, ROUNDS):
        async with _shop(database) as shop:
            await prepare(shop)
            if number < 0:
                window = await _timed(task, shop)
            else:
                told.note(await round_of(shop, random.Random(f"{SEED}/{number}"), window))
    told.keep(naive=True)
    return told.rounds


async def _timed(task: Task, shop: Shop) -> float:
    began = monotonic()
    await _ended(_started(task, shop))
    return monotonic() - began


async def _killed_once(task: Task, shop: Shop, chance: random.Random, window: float) -> None:
    """Run it, killed at a random moment of the time that it needs, and again to its end."""
    process = _started(task, shop)
    await asyncio.sleep(chance.uniform(0, window))
    process.kill()
    process.join()
    await _ended(_started(task, shop))


def _started(task: Callable[[Any], Awaitable[None]], of: Any) -> ForkServerProcess:
    return forked(_run, task, of)


def _run(task: Callable[[Any], Any], of: Any) -> None:
    asyncio.run(task(of))


async def _ended(process: ForkServerProcess) -> None:
    await asyncio.to_thread(process.join, LIMIT_SECONDS)
    assert process.exitcode == 0


async def _say(shop: Shop) -> None:
    patients = [new_id() for _ in range(PATIENTS)]
    for number in range(PATIENTS * FACTS):
        await shop.store(patients[number % PATIENTS])


async def _sent(shop: Shop) -> None:
    await _say(shop)
    await shop.relay()


async def _nothing(_shop: Shop) -> None:
    """The task says its facts itself."""


@asynccontextmanager
async def _shop(database: str) -> AsyncIterator[Shop]:
    broker = EmbeddedBroker()
    broker.start()
    shop = Shop(database, broker.bootstrap)
    connection = await shop.connect()
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public;" + DDL)
    await connection.close()
    yield shop
    broker.stop()


@asynccontextmanager
async def _product(postgres: Postgres) -> AsyncIterator[Product]:
    broker = EmbeddedBroker()
    broker.start()
    names = [await postgres.create(name) for name in ("intake", "scheduling")]
    yield Product(postgres.url(names[0]), postgres.url(names[1]), broker.bootstrap)
    broker.stop()
    for name in names:
        await postgres.drop(name)
