"""Outbox to effect over the built-in Kafka cluster."""

from shared.ids import new_id
from shared.service import Service
from tests.integration.messaging.kit import (
    Journal,
    consuming,
    emit,
    eventually,
    relaying,
    rows,
    running,
    signed,
)


async def test_every_event_takes_effect_once_and_in_order(intake: Service, journal: Journal) -> None:
    patients = [new_id() for _ in range(5)]
    for n in range(4):
        await emit(intake, *(signed(patient, version=n + 1) for patient in patients))

    async def arrived() -> bool:
        return [await journal.effects(p) for p in patients] == [[1, 2, 3, 4]] * 5

    async with running(relaying(intake), consuming(journal)):
        await eventually(arrived)
    unsent = await rows(intake, "SELECT id FROM outbox WHERE sent_at IS NULL")
    assert unsent == []
    assert await arrived()
