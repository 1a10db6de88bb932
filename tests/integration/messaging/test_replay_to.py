"""A replay to one consumer: a new one ends where those are that were there from the start, and they take nothing."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest

from shared.db.unit_of_work import unit_of_work
from shared.ids import new_id
from shared.messaging import relay, replays
from shared.messaging.records import Outgoing
from shared.runtime.parts.broker import EmbeddedBroker
from shared.service import Service
from tests.integration.messaging.kit import (
    EFFECTS,
    Journal,
    caller,
    consuming,
    emit,
    enveloped,
    eventually,
    outgoing,
    relaying,
    rows,
    running,
    signed,
    speak_often,
)  # fmt: skip

LATE = "billing.commands"
_TAKEN = "SELECT event_id, type, key, seq, document FROM effect ORDER BY key, seq"


@pytest.fixture
def new_broker() -> Iterator[str]:
    cluster = EmbeddedBroker()
    cluster.start()
    yield cluster.bootstrap
    cluster.stop()


@pytest.fixture
async def newcomer(fresh_service: Callable[..., Awaitable[Service]], intake: Service, new_broker: str) -> Journal:
    """Handlers of a service that begins to listen when the topic holds nothing of the past any more."""
    service = await fresh_service("billing", kafka=new_broker)
    await rows(service, EFFECTS)
    return Journal(service)


async def relayed(service: Service, *others: object) -> None:
    async with running(relaying(service), *others):  # type: ignore[arg-type]
        await eventually(lambda: nothing_left(service))


async def nothing_left(service: Service) -> bool:
    unsent = await rows(service, "SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1")
    return [*unsent, *await rows(service, "SELECT 1 FROM service_state WHERE replay_asked_at IS NOT NULL")] == []


async def ask(service: Service, to: str | None) -> None:
    async with unit_of_work(service, caller()) as uow:
        await replays.ask(uow, to)


def renewed(journal: Journal, broker: str) -> Journal:
    settings = journal.service.settings.model_copy(update={"kafka": broker})
    return replace(journal, service=replace(journal.service, settings=settings))


async def test_a_consumer_that_comes_late_ends_where_the_others_are_and_is_fed_alone(
    intake: Service, journal: Journal, newcomer: Journal, new_broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The topic lost what is older than 14 days. One who was there lost a stream, and would take what is not for it."""
    monkeypatch.setattr(relay, "BATCH_ROWS", 7)
    speak_often(monkeypatch)
    patients = [new_id() for _ in range(5)]
    for _ in range(4):
        await emit(intake, *(signed(patient) for patient in patients))
    async with running(relaying(intake), consuming(journal)):
        await eventually(lambda: reached(journal, 20))
    before = await rows(journal.service, _TAKEN)
    await rows(intake, "UPDATE outbox SET sent_at = sent_at - interval '30 days'")
    await emit(intake, *(signed(patient) for patient in patients))
    source, early = at(intake, new_broker), renewed(journal, new_broker)
    await rows(intake, "UPDATE outbox SET sent_at = clock_timestamp() WHERE id = 20")
    async with running(relaying(source), consuming(early), consuming(newcomer, LATE)):
        await eventually(lambda: reached(early, 25))
        assert len(await rows(newcomer.service, _TAKEN)) < 25
        await rows(journal.service, "DELETE FROM stream WHERE key = $1", patients[0])
        await ask(source, LATE)
        await eventually(lambda: reached(newcomer, 25))
        await eventually(lambda: nothing_left(source))
    taken = await rows(early.service, _TAKEN)
    assert await rows(newcomer.service, _TAKEN) == taken
    assert [one for one in taken if one["seq"] <= 4] == before
    assert await rows(newcomer.service, "SELECT 1 FROM waiting") == []
    assert await rows(journal.service, "SELECT 1 FROM stream WHERE key = $1", patients[0]) == []


def at(service: Service, broker: str) -> Service:
    return replace(service, settings=service.settings.model_copy(update={"kafka": broker}))


async def reached(journal: Journal, count: int) -> bool:
    return len(await rows(journal.service, "SELECT 1 FROM effect")) >= count


async def test_what_is_new_does_not_wait_behind_an_archive(
    intake: Service, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, late = new_id(), new_id()
    await emit(intake, *(signed(patient) for _ in range(30)))
    await relayed(intake)
    monkeypatch.setattr(relay, "BATCH_ROWS", 1)
    sent, send = list[str](), relay.ProducerSession.send

    async def watched(self: relay.ProducerSession, records: list[Outgoing]) -> object:
        sent.extend(record.key.decode() for record in records if record.key)
        if len(sent) == 50:
            await emit(intake, signed(late))
        return await send(self, records)

    monkeypatch.setattr(relay.ProducerSession, "send", watched)
    await ask(intake, None)
    await relayed(intake)
    assert sent.count(str(patient)) == 60
    assert str(late) in sent
    assert sent[-1] == str(patient)


async def test_two_replays_asked_for_at_once_are_for_whom_both_were(intake: Service) -> None:
    for first, second, both in ((LATE, LATE, LATE), (LATE, None, None), (None, LATE, None), (LATE, "a.b", None)):
        await rows(intake, "UPDATE service_state SET replay_asked_at = NULL")
        await ask(intake, first)
        await ask(intake, second)
        [state] = await rows(intake, "SELECT replay_to FROM service_state")
        assert state["replay_to"] == both, (first, second)
    await rows(intake, "UPDATE service_state SET replay_asked_at = NULL, replay_to = NULL")


@pytest.mark.parametrize(("to", "hears"), [(None, True), ("scheduling.commands", True), (LATE, False)])
async def test_a_copy_for_one_consumer_is_taken_by_no_other(journal: Journal, to: str | None, hears: bool) -> None:
    patient = new_id()
    await journal.receive(replays.addressed(outgoing(enveloped(signed(patient), 1)), to))
    assert await journal.effects(patient) == ([1] if hears else [])
    assert await journal.taken(patient) == hears
