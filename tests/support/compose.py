"""The installation of docker-compose.yml as tests use it: a project of its own, in development, on free ports.

Needs Docker on Linux: the databases are read at the containers' own addresses, since nothing but the gateway is
published.
"""

import asyncio
import fcntl
import json
import shutil
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from testcontainers.compose import DockerCompose

from cli.compose_env import environment, write
from cli.demo.stage import LARKSPUR, SMS_LOG, Hooks, story_of
from cli.demo.story import Story
from cli.demo.tale import tell
from cli.house import Whereabouts
from cli.standins.sms import SmsStandin
from shared.clock import monotonic
from shared.events import SERVICES
from shared.runtime.embedded import SECRETS_FILE
from shared.runtime.secrets import make_secrets
from tests.support.docker import docker, docker_is_missing, free_port
from tests.support.people import MARKED
from tests.support.required import required
from tests.support.tables import Tables, said, tables_of, unsettled
from tests.support.told import PATIENCE, Told

ROOT = Path(__file__).parents[2]
PROJECT = "stillwater-tests"
GATE_SUBNET = "10.213.78.0/27"  # beside the default, for a machine that also runs an installation
PROCESSES = tuple(f"{service}-{process}" for service in SERVICES for process in ("api", "worker"))
ORIGINS = ("https://desk.example.org", "https://app.example.org")
MESSAGES = "SELECT id FROM message WHERE organisation_id = $1"
HEALTHY_SECONDS = 180.0  # a limit of liveness, never reached when all is well


