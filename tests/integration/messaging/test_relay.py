"""The relay over the built-in Kafka cluster: marks, re-sends, leases, stops (design: delivery)."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from shared.events import topic_of
from shared.ids import new_id
from shared.messaging import lease, relay
from shared.messaging.kafka import ProducerSession, topic_state
from shared.messaging.records import Ack, Outgoing, SessionLost
from shared.runtime.parts.broker import EmbeddedBroker
from shared.service import Service
from tests.integration.messaging.kit import (
    Journal,
    consuming,
    count_log,
    emit,
    eventually,
    read_log,
    relaying,
    rows,
    running,
    signed,
)  # fmt: skip

INTAKE = topic_of("intake")


@pytest.fixture
def new_broker() -> Iterator[str]:
    cluster = EmbeddedBroker()
    cluster.start()
    yield cluster.bootstrap
    cluster.stop()


def at(service: Service, broker: str) -> Service:
    return replace(service, settings=service.settings.model_copy(update={"kafka": broker}))


async def all_sent(service: Service) -> bool:
    return await rows(service, "SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1") == []


async def relayed(service: Service) -> None:
    """Let a relay send everything, and stop it."""
    async with running(relaying(service)):
        await eventually(lambda: all_sent(service))


async def sequences(service: Service, key: UUID, count: int) -> list[int]:
    """What the topic's first `count` records hold of a key."""
    return [event.sequence for event in await read_log(service, INTAKE, count) if event.key == key]


async def in_the_log(service: Service) -> int:
    return await count_log(service, INTAKE)


async def grown_to(service: Service, count: int) -> bool:
    return await in_the_log(service) == count


async def test_a_broker_that_forgot_everything_gets_everything_again_before_anything_new(
    intake: Service, new_broker: str
) -> None:
    """More rows than one batch, sent long ago; ids keep their order, and the marks stay as they were."""
    patients = [new_id() for _ in range(40)]
    for _ in range(3):
        await emit(intake, *(signed(patient) for patient in patients * 5))
    await relayed(intake)
    await rows(intake, "UPDATE outbox SET sent_at = sent_at - interval '1 day' * (600 - id) / 60")
    marks = await rows(intake, "SELECT id, sent_at FROM outbox ORDER BY id")
    await emit(intake, *(signed(patient) for patient in patients))
    renewed = at(intake, new_broker)
    await relayed(renewed)
    log = await read_log(renewed, INTAKE, 640)
    for patient in patients:
        assert [event.sequence for event in log if event.key == patient] == list(range(1, 17))
    assert await rows(intake, "SELECT id, sent_at FROM outbox WHERE id <= 600 ORDER BY id") == marks
    assert await in_the_log(renewed) == 640


async def test_every_session_sends_the_last_quarter_of_an_hour_before_the_newest_mark_again(intake: Service) -> None:
    """Counted from the newest mark and not from now: the broker may have been away for longer."""
    patient = new_id()
    await emit(intake, *(signed(patient) for _ in range(4)))
    await relayed(intake)
    for seq, age in ((1, "3 days 16 minutes"), (2, "3 days 14 minutes"), (3, "3 days"), (4, "3 days")):
        await rows(intake, f"UPDATE outbox SET sent_at = now() - interval '{age}' WHERE seq = {seq}")
    async with running(relaying(intake)):
        await eventually(lambda: grown_to(intake, 7))
        await emit(intake, signed(patient))
        await eventually(lambda: all_sent(intake))
    assert await sequences(intake, patient, 8) == [1, 2, 3, 4, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("the log ends before the last mark", "UPDATE relay_partition SET last_offset = last_offset + 99"),
        ("another cluster", "UPDATE relay_partition SET cluster = 'another'"),
        ("nothing recorded", "DELETE FROM relay_partition"),
    ],
)
async def test_a_broker_that_holds_less_than_was_marked_gets_everything_again(
    intake: Service, case: str, change: str
) -> None:
    patient = new_id()
    await emit(intake, signed(patient), signed(patient))
    await relayed(intake)
    await rows(intake, "UPDATE outbox SET sent_at = sent_at - interval '13 days' WHERE seq = 1")
    await rows(intake, change)
    await emit(intake, signed(patient))
    await relayed(intake)
    assert await sequences(intake, patient, 5) == [1, 2, 1, 2, 3], case
    known = await rows(intake, "SELECT partition, cluster, last_offset FROM relay_partition ORDER BY partition")
    state = await topic_state(intake.settings, INTAKE)
    assert all(row["last_offset"] < state.end_offsets[row["partition"]] for row in known)
    assert len(known) == len(state.end_offsets)
    assert {row["cluster"] for row in known} == {state.cluster}


