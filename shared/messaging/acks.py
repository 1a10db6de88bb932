"""What a relay may conclude from what the broker said: pure decisions, no input or output (design: delivery)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from shared.messaging.records import Ack


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`mark`: outbox ids to mark as sent; `last`: last offset per partition; `whole`: every record was acknowledged."""

    mark: list[int]
    last: dict[int, int]
    whole: bool


def conclude(sent: Sequence[tuple[int, int]], acks: Sequence[Ack | None], last: Mapping[int, int]) -> Conclusion:
    """Mark only what precedes the first doubt in its partition.

    `sent` are (outbox id, partition) in the order of sending. A missing ack is a doubt, and so is an offset that is not
    above the last one of that partition: the broker forgot something.
    """
    mark: list[int] = []
    reached, doubtful = dict(last), set[int]()
    for (row, partition), ack in zip(sent, acks, strict=True):
        if ack is None or ack.offset <= reached.get(partition, -1):
            doubtful.add(partition)
        if partition not in doubtful and ack is not None:
            mark.append(row)
            reached[partition] = ack.offset
    return Conclusion(mark, reached, not doubtful)


def forgot(known: Mapping[int, tuple[str, int]], cluster: str, ends: Mapping[int, int]) -> bool:
    """Whether the broker holds less than was marked: another cluster, or an end not above the last marked offset.

    `known` is (cluster, last offset) per partition as recorded with the marks; nothing recorded counts as forgotten.
    """
    return not known or any(
        where != cluster or ends.get(partition, 0) <= last for partition, (where, last) in known.items()
    )


class Sized(Protocol):
    @property
    def size(self) -> int: ...


S = TypeVar("S", bound=Sized)


def portions(rows: Iterable[S], at_most: int) -> Iterator[list[S]]:
    """Split rows, in order, into portions of at most so many bytes; a row that is larger goes alone."""
    portion: list[S] = []
    filled = 0
    for row in rows:
        if portion and filled + row.size > at_most:
            yield portion
            portion, filled = [], 0
        portion.append(row)
        filled += row.size
    if portion:
        yield portion
