"""Packs keep the order of each partition, and know what each answer of the broker means."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.packs import LARGEST_RECORD, Pack, packed
from shared.messaging.records import Ack, Outgoing

ROOM = 3


@dataclass
class Box:
    """A batch with room for so many records."""

    values: list[bytes] = field(default_factory=list)

    def append(
        self, *, timestamp: float | None, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> object:
        if len(self.values) == ROOM:
            return None
        self.values.append(value)
        return self


def pack(records: Sequence[Outgoing]) -> list[Pack]:
    return packed(records, lambda key: len(key or b""), Box)


async def _answered(packs: Sequence[Pack]) -> dict[int, Ack]:
    """As a broker answers that counts from ten in every partition."""
    ends, found = dict[int, int](), dict[int, Ack]()
    for one in packs:
        first = ends.get(one.partition, 10)
        assert isinstance(one.batch, Box)
        ends[one.partition] = first + len(one.batch.values)
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        answer.set_result(SimpleNamespace(offset=first))
        found |= dict(one.acks(answer))
    return found


@given(st.lists(st.integers(0, 3), max_size=30))
async def test_every_record_is_answered_for_its_place_and_each_partition_keeps_its_order(partitions: list[int]) -> None:
    records = [Outgoing(b"k" * number, b"%d" % place, []) for place, number in enumerate(partitions)]
    acks = await _answered(pack(records))
    assert sorted(acks) == list(range(len(records)))
    for number in set(partitions):
        offsets = [acks[place].offset for place, one in enumerate(partitions) if one == number]
        assert offsets == list(range(10, 10 + len(offsets)))


def test_a_record_with_a_partition_of_its_own_goes_there() -> None:
    assert [one.partition for one in pack([Outgoing(None, b"", [], 7), Outgoing(b"kk", b"", [])])] == [7, 2]


async def test_nothing_is_packed_behind_a_record_that_is_too_large() -> None:
    too_large = Outgoing(b"a", b"x" * (LARGEST_RECORD + 1), [])
    acks = await _answered(pack([Outgoing(b"a", b"1", []), too_large, Outgoing(b"bb", b"2", [])]))
    assert acks == {0: Ack(1, 10)}


async def test_a_pack_that_failed_or_was_not_answered_says_nothing() -> None:
    (one,) = pack([Outgoing(b"a", b"1", [])])
    pending, failed = (asyncio.get_running_loop().create_future() for _ in range(2))
    failed.set_exception(OSError())
    assert list(one.acks(pending)) == list(one.acks(failed)) == []
