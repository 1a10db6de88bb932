"""Watermarks: a relay says up to when it has said everything, so that silence is told from delay (design: delivery).

"T, N, H" on every partition: every transaction whose commit was answered before T is in front of this record, N events
in all, H a digest of them. A consumer that took the same N and H knows everything until T. N and H tell an old
watermark (it took more) from a loss (it took less, or as many others), also at the end of a log that was cut.

The digest of a set of events is the exclusive or of `hash(key, sequence) ^ hash(key, sequence - 1)`. Over a stream
without holes that is `hash(key, last) ^ hash(key, 0)`: so it is known from where a stream stands, however long it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.events import Malformed
from shared.messaging.partitions import PARTITIONS, partition_of
from shared.messaging.records import Outgoing, Record

TYPE = "stillwater.watermark.v1"
EVERY, QUIET_EVERY = 5.0, 15.0  # seconds: after something was said, and while nothing is
STALE_AFTER = timedelta(seconds=60)
_HEADER = ("ce_type", TYPE.encode())


@dataclass(frozen=True, slots=True)
class Sums:
    """How many events, and their digest: a signed 64-bit number, as a database column is."""

    events: int = 0
    digest: int = 0

    def with_stream(self, key: UUID, last: int) -> "Sums":
        """The same and all events of a key up to `last`."""
        return Sums(self.events + last, self.digest ^ _hash(key, last) ^ _hash(key, 0))

    def with_event(self, key: UUID, seq: int) -> "Sums":
        """The same and one event more."""
        return Sums(self.events + 1, self.digest ^ _hash(key, seq) ^ _hash(key, seq - 1))


def _hash(key: UUID, seq: int) -> int:
    """The same number as SQL's `stream_hash` (shared/db/machinery.py). Not md5, which is away where FIPS 140 rules."""
    return int.from_bytes(sha256(f"{key}/{seq}".encode()).digest()[:8], signed=True)


def sums_by_partition(streams: Iterable[tuple[UUID, int]]) -> dict[int, Sums]:
    """Sums of every partition, from where each key's stream stands."""
    found = dict.fromkeys(range(PARTITIONS), Sums())
    for key, last in streams:
        partition = partition_of(key)
        found[partition] = found[partition].with_stream(key, last)
    return found


class Watermark(BaseModel):
    """What a relay says of one partition. `at` is wall time of the producer's database."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    events: int = Field(ge=0)
    digest: int
    epoch: int = 1

    @property
    def sums(self) -> Sums:
        return Sums(self.events, self.digest)

    def outgoing(self, partition: int) -> Outgoing:
        """As a record: one header, no key, a body of some 70 bytes, for it is written thousands of times a day."""
        return Outgoing(None, self.model_dump_json().encode(), [_HEADER], partition)


def is_watermark(record: Record) -> bool:
    """Whether a record is one; everything else on a topic is meant to be an event."""
    return len(record.headers) > 0 and tuple(record.headers[0]) == _HEADER


def read(record: Record) -> Watermark | Malformed:
    """The watermark that a record carries, or what is wrong with it."""
    try:
        return Watermark.model_validate_json(record.value or b"")
    except ValidationError:
        return Malformed("a watermark cannot be read")


class Verdict(Enum):
    """What a watermark means to a consumer."""

    FRESH = "everything until then is known"
    OLD = "more is known already"
    LOSS = "something that was said is not there"


def judge(taken: Sums, said: Sums) -> Verdict:
    """Compare what a consumer took of a partition with what its producer had said."""
    if taken == said:
        return Verdict.FRESH
    return Verdict.OLD if taken.events > said.events else Verdict.LOSS


@dataclass(frozen=True, slots=True)
class Cut:
    """A moment, and the newest outbox row that was not sent when it had passed (0: none was)."""

    at: datetime
    newest: int

    def covered(self, read: Sequence[int], *, all_of_them: bool) -> bool:
        """Whether everything before the cut is sent, now that the rows `read` (ids in order) are.

        Rows are read in order of id, so a batch that reaches `newest` leaves none of those that were visible then;
        `all_of_them`: no other row was unsent when the batch was read.
        """
        return all_of_them or read[-1] >= self.newest


def is_due(since: float, *, said_something: bool) -> bool:
    """Whether the next watermark is due, `since` seconds after the last."""
    return since >= (EVERY if said_something else QUIET_EVERY)
