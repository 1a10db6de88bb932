"""How a batch of one partition is worked off: runs that nobody handles in one statement, the rest one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.events import Envelope

Key = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Run:
    """Streams to advance over events that nobody handles: (producer, key) -> the last sequence."""

    upto: Mapping[Key, int]


@dataclass(frozen=True, slots=True)
class Planned:
    """One thing to do; after it the first `covered` events of the batch are dealt with."""

    what: Envelope | Run
    covered: int


def plan(
    events: Sequence[Envelope], taken: Mapping[Key, int], handles: Callable[[Envelope], bool]
) -> Iterator[Planned]:
    """What to do, in order. Seen events are left out; a run holds only what follows its stream without a hole.

    `taken` is how far each stream was before the batch. Whatever else (handled, or behind a gap) goes alone, after the
    run in front of it.
    """
    reached, run = dict(taken), dict[Key, int]()
    for index, event in enumerate(events):
        key = (event.service, event.key)
        if event.sequence <= reached[key]:
            continue
        in_order = event.sequence == reached[key] + 1
        if in_order:
            reached[key] = event.sequence
        if in_order and not handles(event):
            run[key] = event.sequence
            continue
        if run:
            yield Planned(Run(run), index)
            run = {}
        yield Planned(event, index + 1)
    if run:
        yield Planned(Run(run), len(events))
