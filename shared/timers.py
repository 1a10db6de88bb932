"""Timers: rows that say what is due when. Claimed by the worker's timer loop, handled in one transaction each."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

_WRITE = """
INSERT INTO timer (kind, aggregate_id, version, due_at, key, organisation_id, clinic_id, correlation_id)
SELECT kind, aggregate_id, version, due_at, key, organisation_id, clinic_id, correlation_id
FROM jsonb_to_recordset($1::text::jsonb) AS t(
  n bigint, kind text, aggregate_id uuid, version bigint, due_at timestamptz, key uuid, organisation_id uuid,
  clinic_id uuid, correlation_id uuid)
ORDER BY kind, aggregate_id, version, n ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Timer:
    """A due thing: `kind` picks the handler; it holds only while `aggregate_id` is still at `version`."""

    kind: str
    aggregate_id: UUID
    version: int
    due_at: datetime
    key: UUID
    organisation_id: UUID
    clinic_id: UUID | None
    correlation_id: UUID


class Stale(Exception):
    """A timer handler raises this when its guard no longer holds; the timer is settled as STALE, nothing is kept."""


async def write(connection: AsyncConnection, timers: Sequence[Timer]) -> None:
    """Write everything that a transaction made due by one statement, in the order of its key as every batch. Of the
    same (kind, aggregate, version) only the first counts."""
    rows = json.dumps([{"n": n} | asdict(timer) for n, timer in enumerate(timers)], default=str)
    await connection.exec_driver_sql(_WRITE, (rows,))
