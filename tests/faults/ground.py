"""What the processes under test run on: Kafka and PostgreSQL in containers of one's own, or the embedded parts.

The embedded broker bears one member per consumer group and forgets all when it ends, so that there the scenarios about
members, and those about a broker or database that goes away, are not told.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from testcontainers.core.container import DockerContainer

from shared.runtime.parts import Parts
from shared.runtime.parts.broker import EmbeddedBroker
from tests.support.containers import ContainerKafka, ContainerPostgres, kafka_image, postgres_image
from tests.support.docker import docker, docker_is_missing, free_port
from tests.support.tables import Databases

GIVEN = "STILLWATER_KAFKA"  # `host:port` of a broker to use instead of a container


@dataclass(frozen=True, slots=True)
class Ground:
    """Where databases and broker are. `broker_box`, `database_box`: the containers they are in, if they are in any."""

    kind: Literal["containers", "embedded"]
    addresses: Databases
    bootstrap: str
    broker_box: str = ""
    database_box: str = ""

    @property
    def real(self) -> bool:
        """Whether several members may share a group."""
        return self.kind == "containers"

    def act(self, box: str, verb: str) -> None:
        """`kill`, `start`, `pause` or `unpause` a container, with SIGKILL and without waiting."""
        docker(verb, box)

    def wait_for_broker(self) -> None:
        ContainerKafka(self.bootstrap).wait_until_it_answers()


@contextmanager
def ground() -> Iterator[Ground]:
    """Containers where Docker is, else the embedded parts."""
    with _embedded() if docker_is_missing() else _containers() as made:
        yield made


@contextmanager
def _embedded() -> Iterator[Ground]:
    broker = EmbeddedBroker()
    broker.start()
    with tempfile.TemporaryDirectory(prefix="stillwater-faults-") as folder, Parts(Path(folder), lossy=True) as parts:
        yield Ground("embedded", parts, broker.bootstrap)
    broker.stop()


@contextmanager
def _containers() -> Iterator[Ground]:
    port = free_port()
    command = "postgres -c fsync=off -c max_connections=400"
    with postgres_image().with_bind_ports(5432, port).with_command(command) as box:
        addresses = ContainerPostgres("127.0.0.1", port)
        with _broker() as (bootstrap, broker_box):
            yield Ground("containers", addresses, bootstrap, broker_box, _id(box))


@contextmanager
def _broker() -> Iterator[tuple[str, str]]:
    """The broker that the environment names, or a container; with the four topics."""
    if given := os.environ.get(GIVEN):
        _make_topics(given)
        yield given, ""
        return
    port = free_port()
    with kafka_image(port) as box:
        _make_topics(f"127.0.0.1:{port}")
        yield f"127.0.0.1:{port}", _id(box)


def _make_topics(bootstrap: str) -> None:
    kafka = ContainerKafka(bootstrap)
    kafka.wait_until_it_answers()
    kafka.make_missing()


def _id(container: DockerContainer) -> str:
    return str(container.get_wrapped_container().id)
