"""Records packed for their partitions: one answer of the broker for each pack, where single sends wait for many."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from shared.messaging.records import Ack, Outgoing

LARGEST_RECORD = 1_000_000  # bytes of a value; what a broker takes by default, and four times what an outbox holds


class Batch(Protocol):
    """The client library's batch under construction; `append` returns None when it is full."""

    def append(
        self, *, timestamp: float | None, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> object: ...


class Pack:
    """A batch for one partition, and the places of its records among all that are sent."""

    def __init__(self, partition: int, batch: Batch) -> None:
        self.partition, self.batch = partition, batch
        self._places: list[int] = []

    def takes(self, place: int, record: Outgoing) -> bool:
        """Whether it had room for the record; an empty one has room for any."""
        added = self.batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
        if added is not None:
            self._places.append(place)
        return added is not None

    def acks(self, future: "asyncio.Future[Any]") -> Iterable[tuple[int, Ack]]:
        """Where the broker put its records, by place; nothing when that failed or is not known."""
        if not future.done() or future.cancelled() or future.exception() is not None:
            return []
        first = future.result().offset
        return [(place, Ack(self.partition, first + n)) for n, place in enumerate(self._places)]


def packed(
    records: Sequence[Outgoing], partition_of: Callable[[bytes | None], int], new_batch: Callable[[], Batch]
) -> list[Pack]:
    """The records in order, up to the first that is too large: nothing goes behind a record that cannot."""
    packs, filling = list[Pack](), dict[int, Pack]()
    for place, record in enumerate(records):
        if len(record.value) > LARGEST_RECORD:
            break
        partition = partition_of(record.key) if record.partition is None else record.partition
        pack = filling.get(partition)
        if pack is None or not pack.takes(place, record):
            pack = filling[partition] = Pack(partition, new_batch())
            packs.append(pack)
            pack.takes(place, record)
    return packs
