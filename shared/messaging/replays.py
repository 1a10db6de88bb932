"""Replays: an owner sends its archive again, to everybody or to one consumer alone (design: delivery).

There is one topic, so everybody reads what is sent again. A copy that is for one consumer names it in a header, and the
others drop it by that header before anything is looked up; whoever took an event already drops a copy by its sequence.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from shared.db.unit_of_work import UnitOfWork
from shared.messaging.records import Outgoing, Record

ADDRESSEE = "ce_addressee"
# A second one asked for before the first was answered is for whom both were.
_ASK = """
UPDATE service_state SET replay_asked_at = clock_timestamp(), replay_to =
  CASE WHEN replay_asked_at IS NULL OR replay_to = $1::text THEN $1::text END
"""
_ASKED = "SELECT replay_asked_at, replay_to FROM service_state"
_ANSWERED = "UPDATE service_state SET replay_asked_at = NULL WHERE replay_asked_at = $1"
_NEWEST = "SELECT coalesce(max(id), 0) FROM outbox WHERE sent_at IS NOT NULL"
_ARCHIVE = "SELECT * FROM outbox WHERE sent_at IS NOT NULL AND id > $1 AND id <= $2 ORDER BY id LIMIT $3"


async def ask(uow: UnitOfWork, to: str | None = None) -> None:
    """Let the relay send everything that was ever marked again, within seconds of its next watermark; to one consumer
    (such as `billing.commands`), or to all."""
    await uow.sql(_ASK, to)


def addressed(record: Outgoing, to: str | None) -> Outgoing:
    """The record for one consumer alone; for everybody as it is."""
    if to is None:
        return record
    return Outgoing(record.key, record.value, [*record.headers, (ADDRESSEE, to.encode())], record.partition)


def is_for(record: Record, consumer: str) -> bool:
    """Whether a record is for this consumer: it names it, or nobody."""
    return all(value == consumer.encode() for name, value in record.headers if name == ADDRESSEE)


class Replay:
    """A replay in one producer session, a batch at a time, so that what is new does not wait behind an archive.

    A session that ends in the middle leaves it asked for: the next one begins anew.
    """

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._asked: datetime | None = None
        self._after = self._until = 0
        self.to: str | None = None

    @property
    def goes_on(self) -> bool:
        return self._asked is not None

    async def look(self) -> None:
        """Begin when an operator has asked for one."""
        row = await self._pool.fetchrow(_ASKED)
        if self._asked is None and row["replay_asked_at"] is not None:
            self._asked, self.to = row["replay_asked_at"], row["replay_to"]
            self._after, self._until = 0, await self._pool.fetchval(_NEWEST)

    async def batch(self, limit: int) -> "Sequence[asyncpg.Record]":
        """The next rows of the archive, in order; none at the end, which is noted as the answer."""
        rows: Sequence[asyncpg.Record] = await self._pool.fetch(_ARCHIVE, self._after, self._until, limit)
        if rows:
            self._after = rows[-1]["id"]
        else:
            await self._pool.execute(_ANSWERED, self._asked)
            self._asked = None
        return rows
