"""The history of a run: every attempt with its outcome, every state, outbox row, topic record and effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Outcome = Literal["acknowledged", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One act of a client, by its correlation id, with what the client knows of it in the end."""

    act: UUID
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class State:
    """A version of an aggregate that the producer's own tables show."""

    producer: str
    aggregate: str
    version: int


@dataclass(frozen=True, slots=True)
class Said:
    """An event as its producer wrote it down. `act` is the correlation, `cause` the event that a handler was handling.

    `version` is that of its aggregate, 1 where it has none.
    """

    producer: str
    event_id: UUID
    type: str
    key: UUID
    seq: int
    aggregate: str
    version: int
    act: UUID
    cause: UUID | None = None

    @property
    def state(self) -> State:
        return State(self.producer, self.aggregate, self.version)


@dataclass(frozen=True, slots=True)
class Sent:
    """A record of a topic. The same event may stand there more than once. `at`: when it arrived, in seconds."""

    producer: str
    event_id: UUID
    key: UUID
    seq: int
    partition: int = 0
    offset: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """An event took effect in a consumer; `place` orders the effects of a consumer: when it happened, in seconds."""

    consumer: str
    event_id: UUID
    place: float


@dataclass(frozen=True, slots=True)
class Taken:
    """How far a consumer has taken a producer's events of a key."""

    consumer: str
    producer: str
    key: UUID
    upto: int


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that a consumer keeps because it could not take effect yet."""

    consumer: str
    producer: str
    key: UUID
    seq: int
    event_id: UUID
    why: Literal["gap", "parked", "queued"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What has to happen: who hears whom, which events leave an effect, a state or another event behind.

    `hears`: consumer -> producers. `effects`: (consumer, type). `stateful`: types whose state is looked at.
    `leads_to`: type -> the type that its handler says. `overtaking`: types of stop facts, which order does not bind.
    `several`: types of which one act may say some, about an aggregate each.
    """

    hears: Mapping[str, frozenset[str]]
    effects: frozenset[tuple[str, str]]
    stateful: frozenset[str] = frozenset()
    leads_to: Mapping[str, str] = field(default_factory=dict)
    overtaking: frozenset[str] = frozenset()
    several: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class History:
    """Everything that was seen of a run, after it has come to rest.

    `poison`: events with a permanent cause to be refused, which the test itself put there. `given_up`: events that an
    operator discarded, by (consumer, event). `stops_within`: seconds from a stop fact's arrival to its effect, where
    nothing was struck that had to apply it; None: not looked at. `unstated`: events whose state a restore took, and
    `forgotten`: acts of which nobody had heard when it did.
    """

    rules: Rules
    attempts: tuple[Attempt, ...] = ()
    states: tuple[State, ...] = ()
    said: tuple[Said, ...] = ()
    sent: tuple[Sent, ...] = ()
    effects: tuple[Effect, ...] = ()
    taken: tuple[Taken, ...] = ()
    stored: tuple[Stored, ...] = ()
    poison: frozenset[UUID] = frozenset()
    given_up: frozenset[tuple[str, UUID]] = frozenset()
    stops_within: float | None = None
    unstated: frozenset[UUID] = frozenset()
    forgotten: frozenset[UUID] = frozenset()
