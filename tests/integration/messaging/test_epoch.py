"""A producer whose database was restored from an older backup (design: events, one topic beyond the outbox)."""

import json
from uuid import UUID

import pytest

from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.events import topic_of
from shared.ids import new_id
from shared.messaging import epoch, replays
from shared.messaging.epoch import NOT_HELD, Epoch
from shared.messaging.outbox import LEAP
from shared.problems import Problem
from shared.service import Service
from tests.integration.messaging.kit import (
    ORGANISATION,
    Journal,
    consuming,
    count_log,
    emit,
    enveloped,
    eventually,
    read_log,
    relaying,
    rows,
    running,
    send,
    signed,
    speak_often,
)  # fmt: skip

INTAKE = topic_of("intake")
OPERATOR = Caller("staff", "operator-1", ORGANISATION)


async def shown(service: Service) -> Epoch:
    async with unit_of_work(service, OPERATOR) as uow:
        return await epoch.show(uow)


async def confirmed(service: Service) -> Epoch:
    async with unit_of_work(service, OPERATOR) as uow:
        return await epoch.confirm(uow)


async def all_sent(service: Service) -> bool:
    return await rows(service, "SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1") == []


async def is_held(service: Service) -> bool:
    return (await shown(service)).held_since is not None


async def restored(service: Service, patient: UUID) -> None:
    """Four events were said; the backup knows two of them, and what the relay knew then."""
    await emit(service, signed(patient), signed(patient))
    async with running(relaying(service)):
        await eventually(lambda: all_sent(service))
    backup = await rows(service, "SELECT * FROM relay_partition")
    await emit(service, signed(patient), signed(patient))
    async with running(relaying(service)):
        await eventually(lambda: all_sent(service))
    await rows(service, "DELETE FROM outbox WHERE seq > 2")
    await rows(service, "UPDATE outbox_stream SET last_seq = 2")
    for row in backup:
        await rows(
            service, "UPDATE relay_partition SET last_offset = $2 WHERE partition = $1", row["partition"],
            row["last_offset"],
        )  # fmt: skip


async def test_a_producer_that_knows_less_than_its_topic_is_held_and_says_nothing(intake: Service) -> None:
    patient = new_id()
    await restored(intake, patient)
    said = await count_log(intake, INTAKE)
    await emit(intake, signed(patient))
    async with running(relaying(intake)):
        await eventually(lambda: is_held(intake))
    assert await count_log(intake, INTAKE) == said
    assert not await all_sent(intake)
    found = await shown(intake)
    assert [(one.key, one.sequence) for one in found.strangers] == [(patient, 3), (patient, 4)]
    assert found.epoch == 1


async def test_after_a_confirmation_numbers_go_on_behind_what_was_heard_and_consumers_follow(
    intake: Service, journal: Journal
) -> None:
    """The consumer has taken all four events of the time before, and takes the new one as the fifth."""
    patient, other = new_id(), new_id()
    await restored(intake, patient)
    await emit(intake, signed(patient, "after the restore"), signed(other))
    async with running(relaying(intake), consuming(journal)):
        await eventually(lambda: is_held(intake))
        after = await confirmed(intake)
        assert (after.epoch, after.held_since) == (2, None)
        assert all(one.taken_over_at for one in after.strangers)

        async def heard() -> bool:
            return await journal.effects(patient) == [1, 2, 3, 4, 5] and await journal.effects(other) == [1]

        await eventually(heard)
        await emit(intake, signed(patient))
        await eventually(lambda: all_sent(intake))
    written = await rows(intake, "SELECT seq, epoch FROM outbox WHERE key = $1 ORDER BY seq", patient)
    assert [(row["seq"], row["epoch"]) for row in written] == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (6, 2)]
    [stream] = await rows(intake, "SELECT last_seq FROM outbox_stream WHERE key = $1", patient)
    assert stream["last_seq"] == 6


async def test_what_is_said_from_then_on_is_newer_than_all_that_strangers_told(intake: Service) -> None:
    """Consumers keep the higher version of a thing: a fact of now must not lose against one that is gone."""
    patient, other = new_id(), new_id()
    await restored(intake, patient)
    await emit(intake, signed(patient, version=3), signed(other, version=3))
    async with running(relaying(intake)):
        await eventually(lambda: is_held(intake))
        await confirmed(intake)
        await emit(intake, signed(patient, version=4), signed(other, version=4))
        await eventually(lambda: all_sent(intake))
    everything = await read_log(intake, INTAKE, await count_log(intake, INTAKE))
    log = {(event.key, event.sequence): event for event in everything}
    versions = {place: json.loads(event.body)["version"] for place, event in log.items()}
    assert {seq: version for (key, seq), version in versions.items() if key == patient} == {
        1: 1, 2: 1, 3: 1, 4: 1, 5: LEAP + 3, 6: LEAP + 4,
    }  # fmt: skip
    assert {seq: version for (key, seq), version in versions.items() if key == other} == {1: 3, 2: LEAP + 4}


async def test_strangers_of_a_patient_whom_the_backup_does_not_know_are_taken_over_too(intake: Service) -> None:
    patient = new_id()
    await send(intake, INTAKE, *(enveloped(signed(patient), seq) for seq in (1, 2, 3)))
    async with running(relaying(intake)):
        await eventually(lambda: is_held(intake))
        await confirmed(intake)
        await emit(intake, signed(patient))
        await eventually(lambda: all_sent(intake))
    log = [event for event in await read_log(intake, INTAKE, await count_log(intake, INTAKE)) if event.epoch == 2]
    assert {event.sequence for event in log} == {4}


async def test_what_the_relay_had_sent_but_not_marked_is_no_stranger(intake: Service) -> None:
    patient = new_id()
    await emit(intake, signed(patient), signed(patient))
    async with running(relaying(intake)):
        await eventually(lambda: all_sent(intake))
    await rows(intake, "UPDATE outbox SET sent_at = NULL WHERE seq = 2")
    await rows(intake, "DELETE FROM relay_partition")
    async with running(relaying(intake)):
        await eventually(lambda: all_sent(intake))
    assert not await is_held(intake)


async def test_only_a_held_producer_is_confirmed(intake: Service) -> None:
    with pytest.raises(Problem) as refused:
        await confirmed(intake)
    assert refused.value.kind is NOT_HELD
    assert (await shown(intake)).epoch == 1


async def test_a_gap_is_held_until_the_producer_sends_everything_again(
    intake: Service, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of three were sent so long ago that the topic does not hold them any more."""
    speak_often(monkeypatch)
    patient, other = new_id(), new_id()
    await emit(intake, *(signed(patient) for _ in range(3)), signed(other))
    await rows(intake, "UPDATE outbox SET sent_at = now() - interval '30 days' WHERE key = $1 AND seq < 3", patient)
    await rows(intake, "UPDATE outbox SET sent_at = now() WHERE key = $1", other)

    async def held() -> bool:
        return await journal.waiting() == [(3, "gap")]

    async def healed() -> bool:
        return await journal.effects(patient) == [1, 2, 3] and await journal.waiting() == []

    async def answered() -> bool:
        return await rows(intake, "SELECT 1 FROM service_state WHERE replay_asked_at IS NOT NULL") == []

    async with running(relaying(intake), consuming(journal)):
        await eventually(held)
        assert await journal.effects(patient) == []
        async with unit_of_work(intake, OPERATOR) as uow:
            await replays.ask(uow)
        await emit(intake, signed(new_id()))
        await eventually(healed)
        await eventually(answered)
    assert await journal.effects(patient) == [1, 2, 3]
