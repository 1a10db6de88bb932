"""A service: what it is made of (Definition, written in services/NAME/app.py) and what it runs on (Service)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel

from shared.bells import Bells
from shared.clock import Clock
from shared.db.database import Database
from shared.events import Event
from shared.help import HeedRefused, HelpFor
from shared.sealing import Keyring
from shared.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter

    from shared.db.unit_of_work import UnitOfWork
    from shared.runtime.loops import Progress
    from shared.timers import Timer

Handler = Callable[["UnitOfWork", Any], Awaitable[None]]
TimerHandler = Callable[["UnitOfWork", "Timer"], Awaitable[None]]
Loop = Callable[["Service", "Progress"], Awaitable[None]]


@dataclass(frozen=True)
class ReadTable:
    """A table of a read model. Each row is of one `key` (a patient); `sealed` columns are compared by their content."""

    name: str
    id: str = "id"
    key: str = "patient_id"
    sealed: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadModel:
    """A read model that can be built anew from the events of a key.

    `feed` takes one event. `finish` ends the building of a key: it brings what people did, which no event tells, from
    the live rows (schema `public`) into those that were built.
    """

    tables: Sequence[ReadTable]
    feed: Handler
    finish: Callable[["UnitOfWork", UUID], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Definition:
    """What a service is: routes, subscriptions, timers. `projections` feed the `read_models`, which operators may have
    built anew by name. `loops` are extra worker loops that talk to the outside;
    `leaving` counts what they have still to hand over there, and answers expected in a moment, so that the clock is not
    moved past them. `router` and `examples` (answers that the API's description shows) give what only the process that
    answers is to import. `help_for` says beside which refusals help stands; what was refused there `heed` looks at."""

    name: str
    router: Callable[[], "APIRouter"]
    subscriptions: Mapping[type[Event], Handler]
    timers: Mapping[str, TimerHandler] = field(default_factory=dict)
    projections: Mapping[type[Event], Handler] = field(default_factory=dict)
    read_models: Mapping[str, ReadModel] = field(default_factory=dict)
    loops: Mapping[str, Loop] = field(default_factory=dict)
    leaving: Callable[["Service"], Awaitable[int]] | None = None
    examples: Callable[[], Sequence[BaseModel]] = tuple
    help_for: HelpFor | None = None
    heed: HeedRefused | None = None


@dataclass(frozen=True)
class Service:
    """A running service's parts. One per process; four in the embedded runtime."""

    name: str
    settings: Settings
    database: Database
    clock: Clock
    keyring: Keyring
    bells: Bells = field(default_factory=Bells)
