"""The command line of a service: `python -m services.NAME api | worker | migrate`, settings from the environment."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
from pydantic import ValidationError

from shared.clock import Clock
from shared.db.database import Database, WrongIsolation
from shared.runtime.health import Health, looks
from shared.runtime.healthpages import HealthPages
from shared.runtime.logs import set_up_logs
from shared.runtime.serve import AddressTaken, serve_until_told
from shared.runtime.watchdog import watchdog
from shared.service import Definition, Service
from shared.settings import Settings

Process = Callable[[Definition, Service, str, int], Awaitable[None]]


def run(definition: Definition, arguments: Sequence[str] | None = None) -> None:
    """Run one process of the service until it is told to stop; exit code 1 with one line when it cannot start."""
    parser = argparse.ArgumentParser(prog=f"services.{definition.name}")
    parser.add_argument("process", choices=("api", "worker", "migrate"))
    parser.add_argument("--host", default=os.environ.get("STILLWATER_HOST", "0.0.0.0"))  # noqa: S104 -- in a container
    parser.add_argument("--port", type=int, default=int(os.environ.get("STILLWATER_PORT", "8000")))
    asked = parser.parse_args(arguments)
    set_up_logs()
    settings = _settings()
    try:
        if asked.process == "migrate":
            asyncio.run(_migrate(definition.name, settings.database_url))
        else:
            process = {"api": _api, "worker": _worker}[asked.process]
            asyncio.run(_process(process, definition, settings, asked.host, asked.port))
    except (AddressTaken, WrongIsolation) as wrong:
        sys.exit(f"{parser.prog}: {wrong}")
    except (OSError, asyncpg.PostgresError) as away:
        sys.exit(f"{parser.prog}: the database is not reachable or refused ({type(away).__name__})")


async def _migrate(service_name: str, url: str) -> None:
    """What migrates is imported here: no other process needs it."""
    from shared.db.migrations import migrate  # noqa: PLC0415

    await migrate(service_name, url)


async def _process(process: Process, definition: Definition, settings: Settings, host: str, port: int) -> None:
    """Everything is stopped when it returns from the process; nothing that is left may keep it alive.

    A name lookup runs in a thread that cannot be broken off: with the broker gone it takes longer than the 10 s in
    which a process has to end.
    """
    service = service_of(definition, settings)
    try:
        await process(definition, service, host, port)
    finally:
        await service.database.close()
    sys.stdout.flush()
    os._exit(0)


async def _api(definition: Definition, service: Service, host: str, port: int) -> None:
    """The API alone: it starts and works while Kafka is away. No other process imports the web framework."""
    from shared.runtime.app import build_app  # noqa: PLC0415

    await service.database.check()
    await serve_until_told(build_app(definition, service), host, port)


async def _worker(definition: Definition, service: Service, host: str, port: int) -> None:
    """The worker, and beside it `/live`, `/ready` and `/metrics`. No other process imports the loops."""
    from shared.runtime.worker import Worker  # noqa: PLC0415

    worker = Worker(definition, service)
    pages = HealthPages(looks(Health(service, lambda: worker.progress, worker=True)))
    await worker.start()
    try:
        with watchdog():
            await serve_until_told(pages, host, port)
    finally:
        await worker.stop()


def service_of(definition: Definition, settings: Settings) -> Service:
    """A service's parts for this process."""
    return Service(definition.name, settings, Database(settings.database_url), Clock(), settings.keyring())


def _settings() -> Settings:
    """Settings from the environment; what is wrong is named, its value is not."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"STILLWATER_{'_'.join(map(str, one['loc'])).upper()} ({one['type']})" for one in error.errors()]
        sys.exit("settings are missing or wrong: " + ", ".join(wrong))
