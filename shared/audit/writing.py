"""Audit rows of one transaction, written by one statement, and the changes that live updates tell of them (H.3)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.caller import Caller

_WRITE = """
WITH a AS (
  SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS t(
    id uuid, clinic_id uuid, action text, resource text, resource_id text, version bigint, patient_id uuid,
    reason text, outcome text)),
said AS (
  INSERT INTO audit (id, organisation_id, clinic_id, actor_kind, actor, roles, action, resource, resource_id,
                     resource_version, patient_id, reason, source, correlation_id, outcome)
  SELECT id, $2::uuid, clinic_id, $3, $4, $5, action, resource, resource_id, version, patient_id, reason, $6, $7,
         outcome
  FROM a ORDER BY id)
INSERT INTO change (organisation_id, clinic_id, patient_id, resource, resource_id, version, at)
SELECT $2, clinic_id, patient_id, resource, resource_id, version, $8
FROM a WHERE action IN ('create', 'update') ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says beside who acted; `reason` is a code, never free text. Ids rise with time."""

    id: UUID
    clinic_id: UUID | None
    action: str
    resource: str
    resource_id: str
    version: int | None
    patient_id: UUID | None
    reason: str | None
    outcome: str


async def write(
    connection: AsyncConnection, caller: Caller, source: str | None, correlation_id: UUID, now: datetime,
    entries: Sequence[Entry],
) -> None:  # fmt: skip
    """Write the rows in their order, and a change of each that was created or updated."""
    roles = json.dumps(sorted(f"{clinic}:{role}" for clinic, role in caller.roles))
    rows = json.dumps([asdict(entry) for entry in entries], default=str)
    await connection.exec_driver_sql(
        _WRITE, (rows, caller.organisation_id, caller.kind, caller.subject, roles, source, correlation_id, now)
    )
