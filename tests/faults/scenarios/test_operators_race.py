"""Retry and discard racing with arrivals: operators act at random moments while more events come (design: delivery).

Two real consumers over a real Kafka and PostgreSQL in this process; each round is a patient of its own.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from shared.caller import Caller
from shared.clock import monotonic, wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope, Event, topic_of
from shared.events.intake import ConsentRevoked, ConsentSigned
from shared.ids import new_id
from shared.messaging import parking
from shared.messaging.consumer import run_consumer
from shared.messaging.kafka import ProducerSession, producer_session
from shared.messaging.parking import STILL_REFUSED
from shared.messaging.records import Outgoing
from shared.problems import NOT_FOUND, Problem
from shared.runtime.loops import Progress
from shared.service import Handler, Service
from tests.faults.checker import Verdict, judge
from tests.faults.collect import read_topics
from tests.faults.history import Effect, History, Rules, Said, Stored, Taken
from tests.faults.profile import PROFILE, SEED
from tests.faults.report import Record, keep

pytestmark = pytest.mark.timeout(900 if PROFILE.name == "full" else 240)
ROUNDS = {"short": 30, "medium": 300, "full": 1_000}[PROFILE.name]
AT_ONCE, OPERATORS = 20, 2  # rounds beside each other; operators of each patient and consumer
EVENTS, STOPS, DISCARDS = 8, 0.2, 0.25  # of a patient; of these stop facts; of an operator's acts
CURED_AFTER, BETWEEN = (0.1, 1.2), (0.0, 0.15)  # seconds
STUCK_SECONDS = 60.0  # a limit of liveness
CONSUMERS = ("scheduling.commands", "scheduling.second")
_TABLE = "CREATE TABLE race (n bigint GENERATED ALWAYS AS IDENTITY, consumer text, event_id uuid)"
_HEAD_IS_PARKED = """
SELECT EXISTS (SELECT FROM waiting WHERE (consumer, key) = ($1, $2) AND why = 'parked')
"""
_UNDONE = """
SELECT count(*) FROM unnest($2::text[]) AS c(name) LEFT JOIN stream s ON (s.consumer, s.key) = (c.name, $1)
WHERE coalesce(s.taken_seq, 0) < $3 OR s.parked_since IS NOT NULL
OR EXISTS (SELECT FROM waiting w WHERE (w.consumer, w.key) = (c.name, $1))
"""
_DISCARDED = "SELECT actor, resource_id FROM audit WHERE resource = 'parked-event.discard'"


class Refused(Exception):
    """A handler that will not have it."""


@dataclass
class Race:
    """`ill`: patients whose events are refused for now. `acts` counts what operators did, by how it went."""

    service: Service
    producer: ProducerSession
    ill: set[UUID] = field(default_factory=set)
    said: list[Said] = field(default_factory=list)
    acts: dict[str, int] = field(default_factory=dict)

    async def handle(self, uow: UnitOfWork, _event: Any) -> None:
        """Leaves a trace in the transaction of the event; refuses what belongs to the ill."""
        assert uow.cause is not None
        if uow.cause.key in self.ill and uow.cause.type == ConsentSigned.type:
            raise Refused
        await uow.sql("INSERT INTO race (consumer, event_id) VALUES ($1, $2)", uow.caller.subject, uow.cause.id)

    @property
    def subscriptions(self) -> dict[type[Event], Handler]:
        return {ConsentSigned: self.handle, ConsentRevoked: self.handle}

    async def round(self, chance: random.Random) -> None:
        """One patient: falls ill, more and more is said, operators act, it is cured, and all is worked off."""
        key, parked, over = new_id(), asyncio.Event(), asyncio.Event()
        self.ill.add(key)
        async with asyncio.TaskGroup() as together:
            together.create_task(self._say(key, chance))
            together.create_task(self._cure(key, parked, chance.uniform(*CURED_AFTER)))
            for consumer in CONSUMERS:
                for _ in range(OPERATORS):
                    hand = random.Random(chance.random())
                    together.create_task(self._operate(consumer, key, hand, parked, over))
            await self._done(key)
            parked.set()
            over.set()

    async def _say(self, key: UUID, chance: random.Random) -> None:
        for envelope in self._events(key, chance):
            record = Outgoing(str(key).encode(), envelope.body, envelope.headers())
            assert None not in await self.producer.send([record])
            await asyncio.sleep(chance.uniform(*BETWEEN))

    def _events(self, key: UUID, chance: random.Random) -> Iterator[Envelope]:
        for seq in range(1, EVENTS + 1):
            kind = ConsentRevoked if chance.random() < STOPS else ConsentSigned
            one = _envelope(kind, key, seq)
            self.said.append(Said("intake", one.id, one.type, key, seq, one.subject, 1, one.correlation_id))
            yield one

    async def _cure(self, key: UUID, parked: asyncio.Event, after: float) -> None:
        """Some time after operators saw the first event parked, however slow the machine is."""
        await parked.wait()
        await asyncio.sleep(after)
        self.ill.discard(key)

    async def _operate(
        self, consumer: str, key: UUID, chance: random.Random, parked: asyncio.Event, over: asyncio.Event
    ) -> None:
        """Until the round is over: when something is parked, retry or discard what then is the head."""
        pool = await self.service.database.pool()
        while not over.is_set():
            await asyncio.sleep(chance.uniform(*BETWEEN))
            if await pool.fetchval(_HEAD_IS_PARKED, consumer, key):
                parked.set()
                act = self._discard if chance.random() < DISCARDS else self._retry
                await self._count(act, consumer, key)

    async def _count(self, act: Callable[[str, UUID], Awaitable[None]], consumer: str, key: UUID) -> None:
        name, result = act.__name__.strip("_"), "done"
        try:
            await act(consumer, key)
        except Problem as problem:
            if problem.kind not in (NOT_FOUND, STILL_REFUSED):
                raise
            result = "too late" if problem.kind is NOT_FOUND else "refused"
        self.acts[f"{name}: {result}"] = self.acts.get(f"{name}: {result}", 0) + 1

    async def _retry(self, consumer: str, key: UUID) -> None:
        await parking.retry(
            self.service, consumer, "intake", key, subscriptions=self.subscriptions, caller=_operator(consumer)
        )

    async def _discard(self, consumer: str, key: UUID) -> None:
        await parking.discard(self.service, consumer, "intake", key, reason="RACE", caller=_operator(consumer))

    async def _done(self, key: UUID) -> None:
        """Wait until everything about the patient was taken and nothing waits. Raises TimeoutError: it is stuck."""
        pool, deadline = await self.service.database.pool(), monotonic() + STUCK_SECONDS
        while await pool.fetchval(_UNDONE, key, list(CONSUMERS), EVENTS):
            if monotonic() > deadline:
                raise TimeoutError(f"patient {key} is stuck")
            await asyncio.sleep(0.05)

    async def history(self) -> History:
        pool = await self.service.database.pool()
        effects = await pool.fetch("SELECT consumer, event_id, n FROM race ORDER BY n")
        taken = await pool.fetch("SELECT consumer, producer, key, taken_seq FROM stream")
        stored = await pool.fetch("SELECT consumer, producer, key, seq, event_id, why, reason FROM waiting")
        discarded = await pool.fetch(_DISCARDED)
        return History(
            Rules(
                hears={consumer: frozenset({"intake"}) for consumer in CONSUMERS},
                effects=frozenset((c, kind.type) for c in CONSUMERS for kind in (ConsentSigned, ConsentRevoked)),
                overtaking=frozenset({ConsentRevoked.type}),
            ),
            said=tuple(self.said),
            sent=tuple(await asyncio.to_thread(read_topics, self.service.settings.kafka)),
            effects=tuple(Effect(*row.values()) for row in effects),
            taken=tuple(Taken(*row.values()) for row in taken),
            stored=tuple(Stored(*row.values()) for row in stored),
            given_up=frozenset((row["actor"], UUID(row["resource_id"])) for row in discarded),
        )  # fmt: skip


async def test_retry_and_discard_that_race_with_arrivals_leave_nobody_stuck_and_keep_the_order(
    fresh_service: Callable[[str], Awaitable[Service]],
) -> None:
    print(f"STILLWATER_SEED={SEED}")
    service = await fresh_service("scheduling")
    await (await service.database.pool()).execute(_TABLE)
    async with producer_session(service.settings, topic_of("intake")) as producer:
        race = Race(service, producer)
        loops = [
            asyncio.create_task(run_consumer(service, name, race.subscriptions, Progress(name))) for name in CONSUMERS
        ]
        await _all_rounds(race)
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops)
    history = await race.history()
    _keep(race, history, verdict := judge(history))
    assert verdict.clean, f"{verdict}\nSTILLWATER_SEED={SEED}"
    assert min(race.acts.get(act, 0) for act in ("retry: done", "retry: refused", "discard: done")) > 0


async def _all_rounds(race: Race) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with places:
            await race.round(random.Random(f"{SEED}/{number}"))

    async with asyncio.TaskGroup() as rounds:
        for number in range(ROUNDS):
            rounds.create_task(one(number))


def _keep(race: Race, history: History, verdict: Verdict) -> None:
    keep(Record(
        "retry and discard race with arrivals", verdict, verdict.clean, seed=SEED, events=len(history.said),
        more={"rounds": ROUNDS, "effects": len(history.effects), "acts": race.acts},
    ))  # fmt: skip


_ORGANISATION = new_id()


def _operator(consumer: str) -> Caller:
    """Named like the consumer, so that the audit says whose event was discarded."""
    return Caller("staff", consumer, _ORGANISATION)


def _envelope(kind: type[ConsentSigned | ConsentRevoked], key: UUID, seq: int) -> Envelope:
    now, consent = wall_now(), {"consent_id": new_id(), "patient_id": key, "version": 1, "document": "IV_TREATMENT"}
    signed = {"document_version": "1", "signed_at": now, "valid_until": now}
    event = kind.model_validate(consent | (signed if kind is ConsentSigned else {"revoked_at": now}))
    return Envelope(
        id=new_id(), type=event.type, service="intake", subject=str(key), time=now, key=key, sequence=seq, epoch=1,
        organisation_id=_ORGANISATION, clinic_id=None, correlation_id=new_id(), causation_id=None, traceparent=None,
        body=event.model_dump_json().encode(),
    )  # fmt: skip
