"""Connections that the server closed are replaced before anybody notices, without asking the server each time."""

import asyncio

from sqlalchemy import text

OWN = "SELECT pg_backend_pid()"
OTHERS = """
SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def pids(database, count):
    """The servers' processes behind so many sessions that are open at once."""
    async with asyncio.timeout(60):
        connections = [await database.engine.connect() for _ in range(count)]
        found = [(await connection.execute(text(OWN))).scalar_one() for connection in connections]
        for connection in connections:
            await connection.close()
    return set(found)


async def test_sessions_go_on_after_every_connection_was_cut(fresh_database):
    database = await fresh_database("intake")
    before = await pids(database, 3)
    assert await pids(database, 3) == before
    other = await (await database.pool()).acquire()
    assert await other.fetchval(OTHERS) >= len(before)
    await (await database.pool()).release(other)
    await asyncio.sleep(0.1)  # what the server sent last has come
    after = await pids(database, 3)
    assert len(after) == 3
    assert not after & before