class Compose:
    """The running project. `data` holds its secrets as the command line looks for them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = f"http://127.0.0.1:{free_port()}"
        self._docker = DockerCompose(ROOT, build=True, env_file=str(data / ".env"))
        self.values = self._settings()

    def _settings(self) -> dict[str, str]:
        secrets = make_secrets(self.data / SECRETS_FILE)
        port = int(self.url.rpartition(":")[2])
        more = {
            "STILLWATER_PROJECT": PROJECT, "STILLWATER_GATE_SUBNET": GATE_SUBNET, "STILLWATER_TLS_PORT": "0",
            "STILLWATER_CORS_ORIGINS": " ".join(ORIGINS),
        }  # fmt: skip
        values = environment(secrets, development=True, port=port) | more
        write(self.data / ".env", values)
        (self.data / "house.json").write_text(Whereabouts(url=self.url, kafka="kafka:9092").model_dump_json())
        return values

    @contextmanager
    def running(self) -> Iterator["Compose"]:
        """Up and healthy until the end; what a session that was killed left behind goes first."""
        self._docker.stop()
        try:
            self._docker.start()
            yield self
        except subprocess.CalledProcessError as failed:
            raise AssertionError(f"compose did not come up: {self.states()}\n{failed.stderr}") from None
        finally:
            self._docker.stop()

    def compose(self, *arguments: str) -> str:
        """Run `docker compose` on this project; returns what it printed."""
        command = [*self._docker.compose_command_property, *arguments]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def kill(self, *services: str) -> None:
        """SIGKILL at once."""
        docker("kill", "--signal", "KILL", *(self._ids[service] for service in services))

    def start(self, *services: str) -> None:
        """Start again, without waiting."""
        docker("start", *(self._ids[service] for service in services))

    def wait_healthy(self, *services: str) -> None:
        """Wait until the services (all when none is named) are healthy."""
        deadline = monotonic() + HEALTHY_SECONDS
        while sick := {name: state for name, state in self.states(*services).items() if state != "healthy"}:
            assert monotonic() < deadline, f"not healthy: {sick}"

    def states(self, *services: str) -> dict[str, str]:
        """Health by service, of those that have a health check."""
        shown = self.inspected(*services, "--format", "{{json .State}}")
        states = {name: json.loads(state) for name, state in shown.items()}
        return {name: state["Health"]["Status"] for name, state in states.items() if "Health" in state}

    def inspected(self, *arguments: str) -> dict[str, str]:
        """What `docker inspect --format` says by service; services come before the format, all when none is named."""
        at = arguments.index("--format")
        names = arguments[:at] or tuple(self._ids)
        lines = docker("inspect", *arguments[at:], *(self._ids[name] for name in names)).splitlines()
        return dict(zip(names, lines, strict=True))

    @cached_property
    def _ids(self) -> dict[str, str]:
        shown = self.compose("ps", "--all", "--no-trunc", "--format", "{{.Service}} {{.ID}}")
        return dict(line.split() for line in shown.splitlines())  # type: ignore[misc]

    def database_url(self, database: str) -> str:
        """Where the service's own role reaches its database from this machine."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        address = self.inspected("postgres", "--format", form)["postgres"]
        return f"postgresql://{database}:{self.values[f'{database.upper()}_DB_PASSWORD']}@{address}/{database}"

    def on_postgres(self, database: str, statement: str) -> str:
        """Run a statement as the database's administrator; returns its only value."""
        psql = ("psql", "-h", "/var/run/postgresql", "-U", "postgres", "-d", database, "-Atc", statement)
        return self.compose("exec", "-T", "postgres", *psql).strip()

    @contextmanager
    def port_taken(self) -> Iterator[int]:
        """Somebody else listens at the gateway's port."""
        port = int(self.values["STILLWATER_PORT"])
        with socket.create_server(("0.0.0.0", port)):
            yield port

    def texts(self) -> list[dict[str, Any]]:
        """What the SMS stand-in's own log says that it took."""
        (self.data / SMS_LOG).write_text(self.compose("exec", "-T", "sms", "cat", "/tmp/sms.jsonl"))
        return SmsStandin("", "", self.data / SMS_LOG).messages

    def deliveries(self) -> list[str]:
        """The delivery id of every text that the stand-in took, as often as it took it."""
        self.texts()
        return [str(text.callback).partition("?d=")[2] for text in SmsStandin("", "", self.data / SMS_LOG).texts]

    @asynccontextmanager
    async def story(self, organisation: str, story_id: UUID, hooks: Hooks | None = None) -> AsyncIterator[Story]:
        """A story in an organisation of its own, so that several can be told to one installation."""
        file = shutil.copytree(LARKSPUR.parent, self.data / organisation, dirs_exist_ok=True) / LARKSPUR.name
        file.write_text(LARKSPUR.read_text().replace("organisation: wellmeadow", f"organisation: {organisation}"))
        telling = story_of(self.data, story_id, cast=MARKED, patience=PATIENCE, hooks=hooks, clinic_file=file)
        async with telling as story:
            story.texts = self._texts
            yield story

    async def _texts(self) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self.texts)

    async def ending(self, story: Story) -> "ComposeEnding":
        """What the databases and the provider say of the story's organisation, once everything has settled."""
        await story.clock.settle()
        whose = story.clinic.organisation_id
        messages = {str(row["id"]) for row in await self.rows("notifications", MESSAGES, whose)}
        deliveries = self.deliveries()
        return ComposeEnding(
            await tables_of(self.data, self, whose), await said(self, whose), await unsettled(self),
            deliveries=[one for one in deliveries if one in messages],
            doubled=[one for one, times in Counter(deliveries).items() if times > 1],
        )  # fmt: skip

    async def rows(self, service: str, statement: str, *arguments: Any) -> list[Any]:
        """Rows of a SELECT in the service's database."""
        connection = await asyncpg.connect(self.database_url(service))
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()


@dataclass
class ComposeEnding:
    """How a story ended in one organisation: its tables and events, `deliveries` as the provider's log has them, what
    did not settle and `doubled` deliveries of anybody."""

    tables: Tables
    said: Counter[str]
    unsettled: list[str]
    deliveries: list[str]
    doubled: list[str]


@pytest.fixture(scope="session")
def compose() -> Iterator[Compose]:
    """The project, up and healthy, once for all tests; sessions of this machine wait for each other."""
    required("compose", docker_is_missing())
    with (
        open(Path(tempfile.gettempdir()) / f"{PROJECT}.lock", "w") as lock,
        tempfile.TemporaryDirectory(prefix=f"{PROJECT}-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        installation = Compose(Path(folder))
        for name in installation.values:
            patch.delenv(name, raising=False)  # the shell's own would win over the file's
        with installation.running():
            yield installation


@pytest.fixture(scope="session")
def undisturbed_in_compose(compose: Compose) -> tuple[Told, ComposeEnding]:
    """The story told once to an installation that nobody disturbs."""

    async def telling() -> tuple[Told, ComposeEnding]:
        told = Told()
        async with compose.story("undisturbed", uuid4(), told.hooks()) as story:
            await tell(story, told)
            return told, await compose.ending(story)

    with ThreadPoolExecutor(1) as elsewhere:  # its event loop is not the tests'
        return elsewhere.submit(asyncio.run, telling()).result()
