"""Watermarks over a real database and the Kafka protocol: what a consumer may believe (design: delivery)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from shared.db.unit_of_work import unit_of_work
from shared.events import Envelope, topic_of
from shared.ids import new_id
from shared.messaging import heard, watermarks
from shared.messaging.heard import Known
from shared.messaging.partitions import PARTITIONS, partition_of
from shared.messaging.records import Outgoing
from shared.messaging.watermarks import Sums, Watermark
from shared.service import Service
from tests.integration.messaging.kit import (
    CONSUMER,
    NOON,
    Journal,
    caller,
    consuming,
    emit,
    enveloped,
    eventually,
    order_revoked,
    outgoing,
    read_log,
    relaying,
    revoked,
    rows,
    running,
    send,
    signed,
)  # fmt: skip

INTAKE = topic_of("intake")


def same_partition(count: int) -> list[UUID]:
    """Some patients whose events share a partition."""
    first, *others = [new_id() for _ in range(PARTITIONS * 12)]
    return [first, *(key for key in others if partition_of(key) == partition_of(first))][:count]


def mark(*streams: tuple[UUID, int], at: datetime = NOON) -> Outgoing:
    """What the relay says of the partition of these keys, having sent so many events of each."""
    sums = Sums()
    for key, last in streams:
        sums = sums.with_stream(key, last)
    said = Watermark(at=at, events=sums.events, digest=sums.digest)
    return said.outgoing(partition_of(streams[0][0]))


async def known(journal: Journal, key: UUID) -> Known:
    async with unit_of_work(journal.service, caller()) as uow:
        return await heard.known(uow, CONSUMER, "intake", key)


async def short(journal: Journal) -> list[int]:
    """The partitions in which something is missing."""
    found = await rows(journal.service, "SELECT partition FROM heard WHERE short_since IS NOT NULL ORDER BY partition")
    return [row["partition"] for row in found]


async def counted(journal: Journal) -> bool:
    """Whether what is counted is what the streams say."""
    streams = await rows(journal.service, "SELECT key, taken_seq FROM stream")
    said = watermarks.sums_by_partition((row["key"], row["taken_seq"]) for row in streams)
    kept = await rows(journal.service, "SELECT partition, events, digest FROM heard")
    found = dict.fromkeys(range(PARTITIONS), Sums())
    return found | {row["partition"]: Sums(row["events"], row["digest"]) for row in kept} == said


async def test_whatever_is_taken_is_counted_as_the_streams_say(journal: Journal) -> None:
    """Handled and passed over, in order and behind a gap, refused, repeated."""
    a, b, c = (new_id() for _ in range(3))
    journal.refuse.add("poison")
    await journal.receive(
        enveloped(signed(a), 1), *(enveloped(order_revoked(b), seq) for seq in (1, 2, 3)), enveloped(signed(c), 2),
        enveloped(revoked(c), 3), enveloped(signed(a, "poison"), 2), enveloped(signed(a), 1),
        enveloped(order_revoked(b), 3), enveloped(order_revoked(b), 4),
    )  # fmt: skip
    assert await counted(journal)
    await journal.receive(enveloped(signed(c), 1))
    await journal.go_on(c)
    assert await journal.taken(c) == 3
    assert await counted(journal)


async def test_a_producer_is_known_until_the_watermark_that_agrees(journal: Journal) -> None:
    a, b = same_partition(2)
    assert await known(journal, a) == Known(None, stale=True)
    await journal.receive(enveloped(signed(a), 1), enveloped(signed(b), 1), mark((a, 1), (b, 1)))
    assert await known(journal, a) == await known(journal, b) == Known(NOON, stale=True)
    [elsewhere] = [key for key in (new_id() for _ in range(99)) if partition_of(key) != partition_of(a)][:1]
    assert (await known(journal, elsewhere)).until is None
    later = NOON + timedelta(minutes=1)
    await journal.receive(mark((a, 1), (b, 1), at=later), enveloped(signed(a), 2))
    assert (await known(journal, b)).until == later


async def test_of_several_watermarks_in_a_batch_the_last_one_stands(journal: Journal) -> None:
    [a] = same_partition(1)
    times = [NOON + timedelta(seconds=n) for n in range(3)]
    await journal.receive(
        mark((a, 0), at=times[0]), enveloped(signed(a), 1), mark((a, 1), at=times[1]), enveloped(signed(a), 2),
        mark((a, 2), at=times[2]), enveloped(signed(a), 3),
    )  # fmt: skip
    assert (await known(journal, a)).until == times[2]
    assert await journal.effects(a) == [1, 2, 3]


@pytest.mark.parametrize(
    ("case", "said"),
    [("an old one, heard again", [1, 0]), ("one without the other's events, though as many", [0, 2])],
)
async def test_what_does_not_agree_changes_nothing(journal: Journal, case: str, said: Sequence[int]) -> None:
    a, b = same_partition(2)
    await journal.receive(enveloped(signed(a), 1), enveloped(signed(b), 1), mark((a, 1), (b, 1)))
    await journal.receive(mark((a, said[0]), (b, said[1]), at=NOON + timedelta(minutes=1)))
    assert (await known(journal, a)).until == NOON, case
    assert bool(await short(journal)) == (sum(said) == 2)


async def test_a_loss_at_the_end_of_the_log_is_noticed_and_ends_when_it_is_healed(journal: Journal) -> None:
    """No later event tells of it: the watermark does."""
    a, b = same_partition(2)
    await journal.receive(enveloped(signed(a), 1), mark((a, 1), (b, 1)))
    assert await short(journal) == [partition_of(a)]
    assert await known(journal, a) == Known(None, stale=True)
    await journal.receive(enveloped(signed(b), 1), mark((a, 1), (b, 1)))
    assert await short(journal) == []
    assert (await known(journal, a)).until == NOON


async def test_a_patient_whose_events_wait_is_known_as_far_as_when_the_first_came(journal: Journal) -> None:
    stuck, other = same_partition(2)
    journal.refuse.add("poison")
    await journal.receive(mark((stuck, 0)))
    await journal.receive(
        enveloped(signed(stuck, "poison"), 1), enveloped(signed(other), 1),
        mark((stuck, 1), (other, 1), at=NOON + timedelta(seconds=5)), enveloped(signed(stuck), 2),
    )  # fmt: skip
    assert (await known(journal, stuck)).until == NOON
    assert (await known(journal, other)).until == NOON + timedelta(seconds=5)


async def test_what_was_not_counted_before_an_upgrade_is_counted_at_the_first_watermark(journal: Journal) -> None:
    a, b = same_partition(2)
    await journal.receive(*(enveloped(signed(a), seq) for seq in (1, 2)), enveloped(signed(b), 1))
    await rows(journal.service, "DELETE FROM heard")
    await journal.receive(mark((a, 2), (b, 1)))
    assert (await known(journal, a)).until == NOON
    assert await counted(journal)


async def test_a_malformed_watermark_is_put_away(journal: Journal) -> None:
    [a] = same_partition(1)
    await journal.receive(Outgoing(None, b"{", mark((a, 0)).headers, 0), enveloped(signed(a), 1))
    assert await journal.effects(a) == [1]
    stored = await rows(journal.service, "SELECT reason FROM quarantine")
    assert [row["reason"] for row in stored] == ["a watermark cannot be read"]


async def everybody(journal: Journal) -> Known:
    pool = await journal.service.database.pool()
    return (await heard.oldest(pool, CONSUMER)).get("intake", heard.NOTHING)


async def test_a_relay_says_on_every_partition_how_far_it_said_everything(intake: Service, journal: Journal) -> None:
    """Also where nothing was ever said."""
    await emit(intake, *(signed(new_id()) for _ in range(5)))

    async def fresh() -> bool:
        return not (await everybody(journal)).stale

    async with running(relaying(intake), consuming(journal)):
        await eventually(fresh)
        until = (await everybody(journal)).until
        [created] = await rows(intake, "SELECT max(created_at) AS at, count(sent_at) AS sent FROM outbox")
    assert created["sent"] == 5
    assert until is not None
    assert until > created["at"]
    assert await counted(journal)


async def test_the_relay_says_nothing_of_what_it_could_not_send(intake: Service, journal: Journal) -> None:
    """A watermark of a later session counts everything that was ever marked, whoever marked it."""
    patients = [new_id() for _ in range(30)]
    for _ in range(3):
        await emit(intake, *(signed(patient) for patient in patients))

    async def sent() -> bool:
        return not await rows(intake, "SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1")

    async with running(relaying(intake)):
        await eventually(sent)
    await rows(intake, "UPDATE outbox SET sent_at = sent_at - interval '1 hour' WHERE seq = 1")
    await emit(intake, *(signed(patient) for patient in patients))

    async def all_taken() -> bool:
        return [await journal.taken(patient) for patient in patients] == [4] * 30

    async def fresh() -> bool:
        return not (await everybody(journal)).stale

    async with running(relaying(intake), consuming(journal)):
        await eventually(all_taken)  # the first session's watermark says less
        await eventually(fresh)
    assert await short(journal) == []


async def both_known(journal: Journal, patient: UUID) -> bool:
    """Whether two events of the patient were taken, and all until the watermark is known."""
    return (await known(journal, patient)).until == NOON and await journal.taken(patient) == 2


async def test_a_consumer_that_is_short_reads_the_partition_from_its_beginning(
    intake: Service, journal: Journal
) -> None:
    """As after its database was restored: by the offsets everything was read, by the streams nothing."""
    patient = new_id()
    said = [enveloped(signed(patient), seq) for seq in (1, 2)]

    fresh = partial(both_known, journal, patient)
    async with running(consuming(journal)):
        await send(intake, INTAKE, *map(outgoing, said), mark((patient, 2)))
        await eventually(fresh)
        for table in ("stream", "heard", "effect"):
            await rows(journal.service, f"DELETE FROM {table}")
        await send(intake, INTAKE, mark((patient, 2)))
        await eventually(fresh)
    assert await journal.effects(patient) == [1, 2]
    assert await short(journal) == []


async def test_a_member_reads_again_what_one_before_it_found_missing_and_died_over(
    intake: Service, journal: Journal
) -> None:
    patient = new_id()
    said = [enveloped(signed(patient), seq) for seq in (1, 2)]

    fresh = partial(both_known, journal, patient)
    async with running(consuming(journal)):
        await send(intake, INTAKE, *map(outgoing, said), mark((patient, 2)))
        await eventually(fresh)
    for table in ("stream", "effect"):
        await rows(journal.service, f"DELETE FROM {table}")
    await rows(journal.service, "UPDATE heard SET events = 0, digest = 0, until = NULL, short_since = now()")
    async with running(consuming(journal)):
        await send(intake, INTAKE, mark((patient, 2)))
        await eventually(fresh)
    assert await journal.effects(patient) == [1, 2]


async def test_a_loss_that_no_reading_heals_stays_in_sight_and_later_events_are_held(
    intake: Service, journal: Journal
) -> None:
    patient, held = new_id(), [(2, "gap")]
    await send(intake, INTAKE, enveloped(signed(patient), 2), mark((patient, 2)))

    async def noticed() -> bool:
        return await short(journal) == [partition_of(patient)] and await journal.waiting() == held

    async with running(consuming(journal)):
        await eventually(noticed)
        await send(intake, INTAKE, mark((patient, 2)))
        await asyncio.sleep(0)
        assert await journal.effects(patient) == []
        await send(intake, INTAKE, outgoing(await first_of(intake, patient)), mark((patient, 2)))

        async def healed() -> bool:
            return await journal.effects(patient) == [1, 2] and await short(journal) == []

        await eventually(healed)


async def first_of(service: Service, patient: UUID) -> Envelope:
    """The event that was lost."""
    [second] = await read_log(service, INTAKE, 1)
    assert second.sequence == 2
    return enveloped(signed(patient), 1)
