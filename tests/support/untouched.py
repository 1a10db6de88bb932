"""What the tables of a house hold, so that a test can show that something changed nothing."""

import hashlib

from tests.support.house import House

# What beats by itself, and what a refusal may leave.
MOVING = (
    "audit", "audit_head", "relay_lease", "relay_partition", "heard", "idempotency", "service_state", "alembic_version",
)  # fmt: skip
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL($1) ORDER BY 1"


async def digests(house: House, *apart: str) -> dict[str, str]:
    """A digest of every table of every service, without what beats by itself and the tables named."""
    found = {}
    for service in house.services:
        for row in await house.rows(service, _TABLES, [*MOVING, *apart]):
            table = f"SELECT coalesce(string_agg(t::text, ';' ORDER BY t::text), '') FROM \"{row[0]}\" t"
            (content,) = (await house.rows(service, table))[0]
            found[f"{service}.{row[0]}"] = hashlib.sha256(content.encode()).hexdigest()
    return found
