"""A Kafka cluster in memory: librdkafka's built-in one, out of the `confluent-kafka` wheel."""

import logging

import confluent_kafka

_START_SECONDS = 30.0


class EmbeddedBroker:
    """Speaks the Kafka protocol over TCP on this machine for as long as the object lives; forgets on restart."""

    def __init__(self) -> None:
        self._host: confluent_kafka.Producer | None = None
        self.bootstrap = ""

    def start(self) -> None:
        quiet = logging.getLogger(f"{__name__}.librdkafka")
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False
        self._host = confluent_kafka.Producer({"test.mock.num.brokers": 1, "log_level": 0}, logger=quiet)
        brokers = self._host.list_topics(timeout=_START_SECONDS).brokers.values()
        self.bootstrap = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def stop(self) -> None:
        """The cluster goes with the client that carries it."""
        self._host = None
