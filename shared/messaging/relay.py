"""The relay: outbox rows to Kafka, in order, at least once, by one lease holder at a time (design: delivery).

Every producer session first sends again what the broker may have forgotten. Repeats are dropped by consumers, which
know each stream's sequence; what must not happen is a row marked as sent that no consumer can read.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from shared.events import Envelope, topic_of
from shared.ids import new_id
from shared.messaging import acks, epoch, lease
from shared.messaging.kafka import ProducerSession, producer_session, topic_state
from shared.messaging.lease import Lease, LeaseLost
from shared.messaging.metrics import RELAYED
from shared.messaging.records import KafkaAway, Outgoing, SessionLost
from shared.messaging.replays import Replay, addressed
from shared.messaging.voice import Voice
from shared.runtime.loops import Progress
from shared.service import Service

log = structlog.get_logger()

BATCH_ROWS = 1_000
IN_FLIGHT_BYTES = 150_000
BUSY_SECONDS, IDLE_SECONDS = 0.01, 0.1
RESEND = timedelta(minutes=15)
RESEND_ALL = timedelta(days=14)
_STANDBY_SECONDS = 1.0
_RETRY_SECONDS = (0.1, 0.5, 1.0, 2.0)
_FINISH_SECONDS = 4.0
_HEAD_START = 0.001  # seconds, in which what was begun reaches broker and database

_UNSENT = "SELECT * FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1"
_SENT = "SELECT * FROM outbox WHERE sent_at >= $1 AND id > $2 ORDER BY id LIMIT $3"
_SENT_SINCE = "SELECT max(sent_at) - $1::interval FROM outbox WHERE sent_at IS NOT NULL"
_KNOWN = "SELECT partition, cluster, last_offset FROM relay_partition WHERE topic = $1"
_FORGET = """
WITH l AS MATERIALIZED (SELECT 1 FROM relay_lease WHERE holder = $1 AND epoch = $2 FOR SHARE),
d AS (DELETE FROM relay_partition WHERE topic = $3 AND EXISTS (SELECT 1 FROM l))
SELECT count(*) FROM l
"""
_MARK = """
WITH l AS MATERIALIZED (SELECT 1 FROM relay_lease WHERE holder = $2 AND epoch = $3 FOR SHARE),
p AS (
  INSERT INTO relay_partition (topic, partition, cluster, last_offset)
  SELECT $4, t.partition, $5, t.last_offset FROM unnest($6::int[], $7::bigint[]) AS t(partition, last_offset)
  WHERE EXISTS (SELECT 1 FROM l)
  ON CONFLICT (topic, partition) DO UPDATE SET cluster = excluded.cluster, last_offset = excluded.last_offset),
m AS (UPDATE outbox SET sent_at = clock_timestamp() WHERE id = ANY($1) AND EXISTS (SELECT 1 FROM l))
SELECT count(*) FROM l
"""


async def run_relay(service: Service, progress: Progress) -> None:
    """Send the service's outbox for ever, whenever this process holds the lease. Stops within 10 s when cancelled."""
    pool = await service.database.pool()
    holder = new_id()
    while True:
        progress.beat()
        held = await lease.acquire(pool, holder)
        if held is None:
            await asyncio.sleep(_STANDBY_SECONDS)
            continue
        async with lease.kept(pool, held):
            await _hold(service, pool, held, progress)


async def _hold(service: Service, pool: "asyncpg.Pool[Any]", held: Lease, progress: Progress) -> None:
    """One producer session after another, until the lease is lost."""
    failures = 0
    while True:
        session = _Session(service, pool, held, progress)
        try:
            await session.run()
        except LeaseLost:
            log.warning("relay_stepped_down", service=service.name)
            return
        except epoch.Held:
            log.error("relay_held", service=service.name, mend="stillwater epoch show")
            failures = len(_RETRY_SECONDS)
        except KafkaAway as away:
            failures = 0 if session.caught_up else failures + 1
            log.warning("relay_session_ended", service=service.name, reason=str(away))
        progress.beat()
        await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    key: UUID
    seq: int
    record: Outgoing
    size: int


