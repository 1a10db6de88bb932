"""A subscriber: one consumer of a service, with the handlers it has for event types."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from shared.caller import Caller
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.events import Envelope, Event, topic_of
from shared.messaging import applied
from shared.messaging.streams import Stream
from shared.messaging.trouble import HandlerTimedOut
from shared.service import Handler, Service

HANDLER_LIMIT = timedelta(seconds=12)  # below the 15 s after which the database ends an idle transaction


class NewerMajor(Exception):
    """A newer major of a subscribed type: this consumer should have been deployed before its producer."""


class Subscriber:
    """`name` is the consumer group and the `consumer` of its rows, for instance `intake.commands`."""

    def __init__(
        self, service: Service, name: str, subscriptions: Mapping[type[Event], Handler],
        *, limit: timedelta = HANDLER_LIMIT,
    ) -> None:  # fmt: skip
        self.service, self.name = service, name
        self._keeps = applied.feeds_read_models(name)
        self._limit = limit.total_seconds()
        self._handlers = {event.type: (event, handler) for event, handler in subscriptions.items()}
        self._newest = _newest_majors(self._handlers)

    @property
    def topics(self) -> list[str]:
        """The topics of the services whose events are subscribed to."""
        return sorted({topic_of(event.service) for event, _ in self._handlers.values()})

    def handles(self, event: Envelope) -> bool:
        """Whether it is for a handler, or kept for a later one; a newer major of a subscribed type will be refused."""
        return self._keeps or event.type in self._handlers or self._is_newer(event)

    def _is_newer(self, event: Envelope) -> bool:
        name, major = _split(event.type)
        return major > self._newest.get(name, major)

    def overtakes(self, event: Envelope) -> bool:
        """Whether it is a stop fact that a handler takes."""
        return event.type in self._handlers and self._handlers[event.type][0].overtakes

    def stream(self, event: Envelope) -> Stream:
        return Stream(self.name, event.service, event.key)

    async def apply(self, uow: UnitOfWork, event: Envelope) -> None:
        """Validate and handle; a consumer of read models also keeps the event, of whatever type.

        Raises whatever the handler does, NewerMajor, or pydantic.ValidationError.
        """
        if self._is_newer(event):
            raise NewerMajor(event.type)
        if self._keeps:
            await applied.keep(uow, self.name, event)
        if event.type in self._handlers:
            kind, handler = self._handlers[event.type]
            await handler(uow, kind.model_validate_json(event.body))

    @asynccontextmanager
    async def unit(self, cause: Envelope) -> AsyncIterator[UnitOfWork]:
        """The transaction in which `cause` takes effect. Raises HandlerTimedOut when it lasts too long."""
        try:
            async with asyncio.timeout(self._limit) as limit, self._unit(cause) as uow:
                yield uow
        except Exception:  # the database ends idle transactions first, and then rolling back fails as well
            if limit.expired():
                raise HandlerTimedOut from None
            raise

    def _unit(self, cause: Envelope) -> AbstractAsyncContextManager[UnitOfWork]:
        caller = Caller("service", self.name, cause.organisation_id)
        return unit_of_work(self.service, caller, cause=cause, may_emit=not self._keeps)


def _split(event_type: str) -> tuple[str, int]:
    """`stillwater.intake.OrderSigned.v2` -> the name without its major, and the major (0 when it has none)."""
    name, _, major = event_type.rpartition(".v")
    return name, int(major) if major.isdecimal() else 0


def _newest_majors(types: Mapping[str, object]) -> dict[str, int]:
    newest: dict[str, int] = {}
    for name, major in map(_split, types):
        newest[name] = max(major, newest.get(name, 0))
    return newest
