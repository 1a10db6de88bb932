"""What the consumer's world is made of: who is where, what the log and the database hold, which faults are left."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tests.model.tables import Row, Waiting
from tests.model.transactions import Event

Log = tuple[Event, ...]


class Todo(NamedTuple):
    """A planned thing: an event, or the last event of each stream in a run; `covered` of the batch is done after it."""

    events: tuple[Event, ...]
    run: bool
    covered: int


class Hand(NamedTuple):
    """A stored event as it was read without a lock."""

    event: Event
    stored: Waiting


class Member(NamedTuple):
    """A member. `done` is the offset that all before was dealt with; `ready` are streams to go on with."""

    at: str = "out"
    owns: bool = False
    done: int = 0
    todo: tuple[Todo, ...] = ()
    ready: tuple[int, ...] = ()
    hand: Hand | None = None


class Aside(NamedTuple):
    """Whoever acts beside the partitions' tasks: the sweep, or an operator."""

    at: str = "idle"
    hand: Hand | None = None


class Left(NamedTuple):
    """How many faults may still happen."""

    crashes: int = 0
    pauses: int = 0
    revokes: int = 0
    discards: int = 0
    restores: int = 0


class State(NamedTuple):
    """`offset` is what the group committed; `backup` what the database held when it was taken."""

    log: Log
    rows: tuple[Row, ...]
    left: Left
    offset: int = 0
    members: tuple[Member, ...] = (Member(), Member())
    sweep: Aside = Aside()
    operator: Aside = Aside()
    repaired: bool = False
    backup: tuple[Row, ...] | None = None


Steps = Iterator[tuple[str, State, bool]]


def settled(member: Member) -> Member:
    """The planned thing is done."""
    return Member("works", member.owns, member.todo[0].covered, member.todo[1:])


def put(state: State, number: int, member: Member, stream: int = 0, row: Row | None = None) -> State:
    members = (member, state.members[1]) if number == 0 else (state.members[0], member)
    rows = state.rows if row is None else with_row(state.rows, stream, row)
    return state._replace(members=members, rows=rows)


def with_row(rows: tuple[Row, ...], stream: int, row: Row) -> tuple[Row, ...]:
    return (*rows[:stream], row, *rows[stream + 1 :])


def told(before: Row, after: Row) -> str:
    """What a transaction did, for a trace."""
    if len(after.effects) > len(before.effects):
        return "takes effect"
    if after == before:
        return "nothing to do"
    stored = [f"{w.seq} {w.why}" for w in after.waiting if w not in before.waiting]
    return "stored " + ", ".join(stored) if stored else f"taken up to {after.taken}"


@cache
def kinds(log: Log) -> tuple[dict[int, Event], ...]:
    """Per stream, its events by sequence."""
    streams = 1 + max(event.stream for event in log)
    return tuple({event.seq: event for event in log if event.stream == stream} for stream in range(streams))


def event_of(log: Log, stream: int, seq: int) -> Event:
    return kinds(log)[stream][seq]