class _Session:
    """One producer session: re-send, then send what is new, then say so. Ends only with an exception."""

    def __init__(self, service: Service, pool: "asyncpg.Pool[Any]", held: Lease, progress: Progress) -> None:
        self._service, self._pool, self._lease, self._progress = service, pool, held, progress
        self._topic = topic_of(service.name)
        self._cluster = ""
        self._last: Mapping[int, int] = {}
        self._voice, self._replay = Voice(pool), Replay(pool)
        self.caught_up = False

    async def run(self) -> None:
        self._lease.check()
        async with producer_session(self._service.settings, self._topic) as producer:
            state = await topic_state(self._service.settings, self._topic)
            self._cluster, self._last = state.cluster, {p: end - 1 for p, end in state.end_offsets.items()}
            await epoch.require_own_log(self._service, self._topic, state)
            await self._resend(producer, state.end_offsets)
            await self._mark([], self._last)
            await self._voice.begin()
            self.caught_up = True
            await self._send_new(producer)

    async def _resend(self, producer: ProducerSession, ends: Mapping[int, int]) -> None:
        known = {r["partition"]: (r["cluster"], r["last_offset"]) for r in await self._pool.fetch(_KNOWN, self._topic)}
        everything = acks.forgot(known, self._cluster, ends)
        since = await self._pool.fetchval(_SENT_SINCE, RESEND_ALL if everything else RESEND)
        log.info("relay_session_started", service=self._service.name, resends="everything" if everything else "latest")
        if everything:
            await self._forget()
        if since is not None:
            await self._send_again(producer, since)

    async def _send_again(self, producer: ProducerSession, since: datetime) -> None:
        """Everything that was marked since then, in order; raises SessionLost unless all of it was acknowledged."""
        async for rows in self._marked_since(since):
            await self._send_known(producer, rows)

    async def _send_known(self, producer: ProducerSession, rows: Sequence[_Row]) -> None:
        for portion in acks.portions(rows, IN_FLIGHT_BYTES):
            conclusion = await self._send(producer, portion)
            if not conclusion.whole:
                raise SessionLost("an ack is missing")
            self._last = conclusion.last
            RELAYED.labels(self._service.name, "again").inc(len(portion))

    async def _forget(self) -> None:
        """Until all was sent again the ends say nothing: half of it twice fills a log up to where it once ended."""
        if not await self._pool.fetchval(_FORGET, self._lease.holder, self._lease.epoch, self._topic):
            raise LeaseLost

    async def _marked_since(self, since: datetime) -> AsyncIterator[list[_Row]]:
        """In id order, a batch at a time. Nothing is marked meanwhile, so the set stands still."""
        after = 0
        while records := await self._pool.fetch(_SENT, since, after, BATCH_ROWS):
            yield [self._row(record) for record in records]
            after = records[-1]["id"]

    async def _send_new(self, producer: ProducerSession) -> None:
        pause = BUSY_SECONDS
        while True:
            self._progress.beat()
            await self._voice.cut()
            records = await self._pool.fetch(_UNSENT, BATCH_ROWS)
            if records:
                await _to_its_end(self._send_and_mark(producer, records))
            if watermarks := self._voice.covered([r["id"] for r in records], all_of_them=len(records) < BATCH_ROWS):
                await self._say(producer, watermarks)
                await self._replay.look()
            if self._replay.goes_on:
                await self._replay_more(producer)
            if producer.over:
                raise SessionLost("the connection broke")
            pause = BUSY_SECONDS if records or self._replay.goes_on else min(pause * 2, IDLE_SECONDS)
            if len(records) < BATCH_ROWS:
                await self._rest(pause)

    async def _rest(self, pause: float) -> None:
        """Until something is to be sent. Behind a batch no bell counts: more is on its way, and goes in one."""
        if pause <= BUSY_SECONDS:
            await asyncio.sleep(pause)
        else:
            await self._service.bells.outbox.wait(pause)

    async def _send_and_mark(self, producer: ProducerSession, records: Sequence["asyncpg.Record"]) -> None:
        """Portion by portion. While one is on its way the one before it is marked, and the one behind it made ready:
        a crash then sends two again instead of one. Nothing is sent behind a portion that is in doubt."""
        portions = acks.portions(map(self._row, records), IN_FLIGHT_BYTES)
        rows, marking, left = next(portions), _nothing(), len(records)
        while rows:
            left -= len(rows)
            outcomes = await asyncio.gather(
                marking, self._send(producer, rows), _next_of(portions, at_all=left > 0), return_exceptions=True
            )
            _, conclusion, following = map(_value, outcomes)
            self._last = conclusion.last
            marking = self._mark_sent(rows, conclusion)
            rows = following if conclusion.whole else []
        await marking

    async def _mark_sent(self, rows: Sequence[_Row], conclusion: acks.Conclusion) -> None:
        """Mark what was acknowledged; raises SessionLost when that is not all of it."""
        await self._mark(conclusion.mark, conclusion.last)
        sent = set(conclusion.mark)
        self._voice.count([(row.key, row.seq) for row in rows if row.id in sent])
        RELAYED.labels(self._service.name, "new").inc(len(sent))
        if not conclusion.whole:
            raise SessionLost("an ack is missing")

    async def _replay_more(self, producer: ProducerSession) -> None:
        """One batch more of what an operator asked to be sent again."""
        archived = await self._replay.batch(BATCH_ROWS)
        to = self._replay.to
        rows = [replace(row, record=addressed(row.record, to)) for row in map(self._row, archived)]
        await self._send_known(producer, rows)
        await self._mark([], self._last)

    async def _say(self, producer: ProducerSession, watermarks: Sequence[Outgoing]) -> None:
        """One watermark on every partition, before anything else is sent there."""
        self._lease.check()
        sent = [(0, record.partition or 0) for record in watermarks]
        conclusion = acks.conclude(sent, await producer.send(watermarks), self._last)
        self._last = conclusion.last
        if not conclusion.whole:
            raise SessionLost("an ack is missing")
        await self._mark([], self._last)

    async def _send(self, producer: ProducerSession, rows: Sequence[_Row]) -> acks.Conclusion:
        self._lease.check()
        self._progress.beat()
        answers = await producer.send([row.record for row in rows])
        sent = [(row.id, producer.partition_of(row.record.key)) for row in rows]
        return acks.conclude(sent, answers, self._last)

    async def _mark(self, ids: Sequence[int], last: Mapping[int, int]) -> None:
        """Raises LeaseLost when the lease is somebody else's by now."""
        offsets = (list(last), list(last.values()))
        args = (self._lease.holder, self._lease.epoch, self._topic, self._cluster, *offsets)
        if not await self._pool.fetchval(_MARK, ids, *args):
            raise LeaseLost

    def _row(self, row: "asyncpg.Record") -> _Row:
        envelope = Envelope(
            id=row["event_id"], type=row["type"], service=self._service.name, subject=row["subject"],
            time=row["event_time"], key=row["key"], sequence=row["seq"], epoch=row["epoch"],
            organisation_id=row["organisation_id"], clinic_id=row["clinic_id"], correlation_id=row["correlation_id"],
            causation_id=row["causation_id"], traceparent=row["traceparent"], body=row["body"],
        )  # fmt: skip
        return _Row(
            row["id"],
            envelope.key,
            envelope.sequence,
            Outgoing(str(envelope.key).encode(), envelope.body, envelope.headers()),
            len(row["body"]),
        )


async def _nothing() -> None:
    """Nothing is to be marked yet."""


async def _next_of(portions: Iterator[list[_Row]], *, at_all: bool) -> list[_Row]:
    """The next portion, made ready when what was begun beside this is on its way; empty when there is none."""
    if not at_all:
        return []
    await asyncio.sleep(_HEAD_START)
    return next(portions)


def _value(outcome: Any) -> Any:
    """What a step that ran beside others came to; raises what it raised."""
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


async def _to_its_end(step: Coroutine[Any, Any, None]) -> None:
    """Run a step; when cancelled meanwhile, let it finish first: a clean stop leaves nothing sent but not marked."""
    task = asyncio.create_task(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=_FINISH_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
