"""What a consumer of read models was given, kept in the transaction that applied it, so that they can be built anew.

Every event of a stream is here once: applied, of a type that nothing here knows yet, or discarded by an operator. So a
history that is not whole (months were dropped, or a version ran that did not keep any) shows by its number of events.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope

READ_MODELS = ".timeline"  # a service's consumer of this name feeds read models: it keeps events, and cannot emit

_KEEP = """
INSERT INTO applied_event (consumer, producer, key, seq, type, headers, body, discarded)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8)
"""
_HISTORY = """
SELECT headers::text AS headers, body FROM applied_event
WHERE consumer = $1 AND key = $2 AND NOT discarded ORDER BY position
"""
_PARTIAL = """
SELECT 1 FROM stream s WHERE s.consumer = $1 AND s.key = $2 AND s.taken_seq <>
  (SELECT count(*) FROM applied_event a
   WHERE a.consumer = $1 AND a.key = $2 AND a.producer = s.producer AND a.seq <= s.taken_seq)
  + (SELECT count(*) FROM waiting w
     WHERE w.consumer = $1 AND w.key = $2 AND w.producer = s.producer AND w.seq <= s.taken_seq)
LIMIT 1
"""


def feeds_read_models(consumer: str) -> bool:
    """Whether a consumer of this name keeps what it applies."""
    return consumer.endswith(READ_MODELS)


async def keep(uow: UnitOfWork, consumer: str, event: Envelope, *, discarded: bool = False) -> None:
    """Keep an event as it arrived, its fields sealed. The stream row must be held: `position` is drawn under it."""
    headers = json.dumps([(name, value.decode()) for name, value in event.headers()])
    await uow.sql(_KEEP, consumer, event.service, event.key, event.sequence, event.type, headers, event.body, discarded)


async def history(uow: UnitOfWork, consumer: str, key: UUID) -> Sequence[Envelope]:
    """What was applied of a key, in the order in which it was."""
    rows = await uow.sql(_HISTORY, consumer, key)
    return [
        Envelope.from_record(bytes(row.body), [(name, value.encode()) for name, value in json.loads(row.headers)])
        for row in rows
    ]


async def is_whole(uow: UnitOfWork, consumer: str, key: UUID) -> bool:
    """Whether everything that was taken of a key is still here, but for what waits."""
    return not await uow.sql(_PARTIAL, consumer, key)
