"""Building read models anew: patient by patient, from the events that were kept, beside the live rows.

One transaction a patient: it holds all of the patient's streams, so that the consumer waits with this patient alone;
feeds temporary tables of the same names, which this session finds before the live ones; compares, and puts right what
differs. Readers see the rows of before until it commits. Whatever ends it in the middle leaves whole patients behind.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from shared.caller import Caller
from shared.clock import monotonic
from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.events import SERVICES, Envelope, Event
from shared.messaging import applied
from shared.messaging.trouble import Trouble, judge, reason_of
from shared.sealing import CannotOpen, Keyring, row_place
from shared.service import Definition, ReadModel, ReadTable, Service

PART_SECONDS = 5.0  # the transaction that asks for it idles meanwhile, and PostgreSQL ends those after 15
_KEYS = "SELECT DISTINCT key FROM stream WHERE consumer = $1 AND key > $2 ORDER BY key"
_NOBODY = UUID(int=0)
# A stream that did not begin yet is begun, so that its first event waits as well.
_BEGIN = """
INSERT INTO stream (consumer, producer, key, taken_seq, known_seq)
SELECT $1, producer, $2, 0, 0 FROM unnest($3::text[]) AS p(producer) ORDER BY producer ON CONFLICT DO NOTHING
"""
_HOLD = "SELECT 1 FROM stream WHERE consumer = $1 AND key = $2 ORDER BY producer FOR UPDATE"
_BESIDE = "CREATE TEMPORARY TABLE IF NOT EXISTS {0} (LIKE public.{0} INCLUDING ALL) ON COMMIT DELETE ROWS"
_LIVE = "SELECT * FROM public.{0} WHERE {1} = $1 ORDER BY {2} FOR UPDATE"
_BUILT = "SELECT * FROM pg_temp.{0}"
_REMOVE = "DELETE FROM public.{0} WHERE {1} = ANY($1)"
_PUT = "INSERT INTO public.{0} SELECT * FROM pg_temp.{0} WHERE {1} = ANY($1) ON CONFLICT ({1}) DO UPDATE SET {2}"


class OfAnotherKey(Exception):
    """A read model wrote a row about another key than its event's: it cannot be built key by key."""


class HistoryNotWhole(Exception):
    """Not every event that was taken of the key is kept any more: its rows stay as they are."""


@dataclass(slots=True)
class Rebuilt:
    """What came of it so far, in patients: `same` as before, `mended` (`rows` in all), `partial` (their history is not
    whole, they stay as they are), `refused` by reason. `left` are to come; `next` is where to go on, None at the end.
    """

    same: int = 0
    mended: int = 0
    rows: int = 0
    partial: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    left: int = 0
    next: UUID | None = None


class _Feeding(UnitOfWork):
    """What a read model gets: it can say nothing, and what was audited when it was heard is not audited again."""

    async def audit(self, *_: Any, **__: Any) -> None:
        return None


async def rebuild_some(definition: Definition, service: Service, name: str, *, after: UUID | None) -> Rebuilt:
    """Build a read model anew for one patient after the other, for 5 s at most. Transient trouble as it comes."""
    consumer = f"{definition.name}{applied.READ_MODELS}"
    pool, model = await service.database.pool(), definition.read_models[name]
    keys = [row["key"] for row in await pool.fetch(_KEYS, consumer, after or _NOBODY)]
    done, until = Rebuilt(left=len(keys)), monotonic() + PART_SECONDS
    async with _beside(service) as builder:
        for key in keys:
            await _count(_Rebuild(builder, consumer, definition.projections, model, key), done)
            done.left -= 1
            if monotonic() >= until and done.left:
                done.next = key
                break
    return done


@asynccontextmanager
async def _beside(service: Service) -> AsyncIterator[Service]:
    """The service with connections of its own, whose temporary tables end with them."""
    database = Database(service.database.dsn, pool_size=1)
    try:
        yield replace(service, database=database)
    finally:
        await database.close()


async def _count(rebuild: "_Rebuild", done: Rebuilt) -> None:
    try:
        rows = await rebuild.run()
    except HistoryNotWhole:
        done.partial += 1
    except Exception as error:
        if judge(error) is not Trouble.PERMANENT:
            raise
        done.refused[reason_of(error)] += 1
    else:
        done.rows += rows
        done.mended += rows > 0
        done.same += rows == 0


