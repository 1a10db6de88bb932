"""What an operator does with parked events, and what arrives meanwhile (design: delivery)."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.caller import Caller
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.messaging import applying, parking, streams
from shared.messaging.parking import STILL_REFUSED
from shared.messaging.partitions import partition_of
from shared.problems import NOT_FOUND, Problem
from tests.integration.messaging.kit import (
    CONSUMER,
    ORGANISATION,
    Journal,
    consuming,
    enveloped,
    eventually,
    revoked,
    rows,
    running,
    signed,
    until_blocked,
)  # fmt: skip

OPERATOR = Caller("staff", "operator", ORGANISATION)
ELSEWHERE = Caller("staff", "operator", new_id())


async def retry(journal: Journal, key: UUID, by: Caller = OPERATOR) -> None:
    await parking.retry(journal.service, CONSUMER, "intake", key, subscriptions=journal.subscriptions, caller=by)


async def discard(journal: Journal, key: UUID, by: Caller = OPERATOR) -> None:
    await parking.discard(journal.service, CONSUMER, "intake", key, reason="WRONG_PATIENT", caller=by)


async def is_parked(journal: Journal, key: UUID) -> bool:
    query = "SELECT 1 FROM stream WHERE key = $1 AND parked_since IS NOT NULL"
    return bool(await rows(journal.service, query, key))


@pytest.fixture
async def patient(journal: Journal) -> UUID:
    """A patient whose first event is parked and whose second queues."""
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(enveloped(signed(patient, "poison"), 1), enveloped(signed(patient), 2))
    return patient


async def test_the_list_names_the_head_its_reason_and_how_many_queue(journal: Journal, patient: UUID) -> None:
    [found] = await parking.list_parked(journal.service, ORGANISATION)
    assert (found.consumer, found.producer, found.key, found.sequence) == (CONSUMER, "intake", patient, 1)
    assert (found.type, found.reason, found.behind) == ("stillwater.intake.ConsentSigned.v1", "Refused", 1)
    assert await parking.list_parked(journal.service) == [found]
    assert await parking.list_parked(journal.service, ELSEWHERE.organisation_id) == []


async def test_after_a_repair_retry_applies_the_head_and_the_worker_the_rest(journal: Journal, patient: UUID) -> None:
    journal.refuse.clear()
    await retry(journal, patient)
    assert await journal.effects(patient) == [1]
    assert await is_parked(journal, patient)
    await journal.go_on(patient)
    assert await journal.effects(patient) == [1, 2]
    assert not await is_parked(journal, patient)
    await journal.receive(enveloped(signed(patient), 3))
    assert await journal.effects(patient) == [1, 2, 3]


async def test_a_running_worker_goes_on_by_itself(journal: Journal, patient: UUID) -> None:
    journal.refuse.clear()

    async def all_applied() -> bool:
        return await journal.effects(patient) == [1, 2]

    async with running(consuming(journal)):
        await retry(journal, patient)
        await eventually(all_applied)
    assert not await is_parked(journal, patient)


async def test_a_retry_that_is_refused_again_keeps_its_place_and_the_new_reason(
    journal: Journal, patient: UUID
) -> None:
    async def other_trouble(_uow: UnitOfWork, _event: Any) -> None:
        raise ZeroDivisionError("of a named patient")

    journal.before = other_trouble
    with pytest.raises(Problem) as refused:
        await retry(journal, patient)
    assert refused.value.kind is STILL_REFUSED
    assert refused.value.params == {"reason": "ZeroDivisionError"}
    [found] = await parking.list_parked(journal.service)
    assert (found.sequence, found.reason, found.behind) == (1, "ZeroDivisionError", 1)
    await journal.go_on(patient)
    assert await journal.effects(patient) == []


async def test_transient_trouble_in_a_retry_changes_nothing(journal: Journal, patient: UUID) -> None:
    async def deadlock(_uow: UnitOfWork, _event: Any) -> None:
        raise asyncpg.DeadlockDetectedError

    journal.before = deadlock
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await retry(journal, patient)
    [found] = await parking.list_parked(journal.service)
    assert (found.reason, found.behind) == ("Refused", 1)


async def test_a_queued_event_that_is_refused_in_its_turn_waits_for_the_operator_as_the_new_head(
    journal: Journal, patient: UUID
) -> None:
    journal.refuse = {"ketamine"}
    await retry(journal, patient)
    await journal.go_on(patient)
    assert await journal.effects(patient) == [1]
    assert await journal.waiting() == [(2, "parked")]
    assert await is_parked(journal, patient)


async def test_discard_gives_up_the_head_and_the_worker_applies_the_rest(journal: Journal, patient: UUID) -> None:
    await discard(journal, patient)
    await journal.go_on(patient)
    assert await journal.effects(patient) == [2]
    assert not await is_parked(journal, patient)
    assert await journal.waiting() == []


async def test_discarding_the_last_one_ends_the_parking(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(enveloped(signed(patient, "poison"), 1))
    await discard(journal, patient)
    assert not await is_parked(journal, patient)
    await journal.receive(enveloped(signed(patient, "poison"), 1), enveloped(signed(patient), 2))
    assert await journal.effects(patient) == [2]


async def test_an_event_behind_a_gap_does_not_keep_a_patient_parked(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(enveloped(signed(patient, "poison"), 1), enveloped(signed(patient), 3))
    await discard(journal, patient)
    assert not await is_parked(journal, patient)
    await journal.receive(enveloped(signed(patient), 2))
    assert await journal.effects(patient) == [2, 3]


async def test_an_operator_leaves_a_trace_without_personal_data(journal: Journal, patient: UUID) -> None:
    journal.refuse.clear()
    await retry(journal, patient)
    await discard(journal, patient)
    found = await rows(journal.service, "SELECT actor, resource, reason, patient_id FROM audit ORDER BY at")
    assert [(row["actor"], row["resource"], row["reason"]) for row in found] == [
        ("operator", "parked-event.retry", None), ("operator", "parked-event.discard", "WRONG_PATIENT"),
    ]  # fmt: skip
    assert {row["patient_id"] for row in found} == {patient}


@pytest.mark.parametrize("act", [retry, discard])
async def test_another_organisations_parked_event_is_not_found(journal: Journal, patient: UUID, act: Any) -> None:
    journal.refuse.clear()
    with pytest.raises(Problem) as refused:
        await act(journal, patient, ELSEWHERE)
    assert refused.value.kind is NOT_FOUND
    assert await journal.waiting() == [(1, "parked"), (2, "queued")]


@pytest.mark.parametrize("act", [retry, discard])
async def test_nothing_parked_is_not_found(journal: Journal, act: Any) -> None:
    patient = new_id()
    await journal.receive(enveloped(signed(patient), 1), enveloped(signed(patient), 3))
    with pytest.raises(Problem) as refused:
        await act(journal, patient)
    assert refused.value.kind is NOT_FOUND
    assert await journal.waiting() == [(3, "gap")]


async def test_of_two_operators_who_retry_at_once_one_applies_it(journal: Journal, patient: UUID) -> None:
    journal.refuse.clear()
    outcomes = await asyncio.gather(retry(journal, patient), retry(journal, patient), return_exceptions=True)
    assert [outcome is None for outcome in outcomes].count(True) >= 1
    await journal.go_on(patient)
    assert await journal.effects(patient) == [1, 2]


async def test_an_event_that_arrives_before_a_retry_ends_is_not_stranded(journal: Journal) -> None:
    """The arrival took first and queued; the retry, which waited for the row, must see it in the queue."""
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(enveloped(signed(patient, "poison"), 1))
    journal.refuse.clear()
    pool = await journal.service.database.pool()
    async with pool.acquire() as connection, connection.transaction():
        taken = await connection.fetchrow(streams._TAKE, CONSUMER, "intake", patient, 2, partition_of(patient), 0)
        assert (taken["next"], taken["parked"]) == (True, True)
        retrying = asyncio.create_task(retry(journal, patient))
        await until_blocked(journal.service)
        await connection.execute(
            "INSERT INTO waiting SELECT consumer, producer, key, 2, $1, type, headers, body, 'queued'"
            " FROM waiting WHERE key = $2", new_id(), patient,
        )  # fmt: skip
    await retrying
    assert await journal.waiting() == [(2, "queued")]
    assert await is_parked(journal, patient)


async def test_an_event_that_arrives_while_a_retry_applies_waits_and_then_takes_effect_after_it(
    journal: Journal,
) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(enveloped(signed(patient, "poison"), 1))
    journal.refuse.clear()
    arriving: list[asyncio.Task[None]] = []

    async def arrive_meanwhile(_uow: UnitOfWork, event: Any) -> None:
        if event.document == "poison":
            arriving.append(asyncio.create_task(journal.receive(enveloped(signed(patient), 2))))
            await until_blocked(journal.service)

    journal.before = arrive_meanwhile
    await retry(journal, patient)
    await arriving[0]
    assert await journal.effects(patient) == [1, 2]
    assert await journal.waiting() == []
    assert not await is_parked(journal, patient)


async def test_a_stop_fact_that_overtook_is_not_applied_again_by_a_retry(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(
        enveloped(signed(patient, "poison"), 1), enveloped(revoked(patient), 3), enveloped(signed(patient), 2)
    )
    journal.refuse.clear()
    await retry(journal, patient)
    await journal.go_on(patient)
    assert await journal.effects(patient) == [3, 1, 2]
    assert await journal.waiting() == []


async def test_parking_waits_for_another_member_that_is_applying_and_then_leaves_it_alone(journal: Journal) -> None:
    """This member's handler failed; before it parks, the event took effect through another one."""
    patient = new_id()
    event = enveloped(signed(patient), 1)
    healthy = Journal(journal.service)

    async def lose_the_race(_uow: UnitOfWork, _event: Any) -> None:
        raise ZeroDivisionError

    journal.before = lose_the_race
    with pytest.raises(ZeroDivisionError):
        await applying.deliver(journal.subscriber(), event)
    await healthy.receive(event)
    await applying.park(journal.subscriber(), event, "ZeroDivisionError")
    assert await journal.effects(patient) == [1]
    assert await journal.waiting() == []
    assert not await is_parked(journal, patient)
