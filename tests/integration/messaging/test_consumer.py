"""A consumer as a member of a Kafka group: offsets after the database, clean stops, a broker away."""

import asyncio
from typing import Any
from uuid import UUID

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.partitioner import DefaultPartitioner

from shared.db.unit_of_work import UnitOfWork
from shared.events import topic_of
from shared.ids import new_id
from shared.messaging.kafka import topic_state
from shared.service import Service
from tests.integration.messaging.kit import (
    CONSUMER,
    Journal,
    consuming,
    enveloped,
    eventually,
    rows,
    running,
    send,
    signed,
)  # fmt: skip
from tests.integration.messaging.test_relay import at

INTAKE = topic_of("intake")


async def committed(service: Service) -> int:
    """How many records the group says it is done with, over all partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=service.settings.kafka)
    await admin.start()
    asked = [TopicPartition(INTAKE, number) for number in await partitions(service)]
    offsets = await admin.list_consumer_group_offsets(CONSUMER, partitions=asked)
    await admin.close()
    return sum(found.offset for found in offsets.values() if found.offset > 0)


async def effects(journal: Journal, count: int) -> bool:
    return len(await rows(journal.service, "SELECT 1 FROM effect")) >= count


async def test_a_clean_stop_finishes_the_event_at_hand_and_commits_how_far_it_came(journal: Journal) -> None:
    events = [enveloped(signed(new_id()), 1) for _ in range(60)]
    started: list[UUID] = []

    async def linger(uow: UnitOfWork, _event: Any) -> None:
        assert uow.cause is not None
        started.append(uow.cause.id)
        await asyncio.sleep(0.02)

    async def under_way() -> bool:
        return len(started) >= 8

    journal.before = linger
    await send(journal.service, INTAKE, *events)
    async with running(consuming(journal)):
        await eventually(under_way)
    done = [row["event_id"] for row in await rows(journal.service, "SELECT event_id FROM effect")]
    assert sorted(done) == sorted(started)
    assert len(started) < len(events)
    assert await committed(journal.service) == len(done)


async def test_a_crash_between_the_database_and_the_offset_repeats_nothing(journal: Journal) -> None:
    """Three took effect and no offset was committed: all come again, three are seen."""
    patient = new_id()
    events = [enveloped(signed(patient), seq) for seq in (1, 2, 3, 4, 5)]
    await send(journal.service, INTAKE, *events)
    await journal.receive(*events[:3])
    async with running(consuming(journal)):
        await eventually(lambda: effects(journal, 5))
    assert await journal.effects(patient) == [1, 2, 3, 4, 5]
    assert await committed(journal.service) == 5


async def test_two_consumers_of_a_service_do_not_touch_each_other(journal: Journal) -> None:
    """A projection that breaks never stops a command; and one stuck patient delays no other partition."""
    patients = [new_id() for _ in range(12)]
    breaking = Journal(journal.service, refuse={"ketamine"})
    await send(journal.service, INTAKE, *(enveloped(signed(patient), 1) for patient in patients))

    async def all_parked() -> bool:
        return len(await rows(journal.service, "SELECT 1 FROM waiting WHERE consumer = 'scheduling.timeline'")) == 12

    async with running(consuming(journal), consuming(breaking, "scheduling.timeline")):
        await eventually(lambda: effects(journal, 12))
        await eventually(all_parked)
    assert await journal.waiting() == []


async def partitions(service: Service) -> list[int]:
    return sorted((await topic_state(service.settings, INTAKE)).end_offsets)


async def test_a_patient_in_trouble_delays_that_partition_alone(journal: Journal) -> None:
    stuck, *others = [new_id() for _ in range(20)]
    numbers = await partitions(journal.service)

    def partition_of(key: UUID) -> int:
        return int(DefaultPartitioner()(str(key).encode(), numbers, numbers))

    elsewhere = [key for key in others if partition_of(key) != partition_of(stuck)]
    free = asyncio.Event()

    async def hold_back(_uow: UnitOfWork, event: Any) -> None:
        if event.patient_id == stuck and not free.is_set():
            raise ConnectionResetError

    journal.before = hold_back
    await send(journal.service, INTAKE, *(enveloped(signed(patient), 1) for patient in (stuck, *others)))
    async with running(consuming(journal)):
        await eventually(lambda: effects(journal, len(elsewhere)))
        assert {row["key"] for row in await rows(journal.service, "SELECT key FROM effect")} == set(elsewhere)
        free.set()
        await eventually(lambda: effects(journal, 20))
    assert await journal.effects(stuck) == [1]


async def test_with_the_broker_away_a_stop_is_still_clean(journal: Journal) -> None:
    away = Journal(at(journal.service, "127.0.0.1:9"))
    async with running(consuming(away)) as [task]:
        await asyncio.sleep(0.5)
        assert not task.done()
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=10)
    assert done == {task}
