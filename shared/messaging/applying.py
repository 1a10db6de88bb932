"""Events taking effect: take first, then handle, in one transaction (design: delivery).

Every function here is one transaction. What it raises has rolled it back; `patience` decides what follows.
"""

from typing import assert_never

from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope
from shared.messaging import streams, waiting
from shared.messaging.metrics import TAKEN
from shared.messaging.streams import Step
from shared.messaging.subscriber import Subscriber
from shared.messaging.waiting import Stored


async def deliver(subscriber: Subscriber, event: Envelope) -> bool:
    """Take an event that arrived and do what its stream asks for. Returns whether something stored may follow it."""
    stream = subscriber.stream(event)
    async with subscriber.unit(event) as uow:
        taken = await streams.take(uow, stream, event.sequence)
        step = streams.decide(taken, handled=subscriber.handles(event), overtakes=subscriber.overtakes(event))
        await _do(subscriber, uow, event, step)
    TAKEN.labels(subscriber.name, step.name.lower()).inc()
    return taken is not None and taken.next and taken.more


async def _do(subscriber: Subscriber, uow: UnitOfWork, event: Envelope, step: Step) -> None:
    stream = subscriber.stream(event)
    match step:
        case Step.SKIP | Step.ADVANCE:
            pass
        case Step.APPLY:
            await subscriber.apply(uow, event)
        case Step.QUEUE:
            await waiting.store(uow, stream, event, "queued")
        case Step.HOLD:
            await waiting.store(uow, stream, event, "gap")
        case Step.APPLY_AND_HOLD:
            if await waiting.store(uow, stream, event, "gap", overtook=True):
                await subscriber.apply(uow, event)
        case _:
            assert_never(step)


async def park(subscriber: Subscriber, event: Envelope, reason: str) -> None:
    """Park an event that cannot take effect, after taking it again: seen means that another did it.

    Behind a gap it only keeps its place, and is tried again in its turn.
    """
    stream = subscriber.stream(event)
    async with subscriber.unit(event) as uow:
        taken = await streams.take(uow, stream, event.sequence)
        if taken is None:
            return
        if not taken.next:
            await waiting.store(uow, stream, event, "gap", reason=reason)
            return
        if not await waiting.store(uow, stream, event, "parked", reason=reason):
            await waiting.change(uow, stream, event.sequence, "parked", reason=reason)
        await streams.park(uow, stream)
    TAKEN.labels(subscriber.name, "parked").inc()


async def advance(subscriber: Subscriber, stored: Stored) -> None:
    """Deal with a stored event whose turn has come; does nothing when another was faster."""
    async with subscriber.unit(stored.envelope) as uow:
        await streams.lock(uow, stored.stream)
        now = await waiting.read_again(uow, stored)
        if now is None or now.why != stored.why:
            return
        if now.why == "gap":
            await _close_gap(subscriber, uow, now)
        elif now == await waiting.head(uow, stored.stream):
            await work_off(subscriber, uow, now)


async def _close_gap(subscriber: Subscriber, uow: UnitOfWork, stored: Stored) -> None:
    event = stored.envelope
    taken = await streams.take(uow, stored.stream, event.sequence)
    handled = subscriber.handles(event) and not stored.overtook
    match streams.decide(taken, handled=handled, overtakes=subscriber.overtakes(event)):
        case Step.QUEUE:
            await waiting.change(uow, stored.stream, event.sequence, "queued")
        case Step.APPLY:
            await subscriber.apply(uow, event)
            await waiting.remove(uow, stored)
        case Step.SKIP | Step.ADVANCE:
            await waiting.remove(uow, stored)


async def work_off(subscriber: Subscriber, uow: UnitOfWork, stored: Stored) -> None:
    """Apply the head of a queue on today's state and take it out. The stream row must be held."""
    await subscriber.apply(uow, stored.envelope)
    await take_out(uow, stored)


async def take_out(uow: UnitOfWork, stored: Stored) -> None:
    """Remove the head of a queue; when it was the last, the stream is parked no longer."""
    await waiting.remove(uow, stored)
    await streams.clear_if_empty(uow, stored.stream)


async def park_stored(subscriber: Subscriber, stored: Stored, reason: str) -> None:
    """Park a stored event that cannot take effect now that its turn has come."""
    if stored.why == "gap":
        return await park(subscriber, stored.envelope, reason)
    async with subscriber.unit(stored.envelope) as uow:
        await streams.lock(uow, stored.stream)
        await waiting.change(uow, stored.stream, stored.envelope.sequence, "parked", reason=reason)
    return None
