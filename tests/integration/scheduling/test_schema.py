"""The migrated database is what the table classes say."""

from collections.abc import Awaitable, Callable
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from services.scheduling.models import Row
from shared.db.database import Database
from shared.db.machinery import TABLES


def _differences(connection: Connection) -> list[Any]:
    ours = {*Row.metadata.tables}

    def concerned(name: str | None, kind: str, parents: object) -> bool:
        """Tables of the machinery are not even looked at."""
        return kind != "table" or name in ours

    context = MigrationContext.configure(connection, opts={"include_name": concerned, "compare_type": False})
    return list(compare_metadata(context, Row.metadata))


async def test_migrations_and_models_agree(fresh_database: Callable[[str], Awaitable[Database]]) -> None:
    database = await fresh_database("scheduling")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    assert not {*Row.metadata.tables} & {*TABLES}
