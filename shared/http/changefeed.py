"""The feed of changes as one caller may see it: ids in order without holes of their own, never personal data.

What is created or updated with an audit row is a change. Staff sees those of their clinics and those that belong to the
organisation; a patient learns only that something of theirs changed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.service import Service

_EDGES = "SELECT gone, last FROM change_counter"
_SINCE = """
SELECT id, resource, resource_id, version, clinic_id, patient_id, at FROM change
WHERE organisation_id = $1 AND id > $2 AND id <= $3 AND ($4::uuid IS NULL OR patient_id = ANY (one_person($4)))
  AND ($5::uuid[] IS NULL OR clinic_id IS NULL OR clinic_id = ANY ($5))
ORDER BY id LIMIT $6
"""


class Change(BaseModel):
    """Something was created or updated: read it anew where it is shown. For a patient it is always their `patient`."""

    id: int = Field(description="grows; send the last one seen as `after` or Last-Event-ID")
    resource: str = Field(description="what kind of thing, such as appointment or worklist_item")
    resource_id: str
    version: int | None = Field(description="of the thing, where it has one")
    clinic_id: UUID | None = Field(description="null: it belongs to the organisation")
    patient_id: UUID | None
    at: datetime = Field(description="business time, UTC")


class Changes(BaseModel):
    """Changes in order. `reset`: some that came after yours are no longer kept, so read anew and go on at `next`."""

    items: list[Change]
    next: int = Field(description="send it as `after`")
    more: bool = Field(description="whether further changes wait already")
    reset: bool = False


async def read_changes(service: Service, caller: Caller, after: int | None, limit: int) -> Changes:
    """What `caller` may see after an id, at most `limit`; for None nothing yet but where the feed stands now.

    Everything up to `last` has committed before it is read here, so no change can appear below `next` later.
    """
    pool = await service.database.pool()
    gone, last = await pool.fetchrow(_EDGES)
    if after is None:
        return Changes(items=[], next=last, more=False)
    if not gone <= after <= last:
        return Changes(items=[], next=last, more=False, reset=True)
    found = await _since(pool, caller, after, last, limit + 1)
    more = len(found) > limit
    shown = [_change(row, caller) for row in found[:limit]]
    return Changes(items=shown, next=shown[-1].id if more else last, more=more)


async def _since(
    pool: "asyncpg.Pool[Any]", caller: Caller, after: int, last: int, limit: int
) -> Sequence["asyncpg.Record"]:
    clinics = None if caller.kind == "patient" else sorted(caller.clinics())
    found = await pool.fetch(_SINCE, caller.organisation_id, after, last, caller.patient_id, clinics, limit)
    return list(found)


def _change(row: "asyncpg.Record", caller: Caller) -> Change:
    if caller.kind != "patient":
        return Change(**row)
    own = {"resource": "patient", "resource_id": str(caller.patient_id), "version": None, "clinic_id": None}
    return Change(**dict(row) | own)
