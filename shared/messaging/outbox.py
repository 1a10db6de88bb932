"""The outbox: events of a transaction with their gapless sequence, written by one statement (design: events).

The statement upserts the stream rows in key order and inserts the outbox rows, so that an id is drawn under the lock of
its key: id order is sequence order. Other forms were seen to deadlock or to misorder.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

LEAP = 1_000_000
"""How much higher an epoch's versions are than the one's before: above whatever was said and then lost by a restore."""


def leaped(body: str, leap: str) -> str:
    """SQL for a body (an expression of type text) whose `version`, if it has one, is raised by `leap`."""
    raised = f"jsonb_set({body}::jsonb, '{{version}}', to_jsonb(({body}::jsonb ->> 'version')::bigint + {leap}))::text"
    return f"CASE WHEN {leap} > 0 AND {body}::jsonb ? 'version' THEN {raised} ELSE {body} END"


_EMIT = """
WITH e AS (
  SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS t(
    event_id uuid, type text, subject text, key uuid, event_time timestamptz, organisation_id uuid, clinic_id uuid,
    correlation_id uuid, causation_id uuid, traceparent text, body text, n bigint)),
s AS (
  INSERT INTO outbox_stream AS o (key, last_seq)
  SELECT key, count(*) FROM e GROUP BY key ORDER BY key
  ON CONFLICT (key) DO UPDATE SET last_seq = o.last_seq + excluded.last_seq
  RETURNING new.key, coalesce(old.last_seq, 0) AS base),
n AS (SELECT epoch, (epoch - 1) * :leap AS leap FROM service_state),
written AS (
  INSERT INTO outbox (event_id, type, subject, key, seq, epoch, event_time, organisation_id, clinic_id, correlation_id,
                      causation_id, traceparent, body)
  SELECT e.event_id, e.type, e.subject, e.key, s.base + row_number() OVER (PARTITION BY e.key ORDER BY e.n),
         n.epoch, e.event_time, e.organisation_id, e.clinic_id, e.correlation_id, e.causation_id, e.traceparent,
         convert_to(:body, 'UTF8')
  FROM e JOIN s USING (key) CROSS JOIN n ORDER BY e.n
  RETURNING key, seq)
SELECT key, max(seq) AS seq FROM written GROUP BY key
""".replace(":body", leaped("e.body", "n.leap")).replace(":leap", str(LEAP))


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is about to be written; `body` is its JSON with sealed fields sealed."""

    event_id: UUID
    type: str
    subject: str
    key: UUID
    event_time: datetime
    organisation_id: UUID
    clinic_id: UUID | None
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    body: str


async def write(connection: AsyncConnection, drafts: list[Draft]) -> dict[UUID, int]:
    """Write the drafts in order, last in the transaction. Returns the last sequence per key."""
    rows = [{"n": n} | {name: _text(getattr(d, name)) for name in Draft.__slots__} for n, d in enumerate(drafts)]
    result = await connection.exec_driver_sql(_EMIT, (json.dumps(rows),))
    return {row.key: row.seq for row in result}


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, datetime) else str(value)
