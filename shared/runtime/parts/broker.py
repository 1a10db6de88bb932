"""A Kafka cluster in memory: librdkafka's built-in one, out of the `confluent-kafka` wheel.

Used through librdkafka's C interface (`rdkafka_mock.h`), because only there topics can be made beforehand and the three
seconds switched off that a new consumer group otherwise waits for more members.
"""

import ctypes
import time
from collections.abc import Sequence

import confluent_kafka.cimpl

from shared.events import SERVICES, topic_of

PARTITIONS = 12
TOPICS = tuple(map(topic_of, SERVICES))
# The cluster's thread misses a request that comes before it is back from the last one, and sees it a second later.
_BETWEEN_REQUESTS = 0.001
_PRODUCER = 0  # rd_kafka_type_t: the kind of client that carries the cluster

_kafka = ctypes.CDLL(confluent_kafka.cimpl.__file__)
_kafka.rd_kafka_conf_new.restype = ctypes.c_void_p
_kafka.rd_kafka_conf_set.argtypes = [
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_size_t,
]
_kafka.rd_kafka_new.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
_kafka.rd_kafka_new.restype = ctypes.c_void_p
_kafka.rd_kafka_destroy.argtypes = [ctypes.c_void_p]
_kafka.rd_kafka_mock_cluster_new.argtypes = [ctypes.c_void_p, ctypes.c_int]
_kafka.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
_kafka.rd_kafka_mock_cluster_destroy.argtypes = [ctypes.c_void_p]
_kafka.rd_kafka_mock_cluster_bootstraps.argtypes = [ctypes.c_void_p]
_kafka.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
_kafka.rd_kafka_mock_group_initial_rebalance_delay_ms.argtypes = [ctypes.c_void_p, ctypes.c_int32]
_kafka.rd_kafka_mock_topic_create.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]


class EmbeddedBroker:
    """Speaks the Kafka protocol over TCP on this machine between `start` and `stop`; forgets everything at `stop`."""

    def __init__(self, topics: Sequence[str] = TOPICS) -> None:
        self._topics = topics
        self._carrier: int | None = None
        self._cluster: int | None = None
        self.bootstrap = ""

    def start(self) -> None:
        """Start one broker with the topics, 12 partitions each. Raises RuntimeError when librdkafka refuses."""
        self._carrier = _carrier()
        self._cluster = _kafka.rd_kafka_mock_cluster_new(self._carrier, 1)
        if not self._cluster:
            raise RuntimeError("the embedded broker did not start")
        _kafka.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        for topic in self._topics:
            _kafka.rd_kafka_mock_topic_create(self._cluster, topic.encode(), PARTITIONS, 1)
            time.sleep(_BETWEEN_REQUESTS)
        self.bootstrap = _kafka.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def stop(self) -> None:
        if self._cluster is not None:
            _kafka.rd_kafka_mock_cluster_destroy(self._cluster)
        if self._carrier is not None:
            _kafka.rd_kafka_destroy(self._carrier)
        self._cluster = self._carrier = None


def _carrier() -> int:
    """A client that does nothing but carry the cluster, and logs nothing."""
    conf = _kafka.rd_kafka_conf_new()
    said = ctypes.create_string_buffer(256)
    _kafka.rd_kafka_conf_set(conf, b"log_level", b"0", said, len(said))
    carrier: int | None = _kafka.rd_kafka_new(_PRODUCER, conf, said, len(said))
    if not carrier:
        raise RuntimeError(f"the embedded broker did not start: {said.value.decode()}")
    return carrier
