"""What an operator does with parked events: look, retry, discard (design: delivery).

Each acts on the head of one patient's queue. The worker then goes on with the rest by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.caller import Caller
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.events import Event
from shared.messaging import applied, applying, streams, waiting
from shared.messaging.streams import Stream
from shared.messaging.subscriber import Subscriber
from shared.messaging.trouble import Trouble, judge, reason_of
from shared.messaging.waiting import Stored
from shared.problems import NOT_FOUND, problem_kind
from shared.service import Handler, Service

STILL_REFUSED = problem_kind(
    "PARKED_EVENT_REFUSED", 409, "The event was refused again", "Mend what params.reason names, then retry or discard."
)
REASON = r"^[A-Z][A-Z0-9_]{2,39}$"  # why an operator discards, as a code for the audit

_LIST = """
SELECT w.*, w.headers::text AS header_text, s.parked_since,
       (SELECT count(*) FROM waiting q WHERE (q.consumer, q.producer, q.key) = (w.consumer, w.producer, w.key)
        AND q.why <> 'gap') - 1 AS behind
FROM stream s JOIN LATERAL (
  SELECT * FROM waiting h WHERE (h.consumer, h.producer, h.key) = (s.consumer, s.producer, s.key) AND h.why <> 'gap'
  ORDER BY h.seq LIMIT 1) w ON true
WHERE s.parked_since IS NOT NULL ORDER BY s.parked_since, s.key
"""
_QUEUE = """
SELECT *, headers::text AS header_text FROM waiting WHERE (consumer, producer, key) = ($1, $2, $3) ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked stream: the event at its head, why it was refused, and how many queue behind it. No personal data."""

    consumer: str
    producer: str
    key: UUID
    sequence: int
    event_id: UUID
    type: str
    organisation_id: UUID
    reason: str | None
    parked_since: datetime
    behind: int


async def list_parked(service: Service, organisation_id: UUID | None = None) -> list[Parked]:
    """Parked streams of the service, the oldest first; of one organisation, or of all."""
    pool = await service.database.pool()
    parked = []
    for row in await pool.fetch(_LIST):
        stored = Stored.of(row)
        if organisation_id in (None, stored.envelope.organisation_id):
            parked.append(_parked(stored, row["parked_since"], row["behind"]))
    return parked


def _parked(stored: Stored, since: datetime, behind: int) -> Parked:
    stream, event = stored.stream, stored.envelope
    return Parked(
        stream.consumer, stream.producer, stream.key, event.sequence, event.id, event.type, event.organisation_id,
        stored.reason, since, behind,
    )  # fmt: skip


async def queue(service: Service, consumer: str, producer: str, key: UUID, *, caller: Caller) -> list[Stored]:
    """A patient's stored events in their order: the parked one, what queues behind it, what is behind a gap.

    Raises NOT_FOUND when nothing is stored there.
    """
    pool = await service.database.pool()
    stored = [Stored.of(row) for row in await pool.fetch(_QUEUE, consumer, producer, key)]
    if not stored or stored[0].envelope.organisation_id != caller.organisation_id:
        raise NOT_FOUND()
    return stored


async def retry(
    service: Service, consumer: str, producer: str, key: UUID, *, subscriptions: Mapping[type[Event], Handler],
    caller: Caller,
) -> None:  # fmt: skip
    """Apply the head of a queue now. `subscriptions` are those of the consumer, `caller` the operator, for the audit.

    Raises NOT_FOUND when nothing is parked there, STILL_REFUSED when the handler refuses again (the reason is kept);
    transient trouble as it comes.
    """
    subscriber = Subscriber(service, consumer, subscriptions)
    stored = await _head(service, Stream(consumer, producer, key), caller)
    try:
        async with subscriber.unit(stored.envelope) as uow:
            await _lock(uow, stored)
            await _audit(uow, caller, stored, "retry", None)
            await applying.work_off(subscriber, uow, stored)
    except Exception as error:
        if judge(error) is not Trouble.PERMANENT or getattr(error, "kind", None) is NOT_FOUND:
            raise
        await applying.park_stored(subscriber, stored, reason_of(error))
        raise STILL_REFUSED(params={"reason": reason_of(error)}) from None


async def discard(service: Service, consumer: str, producer: str, key: UUID, *, reason: str, caller: Caller) -> None:
    """Give up the head of a queue: it will never take effect here. `reason` is a code for the audit, never free text.

    Raises NOT_FOUND when nothing is parked there.
    """
    stored = await _head(service, Stream(consumer, producer, key), caller)
    async with unit_of_work(service, caller) as uow:
        await _lock(uow, stored)
        await _audit(uow, caller, stored, "discard", reason)
        if applied.feeds_read_models(consumer):
            await applied.keep(uow, consumer, stored.envelope, discarded=True)
        await applying.take_out(uow, stored)


async def _head(service: Service, stream: Stream, caller: Caller) -> Stored:
    stored = await waiting.head(await service.database.pool(), stream)
    if stored is None or stored.envelope.organisation_id != caller.organisation_id:
        raise NOT_FOUND()
    return stored


async def _lock(uow: UnitOfWork, stored: Stored) -> None:
    """Hold the stream, and make sure in a later statement that nobody dealt with the event meanwhile."""
    await streams.lock(uow, stored.stream)
    if await waiting.head(uow, stored.stream) != stored:
        raise NOT_FOUND()


async def _audit(uow: UnitOfWork, operator: Caller, stored: Stored, what: str, reason: str | None) -> None:
    acting = UnitOfWork(
        uow.service, uow.session, operator, cause=None, correlation_id=stored.envelope.correlation_id,
        traceparent=None, source=None,
    )  # fmt: skip
    await acting.audit(
        "operate", f"parked-event.{what}", stored.envelope.id, patient_id=stored.stream.key, reason=reason
    )
    await acting.write_events()
