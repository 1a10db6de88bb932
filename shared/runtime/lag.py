"""Lag: what a service has still to send, to take and to do, since when, and who relays. Never personal data, no ids.

A consumer is behind a producer by what the producer said less what the consumer took of it; the first figure stands in
the producer's own database, so whoever asks all services puts the two together (`behind`).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.db.database import Database
from shared.messaging.partitions import PARTITIONS
from shared.service import Definition, Service

_SERVICE = """
SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL) AS unsent,
       (SELECT min(created_at) FROM outbox WHERE sent_at IS NULL) AS unsent_since,
       (SELECT coalesce(sum(last_seq), 0)::bigint FROM outbox_stream) AS said,
       (SELECT count(*) FROM timer WHERE state = 'DUE' AND due_at <= $1) AS timers_overdue,
       (SELECT min(due_at) FROM timer WHERE state = 'DUE' AND due_at <= $1) AS timers_overdue_since,
       (SELECT count(*) FROM timer WHERE state = 'DUE' AND due_at <= $1 AND attempts > 0) AS timers_failing,
       (SELECT count(*) FROM quarantine) AS quarantined
"""
_LEASE = "SELECT worker, since, until > clock_timestamp() AS held FROM relay_lease"
_TAKEN = """
SELECT consumer, producer, sum(taken_seq)::bigint AS taken, count(parked_since) AS parked,
       count(*) FILTER (WHERE known_seq > taken_seq) AS gaps
FROM stream GROUP BY consumer, producer
"""
_WAITING = "SELECT consumer, producer, count(*) AS waiting, min(since) AS waiting_since FROM waiting GROUP BY 1, 2"
_KNOWN = """
SELECT consumer, producer, count(short_since) AS short, CASE WHEN count(until) = $1 THEN min(until) END AS known_until
FROM heard GROUP BY consumer, producer
"""

Pair = tuple[str, str]


class Lease(BaseModel):
    """Who may relay: a worker as `host/pid`, since when. When nobody does, `held` is false and it is who did last."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    held: bool
    worker: str | None = None
    since: datetime | None = None


class Heard(BaseModel):
    """How far a consumer took a producer's events, over all patients.

    `parked` counts patients whose events wait for an operator, `gaps` those of whom one did not arrive yet, `waiting`
    the events stored for either reason. All that the producer said until `known_until` was taken (null: not known yet);
    of `short` partitions fewer events arrived than were said: they are read again.
    """

    model_config = ConfigDict(frozen=True)

    consumer: str
    producer: str
    taken: int = 0
    parked: int = 0
    gaps: int = 0
    waiting: int = 0
    waiting_since: datetime | None = None
    known_until: datetime | None = None
    short: int = 0


class Lag(BaseModel):
    """One look at a service. Timers go by business time; everything else by the clock on the wall."""

    model_config = ConfigDict(frozen=True)

    service: str
    said: int
    unsent: int
    unsent_since: datetime | None
    lease: Lease
    heard: list[Heard]
    timers_overdue: int
    timers_overdue_since: datetime | None
    timers_failing: int
    quarantined: int


async def lag(service: Service, pairs: Iterable[Pair]) -> Lag:
    """Look at the service's database; `pairs` of consumer and producer are shown even if nothing was taken yet."""
    heard = await _heard(service.database, pairs)
    pool = await service.database.pool()
    row = await pool.fetchrow(_SERVICE, service.clock.now())
    lease = await pool.fetchrow(_LEASE)
    return Lag(service=service.name, heard=heard, lease=Lease(**lease) if lease else Lease(held=False), **row)


def pairs_of(definition: Definition) -> list[Pair]:
    """Which consumer of a service hears which producer."""
    tables = {"commands": definition.subscriptions, "timeline": definition.projections}
    return sorted({(f"{definition.name}.{name}", event.service) for name, table in tables.items() for event in table})


def behind(lags: Iterable[Lag]) -> Iterator[tuple[Heard, int]]:
    """For each consumer and producer, how many of the producer's events were not taken yet."""
    found = list(lags)
    said = {one.service: one.said for one in found}
    for heard in (heard for one in found for heard in one.heard):
        yield heard, max(0, said.get(heard.producer, heard.taken) - heard.taken)


async def _heard(database: Database, pairs: Iterable[Pair]) -> list[Heard]:
    pool = await database.pool()
    found: dict[Pair, dict[str, Any]] = {pair: {} for pair in pairs}
    for statement, *arguments in ((_TAKEN,), (_WAITING,), (_KNOWN, PARTITIONS)):
        for row in map(_mapping, await pool.fetch(statement, *arguments)):
            found.setdefault((row.pop("consumer"), row.pop("producer")), {}).update(row)
    return [Heard(consumer=consumer, producer=producer, **more) for (consumer, producer), more in sorted(found.items())]


def _mapping(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row)
