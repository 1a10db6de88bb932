"""Migrations: every service's database can be built, again is no change, and readiness compares versions."""

import pytest

from shared.db.database import Database
from shared.db.machinery import TABLES
from shared.db.migrations import migrate
from shared.db.schema import SchemaVersion, newest, schema_version
from shared.events import SERVICES


@pytest.mark.parametrize("service", SERVICES)
async def test_a_fresh_database_has_the_machinery_and_the_newest_schema(service, fresh_database):
    database = await fresh_database(service)
    pool = await database.pool()
    tables = {row[0] for row in await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert set(TABLES) <= tables
    assert await schema_version(database, service) == SchemaVersion(newest(service), newest(service))


async def test_migrating_again_changes_nothing(fresh_database):
    database = await fresh_database("intake")
    await migrate("intake", database.dsn)
    assert (await schema_version(database, "intake")).fits


async def test_an_empty_database_does_not_fit(postgres):
    database = Database(postgres.url(await postgres.create_empty("bare")))
    version = await schema_version(database, "intake")
    await database.close()
    assert version.database == 0
    assert not version.fits


@pytest.mark.parametrize(("database", "fits"), [(0, False), (2, False), (3, True), (4, True), (5, False)])
def test_a_process_starts_on_its_own_schema_and_the_next(database, fits):
    assert SchemaVersion(code=3, database=database).fits is fits


async def test_nobody_idles_in_a_transaction_whatever_client_is_used(postgres, fresh_database):
    import asyncpg

    empty = await postgres.create_empty("bare")
    await migrate("billing", postgres.url(empty))
    connection = await asyncpg.connect(postgres.url(empty))
    value = await connection.fetchval("SHOW idle_in_transaction_session_timeout")
    await connection.close()
    assert value == "15s"
