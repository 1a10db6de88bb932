"""The voice of a relay between events: when a watermark is due, and what it says (design: delivery)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.clock import monotonic
from shared.messaging.partitions import partition_of
from shared.messaging.records import Outgoing
from shared.messaging.watermarks import Cut, Sums, Watermark, is_due, sums_by_partition

# Of every key how much was marked as sent: outbox and streams are written together, so one snapshot tells.
_MARKED = """
SELECT s.key, s.last_seq - coalesce(u.unsent, 0) AS marked FROM outbox_stream s
LEFT JOIN (SELECT key, count(*) AS unsent FROM outbox WHERE sent_at IS NULL GROUP BY key) u USING (key)
"""
_NEWEST = "SELECT coalesce(max(id), 0) FROM outbox WHERE sent_at IS NULL"
_EPOCH = "SELECT epoch FROM service_state"


class Voice:
    """For one producer session. Counts what the session marks, on top of what was marked before it began.

    Another holder of the lease may have marked more by now: then this one says too little, and consumers ignore it.
    """

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._sums: dict[int, Sums] = {}
        self._epoch = 1
        self._cut: Cut | None = None
        self._spoke: float | None = None
        self._said_something = False

    async def begin(self) -> None:
        """Count what is marked. The first watermark is due at once."""
        self._sums = sums_by_partition((row["key"], row["marked"]) for row in await self._pool.fetch(_MARKED))
        self._epoch = await self._pool.fetchval(_EPOCH)

    async def cut(self) -> None:
        """When a watermark is due, take the moment that it will tell of: the clock first, the rows in a later
        statement, so that whatever was committed by then is among them."""
        if self._cut is None and self._is_due():
            at: datetime = await self._pool.fetchval("SELECT clock_timestamp()")
            self._cut = Cut(at, await self._pool.fetchval(_NEWEST))

    def _is_due(self) -> bool:
        return self._spoke is None or is_due(monotonic() - self._spoke, said_something=self._said_something)

    def count(self, marked: Iterable[tuple[UUID, int]]) -> None:
        """These events (key, sequence) were acknowledged and marked."""
        for key, seq in marked:
            partition = partition_of(key)
            self._sums[partition] = self._sums[partition].with_event(key, seq)
            self._said_something = True

    def covered(self, sent: Sequence[int], *, all_of_them: bool) -> list[Outgoing]:
        """The watermarks to send now, when everything before the cut is sent; else none. See `Cut.covered`."""
        if self._cut is None or not self._cut.covered(sent, all_of_them=all_of_them):
            return []
        at, self._cut = self._cut.at, None
        self._spoke, self._said_something = monotonic(), False
        return [
            Watermark(at=at, events=sums.events, digest=sums.digest, epoch=self._epoch).outgoing(partition)
            for partition, sums in self._sums.items()
        ]
