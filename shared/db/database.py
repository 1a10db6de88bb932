"""The database of one service: an engine for sessions, a pool for hot SQL, and the promises asserted at start."""

from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

TIMEOUTS = {"idle_in_transaction_session_timeout": "15s", "lock_timeout": "5s", "statement_timeout": "30s"}


class WrongIsolation(Exception):
    """The server's default isolation is not READ COMMITTED, under which this code is proved."""


async def _leave_as_it_is(_: "asyncpg.Connection[Any]") -> None:
    """Nothing here sets anything for a session, so giving a connection back costs no round trip of its own.

    An open transaction is rolled back all the same, by asyncpg before it asks for this.
    """


def _refuse_closed(connection: DBAPIConnection, *_: object) -> None:
    """A connection that the server has closed is replaced. The driver knows, where a ping costs three round trips."""
    driver = connection.driver_connection
    if driver is not None and driver.is_closed():
        raise DisconnectionError


class Database:
    """`engine` for SQLModel sessions; `pool` (asyncpg) for outbox, relay, streams and other hot SQL.

    A connection once made is kept: made anew for a rush, it would prepare every statement again, just then.
    """

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.url = make_url(url).set(drivername="postgresql+asyncpg")
        self.engine: AsyncEngine = create_async_engine(
            self.url, pool_size=pool_size, max_overflow=0, pool_use_lifo=True, hide_parameters=True,
            connect_args={"server_settings": dict(TIMEOUTS)},
        )  # fmt: skip
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._pool: asyncpg.Pool[Any] | None = None

    @property
    def dsn(self) -> str:
        """The address for asyncpg."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def pool(self) -> "asyncpg.Pool[Any]":
        """The hot-SQL pool, made at first use."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self.dsn, min_size=0, max_size=6, server_settings=dict(TIMEOUTS), reset=_leave_as_it_is
            )
        return self._pool

    async def check(self) -> None:
        """Raises WrongIsolation unless transactions are READ COMMITTED by default."""
        pool = await self.pool()
        level = await pool.fetchval("SHOW default_transaction_isolation")
        if level != "read committed":
            raise WrongIsolation(f"default_transaction_isolation is {level!r}; set it to 'read committed'")

    async def close(self) -> None:
        await self.engine.dispose()
        if self._pool is not None:
            await self._pool.close()
