"""What goes over Kafka, as the rest of the machinery sees it: free of the client library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class KafkaAway(Exception):
    """The broker did not answer in time, or refused; carries the kind of error, never a record."""


class SessionLost(KafkaAway):
    """A producer session has ended: a connection broke. What it sent last may or may not arrive."""


class TopicMissing(Exception):
    """A topic does not exist: the deploy step that makes topics has not run."""


class Partition(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to send; records of one key keep their order. One without a key says to which partition it goes."""

    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """Where the broker put a record."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class TopicState:
    """The cluster's id, and per partition the offset that the next record will get."""

    cluster: str
    end_offsets: Mapping[int, int]


class Record(Protocol):
    """A record as read."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
