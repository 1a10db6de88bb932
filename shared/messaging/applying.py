"""Events taking effect: take first, then handle, in one transaction (design: delivery).

Every function here is one transaction. What it raises has rolled it back; `patience` decides what follows.
"""

from typing import assert_never

from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope
from shared.messaging import streams, waiting
from shared.messaging.metrics import TAKEN
from shared.messaging.streams import Refusal, Step, Taken
from shared.messaging.subscriber import Subscriber
from shared.messaging.waiting import Stored, Turn


async def deliver(subscriber: Subscriber, event: Envelope) -> bool:
    """Take an event that arrived and do what its stream asks for. Returns whether something stored may follow it."""
    stream = subscriber.stream(event)
    async with subscriber.unit(event) as uow:
        taken = await streams.take(uow, stream, event.sequence)
        stored_too = taken is not None and taken.next and taken.heard
        copy = await waiting.read(uow, stream, event.sequence) if stored_too else None
        step = await _follow(subscriber, uow, event, taken, copy)
    TAKEN.labels(subscriber.name, step.name.lower()).inc()
    return taken is not None and taken.next and taken.more


async def _follow(
    subscriber: Subscriber, uow: UnitOfWork, event: Envelope, taken: Taken | None, copy: Stored | None
) -> Step:
    """Do what the stream asks for, with the event and with the copy of it that was stored behind a gap alike."""
    applied = copy is not None and copy.overtook
    step = streams.decide(
        taken, handled=subscriber.handles(event), overtakes=subscriber.overtakes(event), applied=applied
    )
    await _do(subscriber, uow, event, step)
    if copy is not None and step.ends:
        await waiting.remove(uow, copy)
    return step


async def _do(subscriber: Subscriber, uow: UnitOfWork, event: Envelope, step: Step) -> None:
    stream = subscriber.stream(event)
    match step:
        case Step.SKIP | Step.ADVANCE:
            pass
        case Step.APPLY:
            await subscriber.apply(uow, event)
        case Step.QUEUE:
            if not await waiting.store(uow, stream, event, "queued"):
                await waiting.change(uow, stream, event.sequence, "queued")
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
        refusal = streams.decide_refused(await streams.take(uow, stream, event.sequence))
        match refusal:
            case Refusal.LEAVE:
                pass
            case Refusal.HOLD:
                await waiting.store(uow, stream, event, "gap", reason=reason)
            case Refusal.PARK:
                if not await waiting.store(uow, stream, event, "parked", reason=reason):
                    await waiting.change(uow, stream, event.sequence, "parked", reason=reason)
                await streams.park(uow, stream)
            case _:
                assert_never(refusal)
    if refusal is Refusal.PARK:
        TAKEN.labels(subscriber.name, "parked").inc()


async def advance(subscriber: Subscriber, stored: Stored) -> None:
    """Deal with a stored event whose turn has come; does nothing when another was faster."""
    async with subscriber.unit(stored.envelope) as uow:
        await streams.lock(uow, stored.stream)
        now = await waiting.read(uow, stored.stream, stored.envelope.sequence)
        if now is None:
            return
        heads = now.why != "gap" and now == await waiting.head(uow, stored.stream)
        match waiting.turn(stored.why, now.why, heads=heads):
            case Turn.TAKE:
                taken = await streams.take(uow, stored.stream, stored.envelope.sequence)
                await _follow(subscriber, uow, stored.envelope, taken, now)
            case Turn.WORK_OFF:
                await work_off(subscriber, uow, now)


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
