"""What tables of all services are made of.

Each service derives its tables from a base of its own, because four services live in one process when embedded and two
of them may call a table `patient`:

    class Row(SQLModel, registry=registry()):
        metadata = MetaData()
"""

from datetime import datetime

from sqlalchemy import DateTime
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """`timestamptz`. Use as `Field(sa_type=Instant)`."""

    impl = DateTime(timezone=True)
    cache_ok = True
