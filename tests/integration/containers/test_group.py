"""What only a real group coordinator can show: several members of one consumer group (design: delivery)."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from shared.db.unit_of_work import UnitOfWork
from shared.events import topic_of
from shared.ids import new_id
from shared.messaging.records import TopicMissing
from shared.runtime.parts.broker import PARTITIONS
from shared.service import Service
from tests.integration.messaging.kit import (
    CONSUMER,
    Journal,
    consuming,
    emit,
    enveloped,
    eventually,
    relaying,
    rows,
    running,
    send,
    signed,
)  # fmt: skip
from tests.support.containers import ContainerKafka

INTAKE = topic_of("intake")
PATIENTS = 40


class Member(Journal):
    """A journal that counts what this member took, and can be slow at it."""

    pause = 0.0

    def __init__(self, service: Service) -> None:
        super().__init__(service, before=self.note)
        self.started: Counter[UUID] = Counter()

    async def note(self, uow: UnitOfWork, _event: Any) -> None:
        assert uow.cause is not None
        self.started[uow.cause.id] += 1
        await asyncio.sleep(self.pause)


class Group:
    """The consumer group as its coordinator sees it."""

    def __init__(self, bootstrap: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})

    async def shares(self) -> list[int]:
        """How many partitions each member has; none while a new broker does not know the group yet."""
        future = self._admin.describe_consumer_groups([CONSUMER])[CONSUMER]
        try:
            found = await asyncio.to_thread(future.result, 10)
        except KafkaException:
            return []
        return [len(member.assignment.topic_partitions) for member in found.members]


@pytest.fixture
def group(broker: str) -> Group:
    return Group(broker)


@pytest.fixture
def patients() -> list[UUID]:
    return [new_id() for _ in range(PATIENTS)]


def interleaved(patients: list[UUID], events: int) -> Iterator[Any]:
    """Each patient's events 1, 2, 3, ... in order, patients by turns."""
    for number in range(1, events + 1):
        for patient in patients:
            yield enveloped(signed(patient), number)


async def shared(group: Group) -> bool:
    """Whether three members have the partitions in equal shares: the last to join is not left without."""
    return sorted(await group.shares()) == [PARTITIONS // 3] * 3


async def all_in_order(journal: Journal, patients: list[UUID], events: int) -> bool:
    found = await rows(journal.service, "SELECT key, array_agg(seq ORDER BY n) AS seqs FROM effect GROUP BY key")
    if sum(len(row["seqs"]) for row in found) < len(patients) * events:
        return False
    assert {row["key"]: row["seqs"] for row in found} == {p: [*range(1, events + 1)] for p in patients}
    return True


async def test_three_members_share_the_partitions_and_each_event_takes_effect_once(
    scheduling: Service, group: Group, patients: list[UUID]
) -> None:
    members = [Member(scheduling) for _ in range(3)]

    async with running(*map(consuming, members)):
        await eventually(lambda: shared(group))
        await send(scheduling, INTAKE, *interleaved(patients, 5))
        await eventually(lambda: all_in_order(members[0], patients, 5))
    taken = [sum(member.started.values()) for member in members]
    assert min(taken) > 0
    assert sum(taken) == PATIENTS * 5


async def test_a_rebalance_while_batches_are_in_hand_loses_nothing_and_repeats_no_effect(
    scheduling: Service, patients: list[UUID]
) -> None:
    first, second = Member(scheduling), Member(scheduling)
    first.pause = second.pause = 0.01

    async def under_way() -> bool:
        return len(first.started) > PATIENTS

    sent = 10

    async def both_take() -> bool:
        """Joining takes its time: there is always something to take until the second member does."""
        nonlocal sent
        if not second.started and len(first.started) > PATIENTS * (sent - 5):
            sent += 1
            await send(scheduling, INTAKE, *(enveloped(signed(patient), sent) for patient in patients))
        return len(second.started) > 0

    await send(scheduling, INTAKE, *interleaved(patients, sent))
    async with running(consuming(first)):
        await eventually(under_way)
        async with running(consuming(second)):
            await eventually(both_take)
            await eventually(lambda: all_in_order(first, patients, sent))
    assert len(first.started.keys() | second.started.keys()) == PATIENTS * sent


async def test_a_member_that_leaves_and_one_that_joins_pass_on_what_is_under_way(
    intake: Service, scheduling: Service, group: Group, patients: list[UUID]
) -> None:
    """Three members, the first leaves in the middle, a fourth joins; the events come from a real outbox and relay."""
    leaving, members = Member(scheduling), [Member(scheduling) for _ in range(3)]
    for member in (leaving, *members):
        member.pause = 0.005

    async def under_way() -> bool:
        return len(leaving.started) > 10

    async with running(relaying(intake), consuming(members[0]), consuming(members[1])):
        async with running(consuming(leaving)):
            await eventually(lambda: shared(group))
            for _ in range(8):
                await emit(intake, *(signed(patient) for patient in patients))
            await eventually(under_way)
        async with running(consuming(members[2])):
            await eventually(lambda: all_in_order(leaving, patients, 8))
    assert min(len(member.started) for member in (leaving, *members[:2])) > 0


async def test_a_topic_that_went_is_read_once_it_is_there_again_by_a_member_with_a_stable_name_too(
    scheduling: Service, kafka_container: ContainerKafka, patients: list[UUID]
) -> None:
    """The broker gives such a member back what it had, without asking anybody what there is now."""
    group = f"{CONSUMER}.named"  # of its own: the broker waits some seconds for such a member
    named = replace(scheduling, settings=scheduling.settings.model_copy(update={"worker_id": "scheduling-worker-2"}))
    member = Member(named)
    await send(scheduling, INTAKE, *interleaved(patients, 1))
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(_until_missing(member, group))
        await eventually(lambda: all_in_order(member, patients, 1))
        await asyncio.to_thread(kafka_container.delete, INTAKE)
        assert INTAKE in str(await first)
    await asyncio.to_thread(kafka_container.make_missing)
    await send(scheduling, INTAKE, *interleaved(patients, 2))
    async with running(consuming(member, group)):
        await eventually(lambda: all_in_order(member, patients, 2))
    assert len(member.started) == PATIENTS * 2


async def _until_missing(member: Member, group: str) -> TopicMissing:
    with pytest.raises(TopicMissing) as missing:
        await consuming(member, group)
    return missing.value
