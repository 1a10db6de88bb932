"""Tickets that open a stream of changes: a browser's EventSource sends no headers, so its token cannot come along.

A ticket is good once, for 30 s of wall time; only its digest is kept, and its holder as the token said it.
"""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.auth.link import digest, new_link_token
from shared.auth.tokens import unauthenticated
from shared.caller import Caller
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.service import Service

LIFETIME = timedelta(seconds=30)
_KEEP = """
WITH late AS (DELETE FROM change_ticket WHERE expires_at < clock_timestamp())
INSERT INTO change_ticket (digest, organisation_id, holder, expires_at) VALUES ($1, $2, $3::text::jsonb, $4)
"""
_SPEND = "DELETE FROM change_ticket WHERE digest = $1 RETURNING holder::text AS holder, expires_at"


async def issue_ticket(uow: UnitOfWork) -> str:
    """A new ticket for the caller."""
    ticket = new_link_token()
    scope = None if uow.caller.proxy_scope is None else sorted(uow.caller.proxy_scope)
    holder = json.dumps(asdict(uow.caller) | {"roles": sorted(uow.caller.roles), "proxy_scope": scope}, default=str)
    await uow.sql(_KEEP, digest(ticket), uow.organisation_id, holder, wall_now() + LIFETIME)
    return ticket


async def spend_ticket(service: Service, ticket: str) -> Caller:
    """Whom the ticket was given to. One statement, so that of two who come at once one is refused.

    Raises UNAUTHENTICATED for one that was used, is too old or never existed.
    """
    pool = await service.database.pool()
    row = await pool.fetchrow(_SPEND, digest(ticket))
    if row is None or row["expires_at"] < wall_now():
        raise unauthenticated("The ticket was used, is too old or never existed")
    return _caller(json.loads(row["holder"]))


def _caller(holder: dict[str, Any]) -> Caller:
    patient, scope = holder["patient_id"], holder["proxy_scope"]
    return Caller(
        kind=holder["kind"], subject=holder["subject"], organisation_id=UUID(holder["organisation_id"]),
        roles=frozenset((UUID(clinic), role) for clinic, role in holder["roles"]),
        patient_id=UUID(patient) if patient else None, proxy_scope=None if scope is None else frozenset(scope),
    )  # fmt: skip
