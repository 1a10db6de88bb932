"""A backlog of an outbox, written as fast as SQL can."""

from shared.clock import monotonic
from shared.service import Service

PATIENTS, BODY_BYTES = 500, 400
SENT = "SELECT (NOT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL))::int"  # 1 when all is sent
_ADD = """
WITH patient AS MATERIALIZED (SELECT uuidv7() AS key, p FROM generate_series(0, $1::int - 1) AS p),
events AS MATERIALIZED (
  SELECT key, n, row_number() OVER (PARTITION BY key ORDER BY n) AS seq
  FROM generate_series(1, $2::int) AS n JOIN patient ON p = n % $1::int),
streams AS (INSERT INTO outbox_stream (key, last_seq) SELECT key, max(seq) FROM events GROUP BY key)
INSERT INTO outbox (event_id, type, subject, key, seq, epoch, event_time, organisation_id, clinic_id, correlation_id,
                    causation_id, traceparent, body)
SELECT uuidv7(), 'stillwater.intake.ConsentSigned.v1', key::text, key, seq, 1, clock_timestamp(), $3, $3, uuidv7(),
       NULL, NULL, convert_to(rpad('{"document": "', $4::int - 2, 'ketamine ') || '"}', 'UTF8')
FROM events ORDER BY n
"""


async def add(service: Service, events: int) -> float:
    """Write so many events of 400 bytes about patients that take turns, in one transaction; the moment in seconds."""
    pool = await service.database.pool()
    organisation = await pool.fetchval("SELECT uuidv7()")
    await pool.execute(_ADD, min(PATIENTS, events), events, organisation, BODY_BYTES)
    return monotonic()
