"""The events of the whole story, heard in any order between producers: every service ends in the same tables.

Only the order of one producer about one key is kept, as Kafka keeps it; some events come twice.
"""

import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from services.billing.app import DEFINITION as BILLING
from services.intake.app import DEFINITION as INTAKE
from services.notifications.app import DEFINITION as NOTIFICATIONS
from services.scheduling.app import DEFINITION as SCHEDULING
from shared.caller import Caller
from shared.clinicfile import staging
from shared.db.unit_of_work import unit_of_work
from shared.events import SERVICES, Envelope, topic_of
from shared.messaging.batches import BatchWork
from shared.messaging.patience import Patience
from shared.messaging.subscriber import Subscriber
from shared.runtime.main import service_of
from shared.runtime.secrets import Secrets
from shared.service import Definition, Service
from tests.integration.messaging.kit import ReadRecord, outgoing
from tests.support.demonstrated import Demonstration
from tests.support.given import seed
from tests.support.house import larkspur
from tests.support.postgres import Postgres
from tests.support.tables import Tables, tables_of_service
from tests.support.told import Ending

SEED = seed()
INTERLEAVINGS, TWICE = 4, 0.1
_LEFT = "SELECT why || ' ' || type || coalesce(': ' || reason, '') FROM waiting"


def interleaved(told: Sequence[Envelope], chance: random.Random) -> Iterator[Envelope]:
    """One of the orders that keep each producer's events about each key in order; some events again a little later."""
    queues: dict[tuple[str, UUID], list[Envelope]] = defaultdict(list)
    for envelope in told:
        queues[envelope.service, envelope.key].append(envelope)
    turns = [stream for stream, queue in queues.items() for _ in queue]
    chance.shuffle(turns)
    for stream in turns:
        envelope = queues[stream].pop(0)
        yield envelope
        if chance.random() < TWICE:
            yield envelope


@asynccontextmanager
async def fresh(definition: Definition, postgres: Postgres, secrets: Secrets) -> AsyncIterator[Service]:
    """The service as it was before the story, with the story's keys and the clinic file in force."""
    made = await postgres.create(definition.name)
    given = {"database_url": postgres.url(made), "kafka": "nowhere:9"}
    service = service_of(definition, secrets.settings(definition.name, **given))
    clinic = larkspur()
    roles = frozenset({(clinic.clinic_id, "director"), (clinic.clinic_id, "admin")})
    async with unit_of_work(service, Caller("staff", "director-1", clinic.organisation_id, roles)) as uow:
        staged = await staging.stage(uow, clinic.model_dump(mode="json"))
        await staging.approve(uow, staged.hash)
        await staging.activate(uow, staged.hash)
    yield service
    await service.database.close()
    await postgres.drop(made)


async def hear(definition: Definition, service: Service, told: Sequence[Envelope]) -> None:
    """Both consumers of the service take the events, as a partition's task does."""
    consumers = {"commands": definition.subscriptions, "timeline": definition.projections}
    for name, subscriptions in consumers.items():
        if subscriptions:
            subscriber = Subscriber(service, f"{service.name}.{name}", subscriptions)
            heard = [envelope for envelope in told if topic_of(envelope.service) in subscriber.topics]
            records: list[Any] = [
                ReadRecord(n, envelope.body, outgoing(envelope).headers, topic=topic_of(envelope.service))
                for n, envelope in enumerate(heard)
            ]
            await BatchWork(subscriber, Patience(service.database)).work_off(records)


async def heard_tables(
    definition: Definition, postgres: Postgres, ending: Ending, told: Sequence[Envelope]
) -> tuple[Tables, list[str], Counter[str]]:
    """Tables of a service that heard the events in this order, what it could not take, and what it said itself."""
    async with fresh(definition, postgres, ending.secrets) as service:
        await hear(definition, service, told)
        pool = await service.database.pool()
        left = [row[0] for row in await pool.fetch(_LEFT)]
        said = Counter(row[0] for row in await pool.fetch("SELECT type FROM outbox"))
        async with pool.acquire() as connection:
            return await tables_of_service(connection, service.name, service.keyring), left, said


@pytest.mark.timeout(300)
@pytest.mark.parametrize("definition", [INTAKE, SCHEDULING, NOTIFICATIONS, BILLING], ids=lambda one: one.name)
async def test_any_order_between_producers_ends_in_the_same_tables(
    demonstrated: Demonstration, postgres: Postgres, definition: Definition
) -> None:
    ending, chance = demonstrated.ending, random.Random(SEED)
    print(f"STILLWATER_SEED={SEED}")
    assert {envelope.service for envelope in ending.envelopes} == {*SERVICES}
    expected, left, said = await heard_tables(definition, postgres, ending, ending.envelopes)
    assert left == []
    assert sum(sum(rows.values()) for rows in expected.values()) > 0
    for _ in range(INTERLEAVINGS):
        order = list(interleaved(ending.envelopes, chance))
        assert await heard_tables(definition, postgres, ending, order) == (expected, left, said)