async def test_everything_is_sent_again_until_all_of_it_was(
    intake: Service, new_broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off twice, a re-send has filled the log up to where it once ended; what it lacks is sent none the less."""
    patient = new_id()
    await emit(intake, *(signed(patient) for _ in range(4)))
    await relayed(intake)
    await rows(intake, "UPDATE outbox SET sent_at = sent_at - interval '13 days' WHERE seq < 4")
    renewed = at(intake, new_broker)
    emptied = (await topic_state(renewed.settings, INTAKE)).cluster
    await rows(intake, "UPDATE relay_partition SET cluster = $1", emptied)
    break_off(monkeypatch, sessions=2, after=2)
    await emit(intake, signed(patient))
    await relayed(renewed)
    assert await sequences(renewed, patient, await in_the_log(renewed)) == [1, 2, 1, 2, 1, 2, 3, 4, 5]


def break_off(monkeypatch: pytest.MonkeyPatch, *, sessions: int, after: int) -> None:
    """Send one row at a time; each of the first `sessions` ends `after` so many."""
    whole, sent = ProducerSession.send, dict[ProducerSession, int]()

    async def send(session: ProducerSession, records: Iterable[Outgoing]) -> list[Ack | None]:
        sent[session] = sent.get(session, 0) + 1
        if len(sent) <= sessions and sent[session] > after:
            raise SessionLost("broken off")
        return await whole(session, records)

    monkeypatch.setattr(relay, "BATCH_ROWS", 1)
    monkeypatch.setattr(ProducerSession, "send", send)


async def test_what_is_sent_again_takes_effect_once_and_what_was_lost_does_at_last(
    intake: Service, journal: Journal, new_broker: str
) -> None:
    """The broker forgot two events of which the consumer had taken one."""
    patient = new_id()
    await emit(intake, signed(patient), signed(patient))
    await relayed(intake)
    [first, _] = await read_log(intake, INTAKE, 2)
    await journal.receive(first)

    async def both() -> bool:
        return await journal.effects(patient) == [1, 2]

    async with running(relaying(at(intake, new_broker)), consuming(Journal(at(journal.service, new_broker)))):
        await eventually(both)
    assert await both()


async def test_a_clean_stop_leaves_nothing_sent_but_not_marked(intake: Service) -> None:
    patients = [new_id() for _ in range(100)]
    for _ in range(30):
        await emit(intake, *(signed(patient) for patient in patients))

    async def under_way() -> bool:
        return bool(await rows(intake, "SELECT 1 FROM outbox WHERE sent_at IS NOT NULL LIMIT 1"))

    async with running(relaying(intake)):
        await eventually(under_way)
    [marked] = await rows(intake, "SELECT count(*) AS n FROM outbox WHERE sent_at IS NOT NULL")
    assert await in_the_log(intake) == marked["n"]


async def test_a_relay_that_stops_hands_over_at_once(intake: Service) -> None:
    await emit(intake, signed(new_id()))
    await relayed(intake)
    assert await lease.acquire(await intake.database.pool(), new_id()) is not None


async def test_a_standby_goes_on_where_the_holder_stopped(intake: Service) -> None:
    patient = new_id()
    async with running(relaying(intake)) as [holder]:
        await emit(intake, signed(patient))
        await eventually(lambda: all_sent(intake))
        async with running(relaying(intake)):
            holder.cancel()
            await asyncio.wait({holder})
            await emit(intake, signed(patient))
            await eventually(lambda: all_sent(intake))
    assert await sequences(intake, patient, 3) == [1, 1, 2]


async def test_a_holder_whose_lease_was_stolen_marks_nothing_until_it_has_it_again(intake: Service) -> None:
    patient = new_id()
    steal = "UPDATE relay_lease SET holder = $1, epoch = epoch + 1, until = clock_timestamp() + '60 s'"
    async with running(relaying(intake)):
        await emit(intake, signed(patient))
        await eventually(lambda: all_sent(intake))
        await rows(intake, steal, new_id())
        await emit(intake, signed(patient))
        await asyncio.sleep(0.5)
        assert not await all_sent(intake)
        await rows(intake, "UPDATE relay_lease SET until = clock_timestamp() - interval '1 s'")
        await eventually(lambda: all_sent(intake))
    held = await rows(intake, "SELECT epoch FROM relay_lease")
    assert [row["epoch"] for row in held] == [3]


async def test_with_the_broker_away_nothing_is_marked_and_a_stop_is_still_clean(intake: Service) -> None:
    await emit(intake, signed(new_id()))
    async with running(relaying(at(intake, "127.0.0.1:9"))) as [task]:
        await asyncio.sleep(0.5)
        assert not task.done()
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=10)
    assert done == {task}
    assert not await all_sent(intake)
    assert await lease.acquire(await intake.database.pool(), new_id()) is not None
