"""The version of a database's schema beside the code's: migrations are numbered 0001, 0002, ... without a fork.

Apart from what migrates, since Alembic is 10 MB of memory in every process that imports it.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import text

from shared.db.database import Database

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """The schema that the code was written for and the one that the database has; 0 is an empty database."""

    code: int
    database: int

    @property
    def fits(self) -> bool:
        """A process works on its own schema and on the next one (design: migrations)."""
        return self.database in (self.code, self.code + 1)


async def schema_version(database: Database, service_name: str) -> SchemaVersion:
    """The versions of code and database, for readiness."""
    async with database.engine.connect() as connection:
        known = await connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
        now = await connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    return SchemaVersion(code=newest(service_name), database=int(now or 0))


@lru_cache(maxsize=8)
def newest(service_name: str) -> int:
    """The number of the service's last migration, by the names of their files."""
    return max((int(file.name[:4]) for file in versions_of(service_name).glob("[0-9]*.py")), default=0)


def versions_of(service_name: str) -> Path:
    """The folder of a service's migrations."""
    return _ROOT / "services" / service_name / "migrations" / "versions"
