"""What the processes under test run on: Kafka and PostgreSQL in containers of one's own, or a broker that is named."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from testcontainers.core.container import DockerContainer

from shared.runtime.parts.broker import TOPICS
from tests.support.containers import ContainerKafka, ContainerPostgres, kafka_image, postgres_image, started
from tests.support.docker import docker, free_port

GIVEN = "STILLWATER_KAFKA"  # `host:port` of a broker to use instead of a container
_DATA, _COPY = "/tmp/broker", "/tmp/copy"
_START = f"if [ -d {_COPY} ]; then rm -rf {_DATA} && mv {_COPY} {_DATA}; fi; exec /etc/kafka/docker/run"
_KEEP = f"rm -rf {_COPY}.part && cp -a {_DATA} {_COPY}.part && mv {_COPY}.part {_COPY}"


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

    def keep_broker(self) -> None:
        """Copy what the broker has on its disk by now; that is what it has when it is started the next time."""
        docker("exec", self.broker_box, "sh", "-c", _KEEP)

    def empty_broker(self) -> None:
        """Let the broker have nothing at all when it is started the next time, no topic and no group."""
        docker("exec", self.broker_box, "mkdir", _COPY)

    def make_topics(self) -> None:
        """The four topics, where they are not there, once the broker answers."""
        _make_topics(self.bootstrap)

    def delete_topics(self) -> None:
        """The four topics with all that they hold, and what groups know of them."""
        kafka = ContainerKafka(self.bootstrap)
        for topic in TOPICS:
            kafka.delete(topic)

    def delete_records(self, topic: str) -> None:
        """All records that a topic holds now; the topic and its offsets stay."""
        ContainerKafka(self.bootstrap).delete_records(topic)


@contextmanager
def ground() -> Iterator[Ground]:
    """Both, at addresses that stay the same when a container is killed and started again."""
    port = free_port()
    command = "postgres -c fsync=off -c max_connections=400"
    with (
        started(postgres_image().with_bind_ports(5432, port).with_command(command)) as box,
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
    with started(kafka_image(port).with_env("KAFKA_LOG_DIRS", _DATA).with_command(["sh", "-c", _START])) as box:
        _make_topics(f"127.0.0.1:{port}")
        yield f"127.0.0.1:{port}", _id(box)


def _make_topics(bootstrap: str) -> None:
    kafka = ContainerKafka(bootstrap)
    kafka.wait_until_it_answers()
    kafka.make_missing()


def _id(container: DockerContainer) -> str:
    return str(container.get_wrapped_container().id)
