"""What a watermark means to a consumer, and when a relay may send one (design: delivery)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.events import Malformed
from shared.messaging import watermarks
from shared.messaging.partitions import PARTITIONS, partition_of
from shared.messaging.records import Outgoing
from shared.messaging.watermarks import Cut, Sums, Verdict, Watermark, is_due, is_watermark, judge, sums_by_partition
from tests.integration.messaging.kit import ReadRecord

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)
IDS = st.uuids()


def summed(*events: tuple[UUID, int]) -> Sums:
    found = Sums()
    for key, seq in events:
        found = found.with_event(key, seq)
    return found


@given(IDS)
def test_a_key_goes_where_kafkas_own_partitioner_sends_it(key: UUID) -> None:
    numbers = list(range(PARTITIONS))
    assert partition_of(key) == DefaultPartitioner()(str(key).encode(), numbers, numbers)


@given(IDS, st.integers(0, 40))
def test_a_stream_counts_as_its_events_one_by_one(key: UUID, last: int) -> None:
    assert Sums().with_stream(key, last) == summed(*((key, seq) for seq in range(1, last + 1)))


def test_the_order_of_events_does_not_matter() -> None:
    events = [(A, 1), (A, 2), (B, 1), (B, 2)]
    assert len({summed(*order) for order in permutations(events)}) == 1


@given(st.dictionaries(IDS, st.integers(1, 9), max_size=6))
def test_the_partitions_together_hold_every_event_once(streams: dict[UUID, int]) -> None:
    found = sums_by_partition(streams.items())
    assert sum(sums.events for sums in found.values()) == sum(streams.values())
    assert set(found) == set(range(PARTITIONS))
    assert all(-(2**63) <= sums.digest < 2**63 for sums in found.values())


@pytest.mark.parametrize(
    ("taken", "said", "verdict"),
    [
        ([], [], Verdict.FRESH),
        ([(A, 1), (B, 1)], [(B, 1), (A, 1)], Verdict.FRESH),
        ([(A, 1), (A, 2)], [(A, 1)], Verdict.OLD),
        ([(A, 1)], [], Verdict.OLD),
        ([], [(A, 1)], Verdict.LOSS),
        ([(A, 1)], [(A, 1), (B, 1)], Verdict.LOSS),
        ([(A, 1)], [(B, 1)], Verdict.LOSS),
        ([(A, 1), (A, 2)], [(A, 1), (B, 1)], Verdict.LOSS),
    ],
)
def test_as_many_and_the_same_is_fresh_more_is_old_and_anything_else_a_loss(
    taken: Sequence[tuple[UUID, int]], said: Sequence[tuple[UUID, int]], verdict: Verdict
) -> None:
    assert judge(summed(*taken), summed(*said)) is verdict


@pytest.mark.parametrize(
    ("newest", "read", "all_of_them", "covered"),
    [
        (0, [], True, True),
        (7, [5, 7], False, True),
        (7, [5, 9], False, True),
        (7, [3, 5], False, False),
        (7, [3, 5], True, True),
        (7, [], True, True),
    ],
)
def test_a_moment_is_covered_once_what_was_unsent_then_is_sent(
    newest: int, read: Sequence[int], all_of_them: bool, covered: bool
) -> None:
    assert Cut(NOON, newest).covered(read, all_of_them=all_of_them) is covered


@pytest.mark.parametrize(
    ("since", "said_something", "due"), [(4.9, True, False), (5, True, True), (5, False, False), (15, False, True)]
)
def test_a_relay_with_nothing_to_say_says_so_less_often(since: float, said_something: bool, due: bool) -> None:
    assert is_due(since, said_something=said_something) is due
    assert timedelta(seconds=watermarks.QUIET_EVERY) * 3 < watermarks.STALE_AFTER


def test_a_record_carries_a_watermark_and_back() -> None:
    said = Watermark(at=NOON, events=3, digest=-(2**63), epoch=2)
    record = ReadRecord.of(said.outgoing(4), 0)
    assert is_watermark(record)
    assert watermarks.read(record) == said
    assert (said.outgoing(4).key, said.outgoing(4).partition) == (None, 4)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"at": "noon", "events": 1, "digest": 0}', b"\xff"])
def test_an_unreadable_watermark_is_malformed(body: bytes) -> None:
    headers = Watermark(at=NOON, events=0, digest=0).outgoing(0).headers
    assert isinstance(watermarks.read(ReadRecord.of(Outgoing(None, body, headers), 0)), Malformed)
