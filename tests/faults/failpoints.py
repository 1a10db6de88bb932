"""Fail points: a process that kills or stops itself exactly at a step of delivery (design: delivery).

Wrappers around the product's own functions, put there in the process under test before it starts; the product knows
nothing of them.
"""

import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol

from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope
from shared.events.intake import ConsentSigned
from shared.messaging import streams
from shared.messaging.kafka import ConsumerSession
from shared.messaging.relay import _Session
from shared.messaging.subscriber import Subscriber

Step = Callable[..., Awaitable[Any]]


class Point(Protocol):
    """Something that goes wrong in a process, by name."""

    @property
    def name(self) -> str: ...

    def arm(self) -> None:
        """Put it into this process."""


@dataclass(frozen=True, slots=True)
class FailPoint:
    """Where a process strikes itself, once, and with which signal. `after`: when the step is done, not before it.

    A call that has nothing to say, to send or to mark does not count.
    """

    name: str
    owner: Any
    step: str
    after: bool = False
    number: int = signal.SIGKILL

    def arm(self) -> None:
        step: Step = getattr(self.owner, self.step)
        armed = True

        @wraps(step)
        async def struck(*args: Any, **named: Any) -> Any:
            nonlocal armed
            if not armed or not self._counts(args):
                return await step(*args, **named)
            armed = False
            done = await step(*args, **named) if self.after else None
            os.kill(os.getpid(), self.number)
            return done if self.after else await step(*args, **named)

        setattr(self.owner, self.step, struck)

    def _counts(self, args: tuple[Any, ...]) -> bool:
        if self.owner is UnitOfWork:
            return bool(args[0]._drafts)
        return self.step != "_mark" or bool(args[1])


class Refused(Exception):
    """A handler that will not have it, as long as it is wrapped."""


@dataclass(frozen=True, slots=True)
class Refusing:
    """Handlers of one type refuse, for good as it seems, until the process is replaced."""

    name: str
    type: str

    def arm(self) -> None:
        apply: Step = Subscriber.apply

        @wraps(apply)
        async def refusing(subscriber: Subscriber, uow: UnitOfWork, event: Envelope) -> None:
            if event.type == self.type:
                raise Refused
            await apply(subscriber, uow, event)

        Subscriber.apply = refusing  # type: ignore[method-assign]


BEFORE_COMMIT = FailPoint("command: before the commit", UnitOfWork, "_commit")
AFTER_COMMIT = FailPoint("command: committed, not answered", UnitOfWork, "_commit", after=True)
BEFORE_SEND = FailPoint("relay: read, not sent", _Session, "_send_and_mark")
AFTER_SEND = FailPoint("relay: acknowledged, not marked", _Session, "_mark")
AFTER_MARK = FailPoint("relay: marked", _Session, "_mark", after=True)
AFTER_TAKE = FailPoint("consumer: taken, not handled", streams, "take", after=True)
AFTER_HANDLER = FailPoint("consumer: handled, not committed", Subscriber, "apply", after=True)
AFTER_EFFECT = FailPoint("consumer: committed, offset not", ConsumerSession, "commit")
AFTER_OFFSET = FailPoint("consumer: offset committed", ConsumerSession, "commit", after=True)
WITH_ACKS = FailPoint("relay: stopped with a batch in hand", _Session, "_mark", number=signal.SIGSTOP)

OF_API = (BEFORE_COMMIT, AFTER_COMMIT)
OF_RELAY = (BEFORE_SEND, AFTER_SEND, AFTER_MARK)
OF_CONSUMER = (AFTER_TAKE, AFTER_HANDLER, AFTER_EFFECT, AFTER_OFFSET)
REFUSING = Refusing("consumer: refuses signatures", ConsentSigned.type)
POINTS: dict[str, Point] = {p.name: p for p in (*OF_API, *OF_RELAY, *OF_CONSUMER, WITH_ACKS, REFUSING)}
