"""Quarantine: records that are no events of ours. They are kept for a person to look at, and block nobody."""

from shared.db.database import Database
from shared.events import Envelope, Malformed, topic_of
from shared.messaging.records import Record

_STORE = """
INSERT INTO quarantine (consumer, topic, partition, "offset", reason, value)
SELECT $1, $2, $3, $4, $5, $6::bytea
WHERE NOT EXISTS (SELECT 1 FROM quarantine q WHERE (q.consumer, q.topic, q.partition, q."offset") = ($1, $2, $3, $4)
                  AND q.value IS NOT DISTINCT FROM $6::bytea)
"""


def read(record: Record) -> Envelope | Malformed:
    """The record's envelope, or what is wrong with it."""
    try:
        event = Envelope.from_record(record.value, record.headers)
    except Malformed as malformed:
        return malformed
    if topic_of(event.service) != record.topic or event.sequence < 1:
        return Malformed("its source does not own the topic, or its sequence is not one")
    return event


async def put_away(database: Database, consumer: str, record: Record, why: Malformed) -> None:
    """Store a malformed record; the same one read again is stored once."""
    pool = await database.pool()
    place = (record.topic, record.partition, record.offset)
    await pool.execute(_STORE, consumer, *place, str(why), record.value)
