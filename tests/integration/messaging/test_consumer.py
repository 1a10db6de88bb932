"""A consumer over the built-in Kafka cluster: duplicates, disorder, poison, trouble (design: delivery)."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.db.unit_of_work import UnitOfWork
from shared.events import topic_of
from shared.ids import new_id
from shared.messaging.records import Outgoing
from shared.service import Service
from tests.integration.messaging.kit import (
    CONSUMER,
    Journal,
    consuming,
    enveloped,
    eventually,
    order_revoked,
    outgoing,
    revoked,
    rows,
    running,
    send,
    signed,
)  # fmt: skip

INTAKE = topic_of("intake")


async def reached(journal: Journal, key: UUID, seq: int) -> bool:
    found = await rows(
        journal.service, "SELECT taken_seq FROM stream WHERE consumer = $1 AND producer = 'intake' AND key = $2",
        CONSUMER, key,
    )  # fmt: skip
    return bool(found) and found[0]["taken_seq"] >= seq


async def parked(journal: Journal) -> list[tuple[UUID, int, str]]:
    query = "SELECT key, seq, reason FROM waiting WHERE why = 'parked' ORDER BY key, seq"
    return [(row["key"], row["seq"], row["reason"]) for row in await rows(journal.service, query)]


async def stored(journal: Journal) -> list[int]:
    return [row["seq"] for row in await rows(journal.service, "SELECT seq FROM waiting ORDER BY seq")]


@pytest.mark.parametrize(
    ("case", "order"),
    [
        ("in order", [1, 2, 3]),
        ("each twice", [1, 1, 2, 2, 3, 3]),
        ("all again", [1, 2, 3, 1, 2, 3]),
        ("one missing at first", [1, 3, 2]),
        ("backwards", [3, 2, 1]),
        ("the missing one behind repeats", [2, 3, 2, 3, 1, 2]),
    ],
)
async def test_whatever_the_order_and_the_repeats_each_takes_effect_once_in_order(
    journal: Journal, case: str, order: list[int]
) -> None:
    patient = new_id()
    events = {seq: enveloped(signed(patient), seq) for seq in (1, 2, 3)}
    await send(journal.service, INTAKE, *(events[seq] for seq in order))
    async with running(consuming(journal)):
        await eventually(lambda: reached(journal, patient, 3))
    assert await journal.effects(patient) == [1, 2, 3], case
    assert await stored(journal) == []


async def test_poison_parks_that_patient_alone_and_what_follows_queues(journal: Journal) -> None:
    ill, well = new_id(), new_id()
    journal.refuse.add("poison")
    await send(
        journal.service, INTAKE, enveloped(signed(ill, "poison"), 1), enveloped(signed(ill), 2),
        *(enveloped(signed(well), seq) for seq in (1, 2, 3)), enveloped(signed(ill), 3),
    )  # fmt: skip
    async with running(consuming(journal)):
        await eventually(lambda: reached(journal, ill, 3))
        await eventually(lambda: reached(journal, well, 3))
    assert await journal.effects(ill) == []
    assert await journal.effects(well) == [1, 2, 3]
    assert await parked(journal) == [(ill, 1, "Refused")]
    assert await stored(journal) == [1, 2, 3]


@pytest.mark.parametrize(
    ("case", "body", "kind", "reason"),
    [
        ("no JSON", b"{", None, "ValidationError"),
        ("empty", b"", None, "ValidationError"),
        ("a field is missing", b"{}", None, "ValidationError"),
        ("a newer major of a subscribed type", None, "stillwater.intake.ConsentSigned.v2", "NewerMajor"),
    ],
)
async def test_what_can_never_be_handled_parks(
    journal: Journal, case: str, body: bytes | None, kind: str | None, reason: str
) -> None:
    patient = new_id()
    bad = outgoing(enveloped(signed(patient), 1, body=body))
    headers = [(name, kind.encode() if kind and name == "ce_type" else value) for name, value in bad.headers]
    await send(journal.service, INTAKE, Outgoing(bad.key, bad.value, headers), enveloped(signed(patient), 2))
    async with running(consuming(journal)):
        await eventually(lambda: reached(journal, patient, 2))
    assert await parked(journal) == [(patient, 1, reason)], case
    assert await stored(journal) == [1, 2]


async def test_types_that_nobody_subscribed_to_advance_the_stream_and_close_gaps(journal: Journal) -> None:
    """A known type without a handler, one that this code never heard of, and an older one behind a gap."""
    patient = new_id()
    unknown = outgoing(enveloped(order_revoked(patient), 3))
    headers = [(n, b"stillwater.intake.NeverHeardOf.v7" if n == "ce_type" else v) for n, v in unknown.headers]
    await send(
        journal.service, INTAKE, enveloped(order_revoked(patient), 1), enveloped(signed(patient), 4),
        enveloped(order_revoked(patient), 5), enveloped(order_revoked(patient), 2),
        Outgoing(unknown.key, unknown.value, headers), enveloped(signed(patient), 6),
    )  # fmt: skip
    async with running(consuming(journal)):
        await eventually(lambda: reached(journal, patient, 6))
    assert await journal.effects(patient) == [4, 6]
    assert await stored(journal) == []


@pytest.mark.parametrize("damage", ["ce_id", "ce_type", "ce_partitionkey", "ce_sequence", "ce_organisationid"])
async def test_a_record_without_what_makes_it_an_event_goes_to_quarantine(journal: Journal, damage: str) -> None:
    patient = new_id()
    whole = outgoing(enveloped(signed(patient), 1))
    broken = Outgoing(whole.key, b"body", [(name, value) for name, value in whole.headers if name != damage])
    await send(journal.service, INTAKE, broken, whole, broken)
    async with running(consuming(journal)):
        await eventually(lambda: reached(journal, patient, 1))
    async with running(consuming(journal, "scheduling.timeline")):
        await eventually(lambda: _counted(journal, "SELECT 1 FROM quarantine", 4))
    kept = await rows(journal.service, "SELECT reason, value FROM quarantine")
    assert {row["value"] for row in kept} == {b"body"}
    assert {row["reason"] for row in kept} == {f"header {damage} is missing"}


async def test_an_event_in_the_name_of_another_service_goes_to_quarantine(journal: Journal) -> None:
    patient = new_id()
    whole = outgoing(enveloped(signed(patient), 1))
    headers = [(n, b"/stillwater/billing" if n == "ce_source" else v) for n, v in whole.headers]
    await send(journal.service, INTAKE, Outgoing(whole.key, whole.value, headers), whole)
    async with running(consuming(journal)):
        await eventually(lambda: reached(journal, patient, 1))
    assert len(await rows(journal.service, "SELECT 1 FROM quarantine")) == 1
    assert await rows(journal.service, "SELECT 1 FROM stream WHERE producer = 'billing'") == []


async def _counted(journal: Journal, query: str, at_least: int) -> bool:
    return len(await rows(journal.service, query)) >= at_least


async def test_a_stop_fact_behind_a_gap_applies_at_once_and_not_again(journal: Journal) -> None:
    """Log p1 p3o p4 p2 p3o p4: the stop fact takes effect second, and never again."""
    patient = new_id()
    p1, p2, p4 = (enveloped(signed(patient), seq) for seq in (1, 2, 4))
    p3 = enveloped(revoked(patient), 3)
    await send(journal.service, INTAKE, p1, p3, p4)
    async with running(consuming(journal)):
        await eventually(lambda: _counted(journal, "SELECT 1 FROM waiting WHERE why = 'gap'", 2))
        assert await journal.effects(patient) == [1, 3]
        await send(journal.service, INTAKE, p2, p3, p4)
        await eventually(lambda: reached(journal, patient, 4))
    assert await journal.effects(patient) == [1, 3, 2, 4]
    assert await stored(journal) == []


async def test_a_stop_fact_overtakes_a_parked_stream(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await send(
        journal.service, INTAKE, enveloped(signed(patient, "poison"), 1), enveloped(signed(patient), 2),
        enveloped(revoked(patient), 3), enveloped(signed(patient), 4),
    )  # fmt: skip
    async with running(consuming(journal)):
        await eventually(lambda: reached(journal, patient, 4))
    assert await journal.effects(patient) == [3]
    assert await stored(journal) == [1, 2, 4]


async def test_a_stop_fact_that_is_refused_behind_a_gap_is_tried_in_its_turn_and_parked(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await send(journal.service, INTAKE, enveloped(revoked(patient, "poison"), 2))
    async with running(consuming(journal)):
        await eventually(lambda: _counted(journal, "SELECT 1 FROM waiting WHERE why = 'gap'", 1))
        await send(journal.service, INTAKE, enveloped(signed(patient), 1))
        await eventually(lambda: reached(journal, patient, 2))
    assert await journal.effects(patient) == [1]
    assert await parked(journal) == [(patient, 2, "Refused")]


async def test_a_missing_event_that_arrives_on_a_parked_stream_joins_the_queue_in_order(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await send(
        journal.service, INTAKE, enveloped(signed(patient, "poison"), 1), enveloped(signed(patient), 3),
        enveloped(revoked(patient), 4), enveloped(signed(patient), 2),
    )  # fmt: skip
    async with running(consuming(journal)):
        await eventually(lambda: reached(journal, patient, 4))
    queue = await rows(journal.service, "SELECT seq, why FROM waiting ORDER BY seq")
    assert [(row["seq"], row["why"]) for row in queue] == [(1, "parked"), (2, "queued"), (3, "queued")]
    assert await journal.effects(patient) == [4]


async def test_a_lock_that_others_hold_is_waited_for_and_delays_nobody_else(journal: Journal) -> None:
    held, free = new_id(), new_id()
    tries = 0

    async def take_the_lock(uow: UnitOfWork, event: Any) -> None:
        nonlocal tries
        if event.patient_id == held:
            tries += 1
            await uow.sql("SELECT set_config('lock_timeout', '50ms', true)")
            await uow.sql("LOCK TABLE audit IN ACCESS EXCLUSIVE MODE")

    journal.before = take_the_lock
    pool = await journal.service.database.pool()
    async with running(consuming(journal)):
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE audit IN SHARE MODE")
            await send(journal.service, INTAKE, enveloped(signed(held), 1))
            await eventually(lambda: _at_least(lambda: tries, 3))
            await send(journal.service, INTAKE, *_in_another_partition(held, free))
            await eventually(lambda: reached(journal, _other(held, free), 1))
        await eventually(lambda: reached(journal, held, 1))
    assert await journal.effects(held) == [1]
    assert await parked(journal) == []


async def _at_least(value: Any, least: int) -> bool:
    return bool(value() >= least)


def _other(held: UUID, free: UUID) -> UUID:
    """A key that goes to another partition than `held`, made from `free`."""
    from aiokafka.partitioner import DefaultPartitioner

    choose, four = DefaultPartitioner(), [0, 1, 2, 3]
    taken = choose(str(held).encode(), four, four)
    return next(key for n in range(99) if choose(str(key := UUID(int=free.int + n)).encode(), four, four) != taken)


def _in_another_partition(held: UUID, free: UUID) -> list[Any]:
    return [enveloped(signed(_other(held, free)), 1)]


@pytest.mark.parametrize("error", [asyncpg.DeadlockDetectedError, asyncpg.SerializationError, ConnectionResetError])
async def test_transient_trouble_is_tried_again_until_it_ends(journal: Journal, error: type[Exception]) -> None:
    patient, tries = new_id(), 0

    async def fail_at_first(_uow: UnitOfWork, _event: Any) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise error("trouble")

    journal.before = fail_at_first
    await send(journal.service, INTAKE, enveloped(signed(patient), 1), enveloped(signed(patient), 2))
    async with running(consuming(journal)):
        await eventually(lambda: reached(journal, patient, 2))
    assert await journal.effects(patient) == [1, 2]
    assert await stored(journal) == []


async def test_two_consumers_of_a_service_do_not_touch_each_other(journal: Journal) -> None:
    """A projection that breaks never stops a command."""
    patient = new_id()
    breaking = Journal(journal.service, refuse={"ketamine"})
    await send(journal.service, INTAKE, enveloped(signed(patient), 1), enveloped(signed(patient), 2))
    async with running(consuming(journal), consuming(breaking, "scheduling.timeline")):
        await eventually(lambda: reached(journal, patient, 2))
        await eventually(lambda: _counted(journal, "SELECT 1 FROM waiting WHERE consumer = 'scheduling.timeline'", 2))
    assert await journal.effects(patient) == [1, 2]
    assert await rows(journal.service, "SELECT 1 FROM waiting WHERE consumer = $1", CONSUMER) == []


async def test_a_clean_stop_commits_what_was_done_so_nothing_comes_twice(scheduling: Service, journal: Journal) -> None:
    patients = [new_id() for _ in range(40)]
    handled: list[UUID] = []

    async def note(uow: UnitOfWork, _event: Any) -> None:
        assert uow.cause is not None
        handled.append(uow.cause.id)
        await asyncio.sleep(0.005)

    journal.before = note
    events = [enveloped(signed(patient), 1) for patient in patients]
    await send(scheduling, INTAKE, *events)
    async with running(consuming(journal)):
        await eventually(lambda: _at_least(lambda: len(handled), 7))
    before = len(handled)
    async with running(consuming(journal)):
        await eventually(lambda: _counted(journal, "SELECT 1 FROM effect", len(events)))
    assert 7 <= before < len(events)
    assert sorted(handled) == sorted(event.id for event in events)
