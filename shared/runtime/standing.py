"""How a service stands: what it has still to send, to hear and to do. Whoever moves the clock waits until it is quiet.

Sequences have no gaps, so sums tell all: a consumer has taken every event of a producer when the sum of its taken
sequences equals the sum of the producer's last ones, however many keys there are.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from shared.db.database import Database
from shared.events import Event
from shared.messaging.heard import NOTHING, oldest
from shared.service import Definition, Service

_READ = """
SELECT (SELECT clock_offset FROM service_state) AS kept_offset,
       (SELECT count(*) FROM outbox WHERE sent_at IS NULL) AS unsent,
       (SELECT coalesce(sum(last_seq), 0)::bigint FROM outbox_stream) AS said,
       (SELECT count(*) FROM timer WHERE state = 'DUE' AND due_at <= $1) AS overdue,
       (SELECT min(due_at) FROM timer WHERE state = 'DUE' AND due_at > $1) AS next_due
"""
_HEARD = "SELECT consumer, producer, sum(taken_seq)::bigint FROM stream GROUP BY consumer, producer"


class Standing(BaseModel):
    """One look at a service. `shown_offset` is the clock of the answering process, `kept_offset` the database's.

    `heard` says per consumer and producer how many events were taken, for the producers that it subscribes to;
    `leaving` how much its loops have still to hand over to the outside world, or to hear from there in a moment;
    `silent` whom each consumer has not heard for a minute: commands that need fresh knowledge refuse then.
    """

    model_config = ConfigDict(frozen=True)

    service: str
    kept_offset: timedelta
    shown_offset: timedelta
    unsent: int
    said: int
    heard: dict[str, dict[str, int]]
    overdue: int
    next_due: datetime | None
    leaving: int = 0
    silent: dict[str, list[str]] = {}


async def standing(definition: Definition, service: Service) -> Standing:
    """Look at the service's database and this process' clock.

    What was heard is read first: an event that is taken between the two looks counts as not heard, never as heard
    without the timers that it set.
    """
    heard = await _heard(definition, service.database)
    now = service.clock.now()
    pool = await service.database.pool()
    row = await pool.fetchrow(_READ, now)
    return Standing(
        service=service.name, shown_offset=service.clock.offset, heard=heard,
        leaving=await definition.leaving(service) if definition.leaving else 0,
        silent=await _silent(definition, service.database), **row,
    )  # fmt: skip


def unrest(standings: Iterable[Standing]) -> list[str]:
    """What is still under way among these services, as short phrases; empty when all is quiet."""
    found = {one.service: one for one in standings}
    busy = [f"{s.service}: {s.unsent} events to send" for s in found.values() if s.unsent]
    busy += [f"{s.service}: {s.overdue} overdue timers" for s in found.values() if s.overdue]
    busy += [f"{s.service}: {s.leaving} things to hand over outside" for s in found.values() if s.leaving]
    busy += [f"{s.service}: the clock moves" for s in found.values() if s.shown_offset < s.kept_offset]
    return busy + [phrase for one in found.values() for phrase in _lag(one, found)]


def _lag(listener: Standing, found: Mapping[str, Standing]) -> Iterable[str]:
    for consumer, heard in listener.heard.items():
        for producer, count in heard.items():
            if producer in found and (behind := found[producer].said - count):
                yield f"{consumer}: {behind} events of {producer} to take"
    for consumer, producers in listener.silent.items():
        yield from (f"{consumer}: {producer} is silent" for producer in producers if producer in found)


async def _heard(definition: Definition, database: Database) -> dict[str, dict[str, int]]:
    pool = await database.pool()
    taken = {(consumer, producer): count for consumer, producer, count in await pool.fetch(_HEARD)}
    return {
        consumer: {producer: taken.get((consumer, producer), 0) for producer in producers}
        for consumer, producers in _listens_to(definition).items()
    }


async def _silent(definition: Definition, database: Database) -> dict[str, list[str]]:
    pool = await database.pool()
    fresh = {consumer: await oldest(pool, consumer) for consumer in _listens_to(definition)}
    return {
        consumer: [name for name in sorted(producers) if fresh[consumer].get(name, NOTHING).stale]
        for consumer, producers in _listens_to(definition).items()
    }


def _listens_to(definition: Definition) -> dict[str, set[str]]:
    tables: dict[str, Iterable[type[Event]]] = {
        f"{definition.name}.commands": definition.subscriptions, f"{definition.name}.timeline": definition.projections,
    }  # fmt: skip
    return {consumer: {event.service for event in events} for consumer, events in tables.items() if events}
