"""What the processes under test run on: Kafka and PostgreSQL in containers of one's own, or a broker that is named."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from testcontainers.core.container import DockerContainer

from tests.support.containers import ContainerKafka, ContainerPostgres, kafka_image, postgres_image
from tests.support.docker import docker, free_port

GIVEN = "STILLWATER_KAFKA"  # `host:port` of a broker to use instead of a container


@dataclass(frozen=True, slots=True)
class Ground:
    """Where databases and broker are, and the containers they are in; `broker_box` is empty for a broker of others."""

    addresses: ContainerPostgres
    bootstrap: str
    broker_box: str
    database_box: str

    def act(self, box: str, verb: str) -> None:
        """`kill`, `start`, `pause` or `unpause` a container, with SIGKILL and without waiting."""
        docker(verb, box)

    def wait_for_broker(self) -> None:
        ContainerKafka(self.bootstrap).wait_until_it_answers()


@contextmanager
def ground() -> Iterator[Ground]:
    """Both, at addresses that stay the same when a container is killed and started again."""
    port = free_port()
    command = "postgres -c fsync=off -c max_connections=400"
    with (
        postgres_image().with_bind_ports(5432, port).with_command(command) as box,
        _broker() as (bootstrap, broker_box),
    ):
        yield Ground(ContainerPostgres("127.0.0.1", port), bootstrap, broker_box, _id(box))


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
