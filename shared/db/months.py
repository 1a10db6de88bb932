"""Tables in monthly partitions: made ahead, and dropped as a whole where rows are kept for a time only.

What comes when no month was made for it goes to the partition `<table>_rest`, so that no insert ever fails.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import asyncpg

AHEAD = 3

_MADE = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::text::regclass
"""
_IN_REST = "SELECT EXISTS (SELECT FROM {0}_rest WHERE {1} >= '{2} 00:00:00+00' AND {1} < '{3} 00:00:00+00')"


def month_ddl(table: str, month: date) -> str:
    """The statement that makes one month's partition, by UTC, if it is not there."""
    begin, end = (f"{one.isoformat()} 00:00:00+00" for one in (month, _next(month)))
    partition = f"{_name(table, month)} PARTITION OF {table}"
    return f"CREATE TABLE IF NOT EXISTS {partition} FOR VALUES FROM ('{begin}') TO ('{end}')"


def months(today: date, ahead: int = AHEAD) -> Iterator[date]:
    """The first day of this month and of those ahead."""
    month = today.replace(day=1)
    for _ in range(ahead + 1):
        yield month
        month = _next(month)


async def make_months(pool: "asyncpg.Pool[Any]", table: str, column: str, today: date) -> None:
    """Make the partitions of this month and those ahead. A month that already began in the rest stays there."""
    made = {row["relname"] for row in await pool.fetch(_MADE, table)}
    for month in months(today):
        if _name(table, month) in made:
            continue
        if not await pool.fetchval(_IN_REST.format(table, column, month, _next(month))):
            await pool.execute(month_ddl(table, month))


async def drop_months(pool: "asyncpg.Pool[Any]", table: str, today: date, kept: int) -> int:
    """Drop the months before the last `kept` full ones, each as a whole; returns how many went."""
    oldest = today.replace(day=1)
    for _ in range(kept):
        oldest = _previous(oldest)
    made = [row["relname"] for row in await pool.fetch(_MADE, table)]
    old = [name for name in made if not name.endswith("_rest") and name < _name(table, oldest)]
    for name in old:
        await pool.execute(f"DROP TABLE {name}")
    return len(old)


def _name(table: str, month: date) -> str:
    return f"{table}_{month:%Y_%m}"


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _previous(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
