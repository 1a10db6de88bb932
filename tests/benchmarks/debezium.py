"""Debezium's engine over the outbox, in a process of its own: `HOST PORT DATABASE BOOTSTRAP TOPIC`.

Publishes each row, keyed by patient, with an idempotent producer, and waits for a batch's acks before its position
moves on. Prints how many were acknowledged, and when: `acknowledged COUNT SECONDS`.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from pydbzengine import BasePythonChangeHandler, DebeziumJsonEngine

from shared.clock import monotonic


class Publisher(BasePythonChangeHandler):  # type: ignore[misc, unused-ignore]  # may not be installed
    def __init__(self, bootstrap: str, topic: str) -> None:
        options = {"bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 0}
        self._producer, self._topic, self._count = Producer(options), topic, 0

    def handleJsonBatch(self, records: list[Any]) -> None:  # noqa: N802 -- Debezium's name
        for record in records:
            self._producer.produce(self._topic, str(record.value()), str(record.key()))
            self._producer.poll(0)
        self._producer.flush()
        self._count += len(records)
        print("acknowledged", self._count, monotonic(), flush=True)


def main() -> None:
    host, port, database, bootstrap, topic = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="stillwater-bench-") as folder:
        os.chdir(folder)  # the engine writes its log where it is
        properties = {
            "name": "outbox", "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "offset.storage": "org.apache.kafka.connect.storage.FileOffsetBackingStore",
            "offset.storage.file.filename": str(Path(folder) / "offsets"), "offset.flush.interval.ms": "1000",
            "database.hostname": host, "database.port": port, "database.dbname": database, "database.user": "postgres",
            "database.password": "none", "topic.prefix": "peer", "plugin.name": "pgoutput", "slot.name": "peer",
            "publication.autocreate.mode": "filtered", "table.include.list": "public.outbox",
            "message.key.columns": "public.outbox:key", "snapshot.mode": "no_data", "binary.handling.mode": "base64",
            "max.batch.size": "4096", "max.queue.size": "16384", "poll.interval.ms": "10",
            "converter.schemas.enable": "false", "key.converter.schemas.enable": "false",
            "value.converter.schemas.enable": "false",
        }  # fmt: skip
        DebeziumJsonEngine(properties=properties, handler=Publisher(bootstrap, topic)).run()


if __name__ == "__main__":
    main()
