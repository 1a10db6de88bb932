"""What the tables of a house hold, so that a test can show that something changed nothing."""

from tests.support.house import House

# What beats by itself, and what a refusal may leave.
MOVING = (
    "audit", "audit_head", "relay_lease", "relay_partition", "heard", "idempotency", "service_state", "alembic_version",
)  # fmt: skip
# In the database, of this connection alone: a question for each of two hundred tables took longer than what is tested.
_FUNCTION = """
CREATE OR REPLACE FUNCTION pg_temp.digest(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE content text;
BEGIN
  EXECUTE format('SELECT coalesce(string_agg(t::text, '';'' ORDER BY t::text), '''') FROM %I t', name) INTO content;
  RETURN encode(sha256(convert_to(content, 'UTF8')), 'hex');
END $$
"""
_DIGESTS = """
SELECT tablename, pg_temp.digest(tablename) AS digest FROM pg_tables
WHERE schemaname = 'public' AND tablename <> ALL($1) ORDER BY tablename
"""


async def digests(house: House, *apart: str) -> dict[str, str]:
    """A digest of every table of every service, without what beats by itself and the tables named."""
    found = {}
    for name, service in house.services.items():
        async with (await service.database.pool()).acquire() as connection:
            await connection.execute(_FUNCTION)
            rows = await connection.fetch(_DIGESTS, [*MOVING, *apart])
        found |= {f"{name}.{row['tablename']}": row["digest"] for row in rows}
    return found
