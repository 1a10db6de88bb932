"""Fail points: a process that kills or stops itself exactly at a step of delivery (design: delivery).

Wrappers around the product's own functions, put there in the process under test before it starts; the product knows
nothing of them.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import wraps
from typing import Any, Protocol

from pydantic.fields import FieldInfo

from shared import clock
from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope
from shared.events.intake import ConsentSigned
from shared.messaging import streams
from shared.messaging.kafka import ConsumerSession, ProducerSession
from shared.messaging.records import Ack, Outgoing
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


@dataclass(frozen=True, slots=True)
class Hanging:
    """The handler of the first event of a type does not return, `times` times; it is said in the process's output.

    `blocks`: it does not even wait, so that nothing else of the process gets on.
    """

    name: str
    type: str
    times: int
    blocks: bool = False

    def arm(self) -> None:
        apply: Step = Subscriber.apply
        victim, left = None, self.times

        @wraps(apply)
        async def hanging(subscriber: Subscriber, uow: UnitOfWork, event: Envelope) -> None:
            nonlocal victim, left
            victim = victim or (event.id if event.type == self.type else None)
            if event.id == victim and left:
                left -= 1
                print(self.name, flush=True)
                if self.blocks:
                    time.sleep(3600)  # noqa: ASYNC251 -- that is the harm
                await asyncio.Event().wait()
            await apply(subscriber, uow, event)

        Subscriber.apply = hanging  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class FailingSend:
    """Sends that fail in the middle of a batch, `times` in all, while what is behind them about the same patient
    succeeds. Only new events count, not what a session sends again."""

    name: str
    times: int

    def arm(self) -> None:
        send_all, send_and_mark = ProducerSession._send_all, _Session._send_and_mark
        left, new = self.times, False

        async def sending(session: _Session, producer: ProducerSession, records: Sequence[Any]) -> None:
            nonlocal new
            new = True
            try:
                await send_and_mark(session, producer, records)
            finally:
                new = False

        async def failing(session: ProducerSession, records: Sequence[Outgoing]) -> list[Ack | None]:
            nonlocal left
            victim = _followed(records) if left and new else None
            if victim is None:
                return await send_all(session, records)
            left -= 1
            acks = await send_all(session, [*records[:victim], *records[victim + 1 :]])
            return [*acks[:victim], None, *acks[victim:]]

        _Session._send_and_mark = sending  # type: ignore[method-assign]
        ProducerSession._send_all = failing  # type: ignore[method-assign]


def _followed(records: Sequence[Outgoing]) -> int | None:
    """The place of the first record that another one about the same patient follows."""
    keys = [record.key for record in records]
    return next((n for n, key in enumerate(keys) if key in keys[n + 1 :]), None)


@dataclass(frozen=True, slots=True)
class Skewed:
    """A wall clock that is off by so many seconds; time that only measures goes on as it does."""

    name: str
    seconds: float

    def arm(self) -> None:
        off, now, now_ns = timedelta(seconds=self.seconds), time.time, time.time_ns

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + off

        clock.datetime = Shifted  # type: ignore[attr-defined]
        time.time = lambda: now() + self.seconds
        time.time_ns = lambda: now_ns() + int(self.seconds * 1e9)


NEW_FIELD = "signed_where"


@dataclass(frozen=True, slots=True)
class Grown:
    """A version to come, in which signatures have one more optional field."""

    name: str

    def arm(self) -> None:
        ConsentSigned.model_fields[NEW_FIELD] = FieldInfo(annotation=str, default="CLINIC")
        ConsentSigned.model_rebuild(force=True)


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
HANGING = Hanging("consumer: does not return from a signature", ConsentSigned.type, times=2)
BLOCKING = Hanging("consumer: blocks in a signature", ConsentSigned.type, times=1, blocks=True)
FAILING_SEND = FailingSend("relay: a send fails, later ones succeed", times=3)
AHEAD, BEHIND = Skewed("clock: 30 s ahead", 30), Skewed("clock: 30 s behind", -30)
GROWN = Grown("version: one optional field more")
OF_OTHERS = (WITH_ACKS, REFUSING, HANGING, BLOCKING, FAILING_SEND, AHEAD, BEHIND, GROWN)
POINTS: dict[str, Point] = {p.name: p for p in (*OF_API, *OF_RELAY, *OF_CONSUMER, *OF_OTHERS)}