@dataclass(frozen=True, slots=True)
class _Rebuild:
    """The rebuilding of one key."""

    service: Service
    consumer: str
    projections: Mapping[type[Event], object]
    model: ReadModel
    key: UUID

    async def run(self) -> int:
        """How many rows were put right. Raises HistoryNotWhole, OfAnotherKey, and whatever the read model does."""
        async with unit_of_work(self.service, Caller("service", self.consumer, _NOBODY), may_emit=False) as uow:
            await uow.sql(_BEGIN, self.consumer, self.key, list(SERVICES))
            await uow.sql(_HOLD, self.consumer, self.key)
            if not await applied.is_whole(uow, self.consumer, self.key):
                raise HistoryNotWhole
            events = await applied.history(uow, self.consumer, self.key)
            live = [await self._prepared(uow, table) for table in self.model.tables]
            await self._feed(uow, events)
            changed = [
                (table.name, row_id)
                for table, rows in zip(self.model.tables, live, strict=True)
                for row_id in await self._put_right(uow, table, rows)
            ]
            await self._audit(uow, events, changed)
        return len(changed)

    async def _prepared(self, uow: UnitOfWork, table: ReadTable) -> Sequence[Any]:
        """The live rows, locked, with a table beside them for what is built."""
        await uow.sql(_BESIDE.format(table.name))
        return await uow.sql(_LIVE.format(table.name, table.key, table.id), self.key)

    async def _feed(self, uow: UnitOfWork, events: Sequence[Envelope]) -> None:
        kinds = {kind.type: kind for kind in self.projections}
        for event in events:
            if event.type in kinds:
                await self.model.feed(self._feeding(uow, event), kinds[event.type].model_validate_json(event.body))
        await uow.session.flush()
        if self.model.finish:
            await self.model.finish(uow, self.key)

    def _feeding(self, uow: UnitOfWork, event: Envelope) -> UnitOfWork:
        return _Feeding(
            uow.service, uow.session, Caller("service", self.consumer, event.organisation_id), cause=event,
            correlation_id=event.correlation_id, traceparent=None, source=None, may_emit=False,
        )  # fmt: skip

    async def _put_right(self, uow: UnitOfWork, table: ReadTable, live: Sequence[Any]) -> Sequence[UUID]:
        """Make the live rows what was built; returns the ids of those that differed."""
        built = await uow.sql(_BUILT.format(table.name))
        if any(row._mapping[table.key] != self.key for row in built):
            raise OfAnotherKey(table.name)
        was, now = (_contents(rows, table, uow.service.keyring) for rows in (live, built))
        gone, wrong = [one for one in was if one not in now], [one for one in now if was.get(one) != now[one]]
        if gone:
            await uow.sql(_REMOVE.format(table.name, table.id), gone)
        if wrong:
            columns = [column for column in built[0]._fields if column != table.id]
            told = ", ".join(f"{column} = excluded.{column}" for column in columns)
            await uow.sql(_PUT.format(table.name, table.id, told), wrong)
        return [*gone, *wrong]

    async def _audit(self, uow: UnitOfWork, events: Sequence[Envelope], changed: Sequence[tuple[str, UUID]]) -> None:
        """Each row as an update, so that live updates tell it."""
        if not changed or not events:
            return
        acting = UnitOfWork(
            uow.service, uow.session, Caller("service", self.consumer, events[0].organisation_id), cause=None,
            correlation_id=uow.correlation_id, traceparent=None, source=None,
        )  # fmt: skip
        for table, row_id in changed:
            await acting.audit("update", table, row_id, patient_id=self.key, reason="REBUILT")
        await acting.write_events()


def _contents(rows: Sequence[Any], table: ReadTable, keyring: Keyring) -> dict[UUID, dict[str, Any]]:
    """Rows by id, sealed columns opened: the same content sealed twice is not the same text."""
    found = {}
    for row in rows:
        values = dict(row._mapping)
        opened = {name: _opened(keyring, table, name, values) for name in table.sealed}
        found[values[table.id]] = values | opened
    return found


def _opened(keyring: Keyring, table: ReadTable, column: str, values: Mapping[str, Any]) -> object:
    if values[column] is None:
        return None
    try:
        return keyring.open(row_place(table.name, column, values[table.id]), values[column])
    except CannotOpen:
        return values[column]
