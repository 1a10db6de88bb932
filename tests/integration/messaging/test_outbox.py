"""The outbox under several connections: sequences without a hole, ids in the order of sequences (design: events)."""

import asyncio
from collections import defaultdict
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from shared.ids import new_id
from shared.service import Service
from tests.integration.messaging.kit import emit, eventually, relaying, rows, running, signed, until_blocked


async def by_key(service: Service) -> dict[UUID, list[int]]:
    """The sequences of each key in the order of outbox ids."""
    found = defaultdict(list)
    for row in await rows(service, "SELECT key, seq FROM outbox ORDER BY id"):
        found[row["key"]].append(row["seq"])
    return found


async def test_writers_of_the_same_patients_leave_no_hole_and_no_disorder(intake: Service) -> None:
    patients = [new_id() for _ in range(6)]

    async def write(writer: int) -> None:
        for turn in range(8):
            touched = [patients[(writer * 5 + turn * 3 + step) % 6] for step in (4, 0, 2, 0)]
            await emit(intake, *(signed(patient) for patient in touched))

    await asyncio.gather(*(write(writer) for writer in range(8)))
    found = await by_key(intake)
    assert sum(map(len, found.values())) == 8 * 8 * 4
    assert all(sequences == list(range(1, len(sequences) + 1)) for sequences in found.values())


async def test_an_id_is_drawn_only_when_the_patient_in_front_has_committed(intake: Service) -> None:
    """The second writer waits for the first one's stream row, and its id comes after."""
    patient, other = new_id(), new_id()
    pool = await intake.database.pool()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("INSERT INTO outbox_stream VALUES ($1, 0)", patient)
        second = asyncio.create_task(emit(intake, signed(patient)))
        await until_blocked(intake)
        await emit(intake, signed(other))
        await connection.execute("DELETE FROM outbox_stream WHERE key = $1", patient)
    await second
    assert [row["key"] for row in await rows(intake, "SELECT key FROM outbox ORDER BY id")] == [other, patient]


async def test_rows_that_commit_out_of_id_order_are_all_sent(intake: Service) -> None:
    """A relay that remembered the highest id would never read the one that commits late."""
    early, late = new_id(), new_id()
    insert = """
        INSERT INTO outbox (event_id, type, subject, key, seq, epoch, event_time, organisation_id, correlation_id, body)
        VALUES ($1, 'stillwater.intake.ConsentSigned.v1', '', $1, 1, 1, now(), $1, $1, '{}') RETURNING id"""

    async def sent(key: UUID) -> bool:
        return bool(await rows(intake, "SELECT 1 FROM outbox WHERE key = $1 AND sent_at IS NOT NULL", key))

    pool = await intake.database.pool()
    async with running(relaying(intake)):
        async with pool.acquire() as connection, connection.transaction():
            lower = await connection.fetchval(insert, late)
            higher = await pool.fetchval(insert, early)
            await eventually(lambda: sent(early))
        await eventually(lambda: sent(late))
    assert lower < higher


async def test_a_body_above_256_kib_is_refused_and_its_transaction_leaves_no_hole(intake: Service) -> None:
    patient = new_id()
    await emit(intake, signed(patient))
    with pytest.raises(IntegrityError):
        await emit(intake, signed(patient), signed(patient, document="x" * 262_144))
    await emit(intake, signed(patient))
    assert (await by_key(intake))[patient] == [1, 2]
