"""PostgreSQL and Kafka in containers, in the place of the embedded parts."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from confluent_kafka import OFFSET_END, Consumer, ConsumerGroupState, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

from shared.clock import monotonic
from shared.runtime.parts.broker import PARTITIONS, TOPICS
from tests.support.docker import at_the_end, docker_is_missing, free_port
from tests.support.required import required

C = TypeVar("C", bound=DockerContainer)
_ANSWER = 3.0  # seconds for one request that is repeated when it fails
_WAIT = 120.0  # seconds; a limit of liveness, never reached when all is well


class ContainerPostgres:
    """A PostgreSQL that asks for no password and flushes nothing. `database_url` as the embedded one's."""

    def __init__(self, host: str, port: int) -> None:
        self._address = f"{host}:{port}"

    def database_url(self, database: str) -> str:
        return f"postgresql://postgres@{self._address}/{database}"


def postgres_image() -> PostgresContainer:
    """`postgres:18` that asks for no password and flushes nothing, not started yet."""
    container = PostgresContainer("postgres:18", username="postgres", dbname="postgres")
    return container.with_env("POSTGRES_HOST_AUTH_METHOD", "trust").with_command("postgres -c fsync=off")


@contextmanager
def started(image: C) -> Iterator[C]:
    """The container, removed at the end, also when it did not start or this process is killed."""
    name = f"stillwater-{uuid4()}"
    with at_the_end('docker rm --force --volumes "$1"', name), image.with_name(name) as container:
        yield container


@pytest.fixture(scope="session")
def postgres_container() -> Iterator[ContainerPostgres]:
    """`postgres:18`, once for all tests."""
    required("compose", docker_is_missing())
    with started(postgres_image()) as container:
        yield ContainerPostgres(container.get_container_host_ip(), int(container.get_exposed_port(5432)))


class ContainerKafka:
    """A Kafka broker whose topics can be made new."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

    def start_anew(self) -> None:
        """The four topics empty and no consumer group known, but for those whose members may come back; a topic that
        nobody has used is left as it is."""
        known = self._admin.list_consumer_groups(states={ConsumerGroupState.EMPTY}).result(_WAIT).valid
        if groups := [group.group_id for group in known]:
            _each(self._admin.delete_consumer_groups(groups))
        there = [topic for topic in TOPICS if topic in self._admin.list_topics(timeout=_WAIT).topics]
        if used := [topic for topic in there if self._records_of(topic)]:
            _each(self._admin.delete_topics(used, operation_timeout=_WAIT))
        for topic in TOPICS:
            if topic in used or topic not in there:
                self._make(topic)

    def make_missing(self) -> None:
        """Those of the four topics that are not there."""
        there = self._admin.list_topics(timeout=_WAIT).topics
        for topic in TOPICS:
            if topic not in there:
                self._make(topic)

    def delete(self, topic: str) -> None:
        """Delete a topic and wait until the broker no longer lists it; `start_anew` makes it again."""
        _each(self._admin.delete_topics([topic], operation_timeout=_WAIT))
        deadline = monotonic() + _WAIT
        while topic in self._admin.list_topics(timeout=_WAIT).topics:
            if monotonic() > deadline:
                raise TimeoutError("Kafka in a container still lists what was deleted")
            time.sleep(0.05)

    def delete_records(self, topic: str) -> None:
        """Delete all records that a topic holds now; offsets go on."""
        _each(self._admin.delete_records([TopicPartition(topic, number, OFFSET_END) for number in range(PARTITIONS)]))

    def wait_until_it_answers(self) -> None:
        """Raises TimeoutError when it does not."""
        _persist(lambda: self._admin.list_topics(timeout=2.0))

    def _make(self, topic: str) -> None:
        """Repeated while the broker still deletes what had the same name; then until every partition has its leader."""
        _persist(lambda: _each(self._admin.create_topics([NewTopic(topic, PARTITIONS, 1)])))
        _persist(lambda: self._records_of(topic))

    def _records_of(self, topic: str) -> int:
        """How many records a topic was given since it was made. KafkaException while a partition has no leader."""
        # `list_offsets` of the admin client was seen never to end, and to go on believing that there is no leader.
        asking = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "asking", "log_level": 0})
        try:
            asked = (TopicPartition(topic, number) for number in range(PARTITIONS))
            return sum(asking.get_watermark_offsets(one, timeout=_ANSWER)[1] for one in asked)
        finally:
            asking.close()


def _each(futures: Mapping[Any, Future[Any]]) -> list[Any]:
    return [future.result(_WAIT) for future in futures.values()]


def _persist(act: Callable[[], object]) -> None:
    deadline = monotonic() + _WAIT
    while True:
        try:
            act()
            return
        except KafkaException as failed:
            if monotonic() > deadline:
                raise TimeoutError("Kafka in a container does not do what it is asked") from failed
        time.sleep(0.05)


def kafka_image(port: int, at: str = "127.0.0.1") -> DockerContainer:
    """`apache/kafka:4.3.1` with one node, not started yet. It must say where it is, so that is chosen beforehand."""
    return DockerContainer("apache/kafka:4.3.1").with_bind_ports(9092, port).with_envs(
        KAFKA_NODE_ID="1",
        KAFKA_PROCESS_ROLES="broker,controller",
        KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9093",
        KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
        KAFKA_LISTENERS="PLAINTEXT://:9092,CONTROLLER://127.0.0.1:9093",
        KAFKA_ADVERTISED_LISTENERS=f"PLAINTEXT://{at}:{port}",
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR="1",
        KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS="1",
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR="1",
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR="1",
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
        KAFKA_HEAP_OPTS="-Xms256m -Xmx384m",
    )  # fmt: skip


@pytest.fixture(scope="session")
def kafka_container() -> Iterator[ContainerKafka]:
    """Kafka, once for all tests."""
    required("compose", docker_is_missing())
    port = free_port()
    with started(kafka_image(port)):
        kafka = ContainerKafka(f"127.0.0.1:{port}")
        kafka.wait_until_it_answers()
        yield kafka
