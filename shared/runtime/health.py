"""Health: `/live` says whether the loops tick, `/ready` whether work can be done, and both say what stands in the way.

An API is ready with its database alone, so it starts and works while Kafka is away; a worker also needs its loops, the
broker and a relay lease that somebody holds.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from shared.db.schema import schema_version
from shared.runtime.loops import Progress
from shared.runtime.metrics import LOOP_READY, exposition
from shared.service import Service

_PATIENCE = 2.0  # seconds for each thing asked
# Kafka's "which versions do you speak?": length, key 18, version 0, correlation 0, no client id.
_WHICH_VERSIONS = b"\0\0\0\x0a\0\x12\0\0\0\0\0\0\xff\xff"
_AWAY = (OSError, TimeoutError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `detail` says what is wrong."""

    name: str
    ok: bool
    detail: str | None = None


class Health:
    """The health of one process of a service. `loops` gives the loops it is answerable for."""

    def __init__(self, service: Service, loops: Callable[[], Iterable[Progress]], *, worker: bool) -> None:
        self._service, self._loops, self._worker = service, loops, worker

    def live(self) -> list[Check]:
        """Whether each loop still turns."""
        return [Check(f"loop {p.name}", p.complaint() is None, p.complaint()) for p in self._loops()]

    def measure(self) -> None:
        """Set the gauge of each loop: done when somebody reads the metrics, since a loop that hangs cannot."""
        for progress in self._loops():
            LOOP_READY.labels(self._service.name, progress.name).set(_at_work(progress).ok)

    async def ready(self) -> list[Check]:
        """Whether this process can do its work now."""
        asked = [self._schema()] + ([self._lease(), self._broker()] if self._worker else [])
        return [*await asyncio.gather(*asked), *map(_at_work, self._loops())]

    async def _schema(self) -> Check:
        try:
            version = await asyncio.wait_for(schema_version(self._service.database, self._service.name), _PATIENCE)
        except _AWAY as error:
            return Check("database", False, f"is not reachable ({type(error).__name__})")
        wrong = f"has schema {version.database}, this version needs {version.code}; run migrate"
        return Check("database", version.fits, None if version.fits else wrong)

    async def _lease(self) -> Check:
        """A standby is ready too: what counts is that some worker holds the relay lease."""
        question = "SELECT coalesce(max(until) > clock_timestamp(), false) FROM relay_lease"
        try:
            pool = await self._service.database.pool()
            held = await asyncio.wait_for(pool.fetchval(question), _PATIENCE)
        except _AWAY as error:
            return Check("lease", False, f"cannot be looked at ({type(error).__name__})")
        return Check("lease", held, None if held else "nobody holds the relay lease")

    async def _broker(self) -> Check:
        servers = self._service.settings.kafka.split(",")
        found = await asyncio.gather(*(_answers(server) for server in servers))
        return Check("broker", any(found), None if any(found) else "does not answer at any address")


def _at_work(progress: Progress) -> Check:
    """Whether the loop turns and gets on with its work: a part of which may never end, and is tried again."""
    wrong = progress.complaint() or progress.hindrance()
    return Check(f"loop {progress.name}", wrong is None, wrong)


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever watches a process is told, by HTTP."""

    status: int
    body: bytes
    media_type: str


Look = Callable[[], Awaitable[Told]]


def looks(health: Health) -> dict[str, Look]:
    """`/live`, `/ready`, `/metrics`: 200, or 503 with the checks that failed."""

    async def live() -> Told:
        return told(health.live())

    async def ready() -> Told:
        return told(await health.ready())

    async def metrics() -> Told:
        return measured([health])

    return {"/live": live, "/ready": ready, "/metrics": metrics}


def measured(healths: Iterable[Health]) -> Told:
    """All metrics of this process, those of its loops as they are now."""
    for health in healths:
        health.measure()
    return Told(200, exposition(), "text/plain; version=0.0.4")


def told(checks: Sequence[Check]) -> Told:
    """The checks as an answer: 503 when one failed."""
    ok = all(check.ok for check in checks)
    body = {"status": "ok" if ok else "failing", "checks": [asdict(check) for check in checks]}
    return Told(200 if ok else 503, json.dumps(body, ensure_ascii=False).encode(), "application/json")


async def _answers(server: str) -> bool:
    """Whether a broker says something: who accepts a connection may stand still all the same."""
    host, _, port = server.strip().rpartition(":")
    writer = None
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(_WHICH_VERSIONS)
            await reader.readexactly(len(_WHICH_VERSIONS))
    except (OSError, EOFError, ValueError):  # TimeoutError is an OSError
        return False
    finally:
        if writer is not None:
            writer.close()
    return True
