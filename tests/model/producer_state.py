"""What the producer's world is made of: outbox, lease, relays, what the broker holds, which faults are left."""

from collections.abc import Iterator
from typing import NamedTuple


class OutboxRow(NamedTuple):
    """A row of `outbox`, visible when its transaction has committed. `marked`: the era of `sent_at`, 0 when null."""

    id: int
    key: str
    seq: int
    transaction: int
    marked: int = 0

    def __str__(self) -> str:
        return f"{self.key}{self.seq}"


class Lease(NamedTuple):
    """The row of `relay_lease`."""

    holder: int = -1
    epoch: int = 0
    expired: bool = True


class Relay(NamedTuple):
    """`valid`: its own clock says that it holds the lease; `over`: its session's connection broke."""

    at: str = "standby"
    epoch: int = 0
    valid: bool = False
    over: bool = False
    paused: bool = False
    todo: tuple[int, ...] = ()
    batch: tuple[int, ...] = ()
    answers: tuple[int, ...] = ()
    last: int = -1


class Left(NamedTuple):
    """How many faults may still happen. `doubts`: sends whose records may each have any fate; `eras`: time passes."""

    crashes: int = 0
    pauses: int = 0
    doubts: int = 0
    power: int = 0
    topics: int = 0
    eras: int = 0


class State(NamedTuple):
    """`log` holds outbox ids; `known` is the last offset of `relay_partition`; `late` are records of dead sessions."""

    left: Left
    transactions: tuple[str, ...]
    outbox: tuple[OutboxRow, ...] = ()
    lease: Lease = Lease()
    relays: tuple[Relay, ...] = (Relay(), Relay())
    log: tuple[int, ...] = ()
    known: int | None = None
    late: tuple[tuple[int, ...], ...] = ()
    era: int = 1
    flushed: int = 0


Steps = Iterator[tuple[str, State, bool]]
NO_ANSWER = -1
FATES = ("acknowledged", "appended without an answer", "late", "lost")


def name(number: int) -> str:
    return f"relay {'AB'[number]}"


def with_at(state: State, number: int, at: str) -> tuple[str, ...]:
    return (*state.transactions[:number], at, *state.transactions[number + 1 :])


def with_relay(state: State, number: int, relay: Relay) -> State:
    return state._replace(relays=(*state.relays[:number], relay, *state.relays[number + 1 :]))


def anew(state: State, number: int, relay: Relay) -> State:
    """The producer is dropped; the same holder begins another session."""
    return with_relay(state, number, Relay("starts", relay.epoch, relay.valid))


def step_down(state: State, number: int, relay: Relay) -> State:
    """lease._RELEASE, where it is still its own."""
    own = state.lease.holder == number and state.lease.epoch == relay.epoch
    given_back = state._replace(lease=state.lease._replace(expired=True)) if own else state
    return with_relay(given_back, number, Relay())


def disconnected(state: State) -> State:
    """Every session is over; a relay that has its answers may still mark."""
    return state._replace(relays=tuple(r if r.at == "standby" else r._replace(over=True) for r in state.relays))
