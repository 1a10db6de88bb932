"""Databases for tests: a migrated template per service, copied when needed, and emptied for the next test after one.

Copying costs a tenth of a second of both cores, emptying a hundredth.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import count

import asyncpg

from shared.db.migrations import migrate
from shared.runtime.parts import Addresses

_numbers = count(1)  # of the process: more than one Postgres may be made over the same server
# Whatever a test could have changed but rows: a database that says something else than its template is not used again.
_SHAPE = """
SELECT md5(string_agg(part, E'\\n' ORDER BY part)) FROM (
  SELECT format('%s %s %s', attrelid::regclass, attname, atttypid::regtype) AS part FROM pg_attribute
  JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped
  UNION ALL
  SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
  UNION ALL
  SELECT format('%s %s %s', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT format('%s %s', proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) parts
"""
_EVERY_TABLE = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_SEQUENCES = """
  PERFORM setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences
  WHERE schemaname = 'public' AND last_value IS NOT NULL;
"""
DELIVERY = (
    "service_state", "outbox_stream", "relay_lease", "relay_partition", "stream", "heard", "change_counter",
    "audit_head",
)  # fmt: skip
"""Tables that tell a running service how far events were said and heard, changes numbered and the audit chained."""


def _deleting(tables: str, afterwards: str = "") -> str:
    """SQL that deletes all rows of the tables that a query names. TRUNCATE would make every file of every table anew,
    and have all connections plan their statements again."""
    return f"""
DO $$
DECLARE name text; there boolean;
BEGIN
  SET LOCAL session_replication_role = replica; -- neither foreign keys nor append-only tables stand in the way
  FOR name IN {tables} LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO there;
    IF there THEN EXECUTE format('DELETE FROM %I', name); END IF;
  END LOOP;
{afterwards}END $$
"""


def rows_of(*tables: str) -> str:
    """SQL that deletes every row of these tables."""
    return _deleting(f"SELECT unnest(ARRAY[{_quoted(tables)}])")


def rows_of_all_but(*tables: str) -> str:
    """SQL that deletes every row of every table but these, and what migrations know."""
    return _deleting(f"{_EVERY_TABLE} AND tablename NOT IN ({_quoted(('alembic_version', *tables))})")


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


_EMPTY = _deleting(f"{_EVERY_TABLE} AND tablename <> 'alembic_version'", _SEQUENCES)
_FIRST_ROWS = 'SELECT jsonb_agg(to_jsonb(t))::text FROM "{}" t'
_PUT_BACK = 'INSERT INTO "{0}" SELECT * FROM jsonb_populate_recordset(NULL::"{0}", $1::jsonb)'
_TABLES = f"{_EVERY_TABLE} AND tablename <> 'alembic_version'"


@dataclass(frozen=True, slots=True)
class Template:
    """What a migrated database is like: its shape, and the rows that migrations put into it, as JSON by table."""

    shape: str
    first_rows: dict[str, str]


class Postgres:
    """The session's PostgreSQL. Holds no connection between calls, since each test has its own event loop."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._templates: dict[str, Template] = {}
        self._service_of: dict[str, str] = {}
        self._empty: dict[str, list[str]] = defaultdict(list)
        self._one_at_a_time: dict[asyncio.AbstractEventLoop, asyncio.Lock] = defaultdict(asyncio.Lock)

    def url(self, database: str) -> str:
        return self._addresses.database_url(database)

    async def create(self, service_name: str) -> str:
        """A migrated database of the service with nothing in it; returns its name."""
        if self._empty[service_name]:
            return self._empty[service_name].pop()
        template = f"template_{service_name}"
        async with self._one_at_a_time[asyncio.get_running_loop()]:
            if service_name not in self._templates:
                await self._make_template(service_name, template)
        name = f"{service_name}_{next(_numbers)}"
        await self._execute("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        self._service_of[name] = service_name
        return name

    async def create_empty(self, name: str) -> str:
        """A database without any table; returns its name."""
        name = f"{name}_{next(_numbers)}"
        await self._execute("postgres", f'CREATE DATABASE "{name}"')
        return name

    async def drop(self, name: str) -> None:
        """Take a database back: emptied for the next test where it has its template's shape, else dropped."""
        service_name = self._service_of.get(name)
        if service_name is None or not await self._emptied(name, self._templates[service_name]):
            await self._execute("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        else:
            self._empty[service_name].append(name)

    async def _make_template(self, service_name: str, template: str) -> None:
        await self.drop(template)  # what a test that ran out of time may have left half made
        await self._execute("postgres", f'CREATE DATABASE "{template}"')
        await migrate(service_name, self.url(template))
        connection = await asyncpg.connect(self.url(template))
        try:
            tables = [row["tablename"] for row in await connection.fetch(_TABLES)]
            first = {table: await connection.fetchval(_FIRST_ROWS.format(table)) for table in tables}
            self._templates[service_name] = Template(
                await connection.fetchval(_SHAPE), {table: rows for table, rows in first.items() if rows}
            )
        finally:
            await connection.close()

    async def _emptied(self, name: str, template: Template) -> bool:
        await self._execute(
            "postgres", f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        connection = await asyncpg.connect(self.url(name))
        try:
            if await connection.fetchval(_SHAPE) != template.shape:
                return False
            await connection.execute(_EMPTY)
            for table, rows in template.first_rows.items():
                await connection.execute(_PUT_BACK.format(table), rows)
        finally:
            await connection.close()
        return True

    async def _execute(self, database: str, statement: str) -> None:
        connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@cache
def postgres_of(addresses: Addresses) -> Postgres:
    """The databases of a server: one object in a process, so that each template is made once."""
    return Postgres(addresses)
