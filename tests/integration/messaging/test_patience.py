"""Trouble while an event takes effect: what is waited for, what is counted, what is parked (design: delivery)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared.db.database import Database
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.messaging.patience import TIMEOUTS_UNTIL_PARKED, Patience
from tests.integration.messaging.kit import Journal, enveloped, eventually, rows, signed


class Gate:
    """A port in front of PostgreSQL that can be shut: connections break and new ones are refused."""

    def __init__(self, dsn: str) -> None:
        self._dsn = urlsplit(dsn)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._dsn.hostname:
            return await asyncio.open_connection(self._dsn.hostname, self._dsn.port)
        return await asyncio.open_unix_connection(parse_qs(self._dsn.query)["host"][0] + "/.s.PGSQL.5432")

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await self._reach()
        self._open |= {writer, far_writer}
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def behind_a_gate(journal: Journal) -> AsyncIterator[tuple[Gate, Journal]]:
    """The same journal over connections that the gate can break."""
    gate = Gate(journal.service.database.dsn)
    await gate.open()
    name = journal.service.database.url.database
    database = Database(f"postgresql://postgres@127.0.0.1:{gate.port}/{name}")
    try:
        yield gate, Journal(replace(journal.service, database=database))
    finally:
        await database.close()
        await gate.shut()


async def test_while_the_database_is_away_nothing_is_parked_and_the_event_takes_effect_afterwards(
    journal: Journal,
) -> None:
    patient = new_id()
    async with behind_a_gate(journal) as (gate, gated):
        await gated.receive(enveloped(signed(patient), 1))
        await gate.shut()
        receiving = asyncio.create_task(gated.receive(enveloped(signed(patient), 2)))
        patience = Patience(gated.service.database)
        assert not await patience.answers()
        assert patience.away
        assert not receiving.done()
        await gate.open()
        await receiving
        assert await patience.answers()
        assert not patience.away
    assert await journal.effects(patient) == [1, 2]
    assert await journal.waiting() == []


async def test_a_connection_that_breaks_inside_the_handler_is_tried_again(journal: Journal) -> None:
    patient = new_id()
    async with behind_a_gate(journal) as (gate, gated):

        async def break_once(uow: UnitOfWork, _event: Any) -> None:
            gated.before = None
            await uow.sql("INSERT INTO effect (key, seq) VALUES ($1, 99)", patient)
            await gate.shut()
            await gate.open()

        gated.before = break_once
        await gated.receive(enveloped(signed(patient), 1))
    assert await journal.effects(patient) == [1]


@pytest.mark.parametrize(
    "error", [asyncpg.DeadlockDetectedError, asyncpg.SerializationError, ConnectionResetError, asyncpg.DiskFullError]
)
async def test_transient_trouble_is_tried_again_without_counting(journal: Journal, error: type[Exception]) -> None:
    patient, tries = new_id(), 0

    async def fail_at_first(_uow: UnitOfWork, _event: Any) -> None:
        nonlocal tries
        tries += 1
        if tries <= 3 * TIMEOUTS_UNTIL_PARKED:
            raise error("trouble")

    journal.before = fail_at_first
    await journal.receive(enveloped(signed(patient), 1), enveloped(signed(patient), 2))
    assert await journal.effects(patient) == [1, 2]
    assert await journal.waiting() == []


async def test_a_lock_that_others_hold_is_waited_for(journal: Journal) -> None:
    patient, tries = new_id(), 0

    async def need_the_lock(uow: UnitOfWork, _event: Any) -> None:
        nonlocal tries
        tries += 1
        await uow.sql("SELECT set_config('lock_timeout', '20ms', true)")
        await uow.sql("LOCK TABLE audit IN ACCESS EXCLUSIVE MODE")

    async def tried_often() -> bool:
        return tries > TIMEOUTS_UNTIL_PARKED

    journal.before = need_the_lock
    pool = await journal.service.database.pool()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE audit IN SHARE MODE")
        receiving = asyncio.create_task(journal.receive(enveloped(signed(patient), 1)))
        await eventually(tried_often)
    await receiving
    assert await journal.effects(patient) == [1]
    assert await journal.waiting() == []


@pytest.mark.parametrize("how", ["handler", "session", "statement"])
async def test_a_handler_that_times_out_five_times_while_the_database_answers_is_parked(
    journal: Journal, how: str
) -> None:
    patient = new_id()

    async def hang(uow: UnitOfWork, _event: Any) -> None:
        if how == "session":  # the database ends it before we do
            await uow.sql("SELECT set_config('idle_in_transaction_session_timeout', '30ms', true)")
        if how != "statement":
            await asyncio.sleep(3600)
        await uow.sql("SELECT set_config('statement_timeout', '20ms', true)")
        await uow.sql("SELECT pg_sleep(3600)")

    journal.before = hang
    limit = timedelta(milliseconds=20_000 if how == "statement" else 300)
    with capture_logs() as logs:  # not the handler's own count: a slow machine may time out before it is called
        await journal.receive(enveloped(signed(patient), 1), limit=limit)
    told = [entry["event"] for entry in logs if entry["event"].startswith("event_")]
    assert told == ["event_delayed"] * (TIMEOUTS_UNTIL_PARKED - 1) + ["event_parked"]
    reason = "QueryCanceledError 57014" if how == "statement" else "HandlerTimedOut"
    assert [row["reason"] for row in await rows(journal.service, "SELECT reason FROM waiting")] == [reason]


async def test_a_slow_handler_that_gets_through_at_last_is_not_parked(journal: Journal) -> None:
    patient, tries = new_id(), 0

    async def hang_at_first(_uow: UnitOfWork, _event: Any) -> None:
        nonlocal tries
        tries += 1
        if tries < TIMEOUTS_UNTIL_PARKED:
            await asyncio.sleep(3600)

    journal.before = hang_at_first
    await journal.receive(enveloped(signed(patient), 1), limit=timedelta(milliseconds=300))
    assert await journal.effects(patient) == [1]
    assert await journal.waiting() == []


async def test_those_that_wait_for_trouble_to_end_leave_room_for_others(journal: Journal) -> None:
    """More stuck partitions than may touch the database at once, and one that is well."""
    patience = Patience(journal.service.database, pauses=(0.02,))
    over = asyncio.Event()

    async def stuck() -> str:
        if not over.is_set():
            raise asyncpg.LockNotAvailableError
        return "through"

    async def park(_reason: str) -> None:
        raise AssertionError("nothing is to be parked")

    waiting = [asyncio.create_task(patience.settle(stuck, park)) for _ in range(20)]

    async def well() -> str:
        return "well"

    assert await patience.settle(well, park) == "well"
    over.set()
    assert set(await asyncio.gather(*waiting)) == {"through"}
