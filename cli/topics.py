"""The deploy step that makes topics, users and rights in Kafka: `python -m cli.topics`. Safe to run again.

Every service writes its own topic only and reads all four (design: events). Passwords come from the environment as
`INTAKE_KAFKA_PASSWORD` and so on; the address of the broker's administration listener from STILLWATER_KAFKA_ADMIN.
"""

import os
import sys

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from shared.events import SERVICES, topic_of

PARTITIONS = 12
DAY_MS = 24 * 60 * 60 * 1000
TOPIC_CONFIG = {
    "retention.ms": str(14 * DAY_MS),
    "segment.ms": str(DAY_MS),
    "cleanup.policy": "delete",
    "max.message.bytes": str(1024 * 1024),
    "message.timestamp.type": "CreateTime",
}
WAIT = 30.0


def make_topics(admin: AdminClient, replication: int) -> list[str]:
    """Create what is missing of the four topics; returns the names made. Existing topics are left as they are."""
    wanted = [NewTopic(topic_of(s), PARTITIONS, replication, config=TOPIC_CONFIG) for s in SERVICES]
    made = []
    for topic, future in admin.create_topics(wanted, operation_timeout=WAIT, request_timeout=WAIT).items():
        try:
            future.result(WAIT)
            made.append(topic)
        except KafkaException as refused:
            if refused.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    return made


def make_users(admin: AdminClient, passwords: dict[str, str]) -> None:
    """Give each service its SCRAM user; the same password again changes nothing that matters."""
    credentials = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 8192)
    upserts: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(name, credentials, word.encode()) for name, word in passwords.items()
    ]
    for future in admin.alter_user_scram_credentials(upserts, request_timeout=WAIT).values():
        future.result(WAIT)


def rights_of(service: str) -> list[AclBinding]:
    """Write the own topic, read all topics, be in own groups, produce idempotently."""
    literal, prefixed = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED
    rights = [
        (ResourceType.TOPIC, topic_of(service), literal, AclOperation.WRITE),
        (ResourceType.TOPIC, "stillwater.", prefixed, AclOperation.READ),
        (ResourceType.TOPIC, "stillwater.", prefixed, AclOperation.DESCRIBE),
        (ResourceType.GROUP, f"{service}.", prefixed, AclOperation.READ),
        (ResourceType.BROKER, "kafka-cluster", literal, AclOperation.IDEMPOTENT_WRITE),
        (ResourceType.BROKER, "kafka-cluster", literal, AclOperation.DESCRIBE),
    ]
    return [
        AclBinding(kind, name, pattern, f"User:{service}", "*", operation, AclPermissionType.ALLOW)
        for kind, name, pattern, operation in rights
    ]


def make_rights(admin: AdminClient) -> None:
    """Grant every service its rights."""
    bindings = [binding for service in SERVICES for binding in rights_of(service)]
    for future in admin.create_acls(bindings, request_timeout=WAIT).values():
        future.result(WAIT)


def main() -> int:
    """Make users, rights and topics; one line of result, non-zero on error."""
    try:
        passwords = {service: os.environ[f"{service.upper()}_KAFKA_PASSWORD"] for service in SERVICES}
        admin = AdminClient({"bootstrap.servers": os.environ["STILLWATER_KAFKA_ADMIN"], "log_level": 3})
        make_users(admin, passwords)
        make_rights(admin)
        made = make_topics(admin, int(os.environ.get("STILLWATER_KAFKA_REPLICATION", "1")))
    except KeyError as missing:
        print(f"topics: the environment lacks {missing.args[0]}; run `stillwater init --compose`", file=sys.stderr)
        return 2
    except KafkaException as refused:
        print(f"topics: Kafka refused: {refused.args[0].name()}", file=sys.stderr)
        return 1
    print(f"topics: {len(made)} made, {len(SERVICES) - len(made)} were there; {len(passwords)} users have their rights")
    return 0


if __name__ == "__main__":
    sys.exit(main())
