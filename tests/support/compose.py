"""The installation of docker-compose.yml as tests use it: a project of its own, in development, on free ports.

Needs Docker on Linux: the databases are read at the containers' own addresses, since nothing but the gateway is
published.
"""

import asyncio
import fcntl
import json
import socket
import subprocess
import tempfile
import time
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
import httpx
import pytest
from testcontainers.compose import DockerCompose

from cli.compose_env import environment, write
from cli.demo.people import Cast
from cli.demo.stage import SMS_LOG, Hooks, story_of
from cli.demo.story import Story
from cli.demo.tale import SPINE
from cli.house import Whereabouts
from cli.standins.sms import SmsStandin
from shared.clock import monotonic
from shared.events import SERVICES
from shared.runtime.embedded import SECRETS_FILE
from shared.runtime.secrets import make_secrets
from tests.support.docker import at_the_end, docker, docker_is_missing, free_port
from tests.support.endings import mails_in_doubt
from tests.support.people import MARKED
from tests.support.programmes import LARKSPUR, Programme
from tests.support.required import required
from tests.support.tables import Tables, said, tables_of, unsettled
from tests.support.told import PATIENCE, Told

ROOT = Path(__file__).parents[2]
PROJECT = "stillwater-tests"
GATE_SUBNET = "10.213.78.0/27"  # beside the default, for a machine that also runs an installation
PROCESSES = tuple(f"{service}-{process}" for service in SERVICES for process in ("api", "worker"))
ORIGINS = ("https://desk.example.org", "https://app.example.org")
_DELETE_TOPICS = """
import os
from confluent_kafka.admin import AdminClient
from shared.events import SERVICES, topic_of
admin = AdminClient({"bootstrap.servers": os.environ["STILLWATER_KAFKA_ADMIN"]})
for deleted in admin.delete_topics([topic_of(service) for service in SERVICES], operation_timeout=30).values():
    deleted.result(30)
"""
# By the labels of what runs: the file of the project would ask for its settings.
_DOWN = 'cd / && docker compose --project-name "$1" down --volumes --remove-orphans --timeout 1'
_LOOK_EVERY = 0.5  # seconds
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
        self._down()
        try:
            self._docker.start()
            yield self
        except subprocess.CalledProcessError as failed:
            raise AssertionError(f"compose did not come up: {self.states()}\n{failed.stderr}") from None
        finally:
            self._down()

    def _down(self) -> None:
        """Nothing is left but perhaps a network that the engine does not let go of; the next start uses it again."""
        try:
            self._docker.stop()
        except subprocess.CalledProcessError:
            if docker("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}"):
                raise

    def compose(self, *arguments: str) -> str:
        """Run `docker compose` on this project; returns what it printed."""
        command = [*self._docker.compose_command_property, *arguments]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    def kill(self, *services: str) -> None:
        """SIGKILL at once. Returns when the engine has seen them dead: one it thinks alive it does not start again."""
        ids = [self._ids[service] for service in services]
        docker("kill", "--signal", "KILL", *ids)
        docker("wait", *ids)

    def start(self, *services: str) -> None:
        """Start again, without waiting."""
        docker("start", *(self._ids[service] for service in services))

    def wait_healthy(self, *services: str) -> None:
        """Wait until the services (all when none is named) are healthy."""
        deadline = monotonic() + HEALTHY_SECONDS
        while sick := {name: state for name, state in self.states(*services).items() if state != "healthy"}:
            assert monotonic() < deadline, f"not healthy: {sick}"
            time.sleep(_LOOK_EVERY)  # to ask costs the processors on which they start

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
        password = self.values[f"{database.upper()}_DB_PASSWORD"]
        return f"postgresql://{database}:{password}@{self.address('postgres')}/{database}"

    def address(self, service: str) -> str:
        """Where a container that is in one network only is reached from this machine."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return self.inspected(service, "--format", form)[service]

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

    def deliveries(self) -> Counter[str]:
        """How often the providers, by their own logs, took each delivery: texts by callback, mails by Message-ID."""
        self.texts()
        texts = [str(text.callback).partition("?d=")[2] for text in SmsStandin("", "", self.data / SMS_LOG).texts]
        mails = httpx.get(f"http://{self.address('mail')}:1080/email").json()
        return Counter(texts + [mail["messageId"].partition("@")[0] for mail in mails])

    def renew(self) -> None:
        """Empty databases and topics, and business time back at wall time: a story begins as if it were the first.

        The providers' logs go on.
        """
        self.kill(*PROCESSES)
        self.compose("run", "--rm", "--no-deps", "topics", "python", "-c", _DELETE_TOPICS)
        for service in SERVICES:
            self.on_postgres("postgres", f"DROP DATABASE {service} WITH (FORCE)")
            self.on_postgres("postgres", f"CREATE DATABASE {service} OWNER {service}")
            self.on_postgres("postgres", f"REVOKE ALL ON DATABASE {service} FROM PUBLIC")
        once = ["topics", *(f"{service}-migrate" for service in SERVICES)]
        self.start(*once)
        docker("wait", *(self._ids[name] for name in once))
        self.start(*PROCESSES)
        self.wait_healthy()

    @asynccontextmanager
    async def story(
        self, story_id: UUID, hooks: Hooks | None = None, *, programme: Programme = LARKSPUR, cast: Cast = MARKED
    ) -> AsyncIterator[Story]:
        """A story at the programme's clinic, with marked people unless others are given, told through the gateway."""
        async with story_of(
            self.data, story_id, file=programme.file, treatment=programme.treatment, cast=cast, patience=PATIENCE,
            hooks=hooks,
        ) as story:  # fmt: skip
            story.texts = self._texts
            yield story

    async def _texts(self) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self.texts)

    async def ending(self, story: Story) -> "ComposeEnding":
        """What databases and providers say once everything has settled."""
        await story.clock.settle()
        messages = {str(row["id"]) for row in await self.rows("notifications", "SELECT id FROM message")}
        taken = {one: times for one, times in self.deliveries().items() if one in messages}
        doubled = [one for one, times in taken.items() if times > 1]
        tables, counted = await tables_of(self.data, self), await said(self)
        left, doubt = await unsettled(self), await mails_in_doubt(self)
        return ComposeEnding(tables, counted, left, doubt, len(taken), doubled)

    async def rows(self, service: str, statement: str, *arguments: Any) -> list[Any]:
        """Rows of a SELECT in the service's database."""
        connection = await asyncpg.connect(self.database_url(service))
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()


@dataclass
class ComposeEnding:
    """How a story ended: tables, events, what did not settle, how many `deliveries` providers took and which twice."""

    tables: Tables
    said: Counter[str]
    unsettled: list[str]
    in_doubt: Counter[str]
    deliveries: int
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
        with at_the_end(_DOWN, PROJECT, holding=[lock.fileno()]), installation.running():
            yield installation


@pytest.fixture(scope="session")
def undisturbed_in_compose(compose: Compose) -> tuple[Told, ComposeEnding]:
    """The story told once to an installation that nobody disturbs."""

    async def telling() -> tuple[Told, ComposeEnding]:
        told = Told()
        compose.renew()
        async with compose.story(uuid4(), told.hooks()) as story:
            await SPINE.tell(story, told)
            return told, await compose.ending(story)

    with ThreadPoolExecutor(1) as elsewhere:  # its event loop is not the tests'
        return elsewhere.submit(asyncio.run, telling()).result()
