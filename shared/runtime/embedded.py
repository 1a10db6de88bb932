"""The embedded house: everything in one process but the database and the broker, which are its child.

Four apps under /intake ... /billing on one server, four workers, and the parts; all data in one folder. It may be
killed at any moment and started again on the same folder.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from shared.db.migrations import migrate
from shared.http.gateway import merged
from shared.runtime.advance import PATIENCE, advance, settle
from shared.runtime.app import build_app
from shared.runtime.health import Check, Health, Told, measured, told
from shared.runtime.healthroutes import health_router
from shared.runtime.main import service_of
from shared.runtime.parts import Addresses, Parts
from shared.runtime.posts import LocalPost
from shared.runtime.secrets import Secrets, make_secrets
from shared.runtime.serve import Server, listen
from shared.runtime.worker import Worker
from shared.service import Definition, Service

SECRETS_FILE, FILES = "secrets.json", "files"
# The embedded broker answers an empty fetch only when its time is over, even if something came: at 30 ms an event waits
# 15 ms on average, and the idle consumers of four services leave the processor to others.
FETCH_WAIT_MS = 30


class PartsLost(Exception):
    """The child process with the database and the broker ended by itself."""


class EmbeddedHouse:
    """`async with house.running(): ...` runs it inside another program; `await house.wait()` until it is told to stop.

    `settings` adds to a service's settings, for instance `{"notifications": {"sms_url": "http://127.0.0.1:9999"}}`.
    """

    def __init__(
        self, definitions: Sequence[Definition], data_dir: Path, port: int = 8000, *, host: str = "127.0.0.1",
        settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:  # fmt: skip
        self._definitions, self._data_dir, self._settings = definitions, data_dir.resolve(), settings or {}
        self._host, self._port = host, port
        self._parts = Parts(self._data_dir / "parts")
        self._server: Server | None = None
        self.services: dict[str, Service] = {}
        self.secrets: Secrets = make_secrets(self._data_dir / SECRETS_FILE)
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["EmbeddedHouse"]:
        """Start the parts, migrate, start workers and server. Raises PartsFailed, AddressTaken, WrongIsolation."""
        async with AsyncExitStack() as stack:
            listener = stack.enter_context(listen(self._host, self._port))
            self.url = f"http://{self._host}:{listener.getsockname()[1]}"
            stack.callback(self._parts.stop)
            addresses = await asyncio.to_thread(self._parts.start)
            for definition in self._definitions:
                self.services[definition.name] = await self._service(definition, addresses, stack)
            workers = [await self._work(definition, stack) for definition in self._definitions]
            app = await self._app(workers, stack)
            self._server = Server(app)
            serving = asyncio.create_task(self._server.serve([listener]))
            stack.push_async_callback(self._end_serving, serving)
            yield self

    async def wait(self) -> None:
        """Return when `leave` was called. Raises PartsLost when the database and the broker went away by themselves."""
        while self._server is not None and not self._server.should_exit:
            if not self._parts.running():
                raise PartsLost("the embedded database and broker ended; see .stillwater/parts/postgres/postgres.log")
            await asyncio.sleep(0.2)

    def leave(self) -> None:
        """Ask the house to end; safe to call from a signal handler."""
        if self._server is not None:
            self._server.leave()

    @property
    def parts_pid(self) -> int | None:
        """The child process that carries PostgreSQL and the broker."""
        return self._parts.pid

    def posts(self) -> list[LocalPost]:
        return [LocalPost(definition, self.services[definition.name]) for definition in self._definitions]

    async def settle(self, *, patience: float = PATIENCE) -> None:
        """Wait until nothing is under way. Raises NotSettled."""
        await settle(self.posts(), patience=patience)

    async def advance(self, by: timedelta) -> timedelta:
        """Move business time forward, from due timer to due timer. Raises NotSettled."""
        return await advance(self.posts(), by)

    async def _service(self, definition: Definition, addresses: Addresses, stack: AsyncExitStack) -> Service:
        url = addresses.database_url(definition.name)
        await migrate(definition.name, url)
        kafka = {"kafka": addresses.kafka, "kafka_fetch_max_wait_ms": FETCH_WAIT_MS}
        files = {"files_url": (self._data_dir / FILES).as_uri()}
        given: dict[str, Any] = {"database_url": url, **kafka, **files}
        settings = self.secrets.settings(definition.name, **given | dict(self._settings.get(definition.name, {})))
        service = service_of(definition, settings)
        stack.push_async_callback(service.database.close)
        return service

    async def _work(self, definition: Definition, stack: AsyncExitStack) -> Worker:
        worker = Worker(definition, self.services[definition.name])
        await worker.start()
        stack.push_async_callback(worker.stop)
        return worker

    async def _app(self, workers: Sequence[Worker], stack: AsyncExitStack) -> FastAPI:
        """The outer app: the services' apps, whose lifespans it enters itself since a mounted app's is not run."""
        outer = FastAPI(title="Stillwater", docs_url=None, redoc_url=None, openapi_url=None)
        apps = {one.name: build_app(one, self.services[one.name]) for one in self._definitions}
        for name, app in apps.items():
            await stack.enter_async_context(app.router.lifespan_context(app))
            outer.mount(f"/{name}", app)
        _add_description(outer, apps)
        _add_health(outer, list(zip(self.services.values(), workers, strict=True)))
        return outer

    async def _end_serving(self, serving: "asyncio.Task[None]") -> None:
        self.leave()
        await serving


def _add_description(outer: FastAPI, apps: Mapping[str, FastAPI]) -> None:
    @outer.get("/openapi.json", response_class=JSONResponse)
    def description() -> dict[str, Any]:
        return merged({name: app.openapi() for name, app in apps.items()})


def _add_health(outer: FastAPI, staff: Sequence[tuple[Service, Worker]]) -> None:
    healths = [(s.name, Health(s, lambda w=w: w.progress, worker=True)) for s, w in staff]  # type: ignore[misc]

    async def live() -> Told:
        return told([_of(name, check) for name, health in healths for check in health.live()])

    async def ready() -> Told:
        return told([_of(name, check) for name, health in healths for check in await health.ready()])

    async def metrics() -> Told:
        return measured(health for _, health in healths)

    outer.include_router(health_router({"/live": live, "/ready": ready, "/metrics": metrics}))


def _of(name: str, check: Check) -> Check:
    return Check(f"{name}: {check.name}", check.ok, check.detail)
