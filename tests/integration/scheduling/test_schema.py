"""The migrated database is what the table classes say."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.scheduling.models import Row
from shared.db.database import Database
from shared.db.machinery import TABLES
from tests.support.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="package")  # in another loop the house of its neighbours would stand still


def _differences(connection: Connection) -> list[Any]:
    ours = {*Row.metadata.tables}

    def concerned(name: str | None, kind: str, parents: object) -> bool:
        """Tables of the machinery are not even looked at."""
        return kind != "table" or name in ours

    context = MigrationContext.configure(connection, opts={"include_name": concerned, "compare_type": False})
    return list(compare_metadata(context, Row.metadata))


async def test_migrations_and_models_agree(postgres: Postgres) -> None:
    name = await postgres.create("scheduling")
    database = Database(postgres.url(name))
    try:
        async with database.engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        await database.close()
        await postgres.drop(name)
    assert not {*Row.metadata.tables} & {*TABLES}
