"""A batch of records takes effect on a real PostgreSQL: disorder, repeats, poison, stop facts (design: delivery)."""

from typing import Any
from uuid import UUID

import pytest

from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.events import Envelope
from shared.ids import new_id
from shared.messaging.batches import BatchWork
from shared.messaging.patience import Patience
from shared.messaging.records import Outgoing
from shared.messaging.streams import events_waiting
from tests.integration.messaging.kit import (
    CONSUMER,
    Journal,
    ReadRecord,
    Refused,
    caller,
    enveloped,
    order_revoked,
    outgoing,
    revoked,
    rows,
    signed,
)  # fmt: skip


async def parked(journal: Journal) -> list[tuple[UUID, int, str]]:
    query = "SELECT key, seq, reason FROM waiting WHERE why = 'parked' ORDER BY key, seq"
    return [(row["key"], row["seq"], row["reason"]) for row in await rows(journal.service, query)]


def with_header(event: Envelope, name: str, value: str | None) -> Outgoing:
    """The event's record with one header changed, or without it."""
    sent = outgoing(event)
    others = [(n, v) for n, v in sent.headers if n != name]
    return Outgoing(sent.key, sent.value, others if value is None else [*others, (name, value.encode())])


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
@pytest.mark.parametrize("batch", [1, 10])
async def test_whatever_the_order_and_the_repeats_each_takes_effect_once_in_order(
    journal: Journal, case: str, order: list[int], batch: int
) -> None:
    patient = new_id()
    events = {seq: enveloped(signed(patient), seq) for seq in (1, 2, 3)}
    for start in range(0, len(order), batch):
        await journal.receive(*(events[seq] for seq in order[start : start + batch]))
    assert await journal.effects(patient) == [1, 2, 3], case
    assert await journal.waiting() == []


async def test_poison_parks_that_patient_alone_and_what_follows_queues(journal: Journal) -> None:
    ill, well = new_id(), new_id()
    journal.refuse.add("poison")
    await journal.receive(
        enveloped(signed(ill, "poison"), 1), enveloped(signed(ill), 2),
        *(enveloped(signed(well), seq) for seq in (1, 2, 3)), enveloped(signed(ill), 3),
    )  # fmt: skip
    assert await journal.effects(ill) == []
    assert await journal.effects(well) == [1, 2, 3]
    assert await parked(journal) == [(ill, 1, "Refused")]
    assert await journal.waiting() == [(1, "parked"), (2, "queued"), (3, "queued")]


async def test_poison_that_comes_again_is_parked_once(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    poison = enveloped(signed(patient, "poison"), 1)
    await journal.receive(poison)
    await journal.receive(poison)
    assert await journal.waiting() == [(1, "parked")]


@pytest.mark.parametrize(
    ("case", "body", "kind", "reason"),
    [
        ("no JSON", b"{", "stillwater.intake.ConsentSigned.v1", "ValidationError"),
        ("empty", b"", "stillwater.intake.ConsentSigned.v1", "ValidationError"),
        ("a field is missing", b"{}", "stillwater.intake.ConsentSigned.v1", "ValidationError"),
        ("a newer major of a subscribed type", None, "stillwater.intake.ConsentSigned.v2", "NewerMajor"),
    ],
)
async def test_what_can_never_be_handled_parks(
    journal: Journal, case: str, body: bytes | None, kind: str, reason: str
) -> None:
    patient = new_id()
    bad = with_header(enveloped(signed(patient), 1, body=body), "ce_type", kind)
    await journal.receive(bad, enveloped(signed(patient), 2))
    assert await parked(journal) == [(patient, 1, reason)], case
    assert await journal.waiting() == [(1, "parked"), (2, "queued")]


async def test_types_that_nobody_subscribed_to_advance_the_stream_and_close_gaps(journal: Journal) -> None:
    """A known type without a handler, one that this code never heard of, and an older one behind a gap."""
    patient = new_id()
    await journal.receive(
        enveloped(order_revoked(patient), 1), enveloped(signed(patient), 4), enveloped(order_revoked(patient), 5),
        enveloped(order_revoked(patient), 2),
        with_header(enveloped(order_revoked(patient), 3), "ce_type", "stillwater.intake.NeverHeardOf.v7"),
        enveloped(signed(patient), 6),
    )  # fmt: skip
    assert await journal.effects(patient) == [4, 6]
    assert await journal.waiting() == []
    assert await journal.taken(patient) == 6


async def test_types_that_nobody_subscribed_to_do_not_queue(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(enveloped(signed(patient, "poison"), 1), enveloped(order_revoked(patient), 2))
    assert await journal.waiting() == [(1, "parked")]
    assert await journal.taken(patient) == 2


@pytest.mark.parametrize("damage", ["ce_id", "ce_type", "ce_partitionkey", "ce_sequence", "ce_organisationid"])
async def test_a_record_without_what_makes_it_an_event_goes_to_quarantine(journal: Journal, damage: str) -> None:
    patient = new_id()
    event = enveloped(signed(patient), 1)
    broken = with_header(event, damage, None)
    await journal.receive(broken, event, broken)
    await journal.receive(broken, event, broken)
    assert await journal.effects(patient) == [1]
    kept = await rows(journal.service, 'SELECT "offset", reason, value FROM quarantine ORDER BY "offset"')
    assert [(row["offset"], row["reason"]) for row in kept] == [(n, f"header {damage} is missing") for n in (0, 2)]
    assert {row["value"] for row in kept} == {broken.value}


@pytest.mark.parametrize(
    ("name", "value"),
    [("ce_source", "/stillwater/billing"), ("ce_sequence", "0"), ("ce_sequence", "one"), ("ce_partitionkey", "Ada")],
)
async def test_a_record_whose_headers_lie_goes_to_quarantine_and_touches_no_stream(
    journal: Journal, name: str, value: str
) -> None:
    await journal.receive(with_header(enveloped(signed(new_id()), 1), name, value))
    assert len(await rows(journal.service, "SELECT 1 FROM quarantine")) == 1
    assert await rows(journal.service, "SELECT 1 FROM stream") == []


async def test_a_stop_fact_behind_a_gap_applies_at_once_and_not_again(journal: Journal) -> None:
    """Log p1 p3o p4 p2 p3o p4: the stop fact takes effect second, and never again."""
    patient = new_id()
    p1, p2, p4 = (enveloped(signed(patient), seq) for seq in (1, 2, 4))
    p3 = enveloped(revoked(patient), 3)
    await journal.receive(p1, p3, p3, p4)
    assert await journal.effects(patient) == [1, 3]
    await journal.receive(p2, p3, p4)
    assert await journal.effects(patient) == [1, 3, 2, 4]
    assert await journal.waiting() == []


async def test_a_stop_fact_overtakes_a_parked_stream_and_is_not_queued(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(
        enveloped(signed(patient, "poison"), 1), enveloped(signed(patient), 2), enveloped(revoked(patient), 3),
        enveloped(signed(patient), 4),
    )  # fmt: skip
    assert await journal.effects(patient) == [3]
    assert await journal.waiting() == [(1, "parked"), (2, "queued"), (4, "queued")]


async def test_a_stop_fact_that_is_refused_behind_a_gap_is_tried_in_its_turn_and_parked(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(enveloped(revoked(patient, "poison"), 2))
    assert await journal.waiting() == [(2, "gap")]
    await journal.receive(enveloped(signed(patient), 1))
    assert await journal.effects(patient) == [1]
    assert await parked(journal) == [(patient, 2, "Refused")]


async def test_a_stop_fact_that_is_refused_on_a_parked_stream_waits_for_the_operator_as_well(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(enveloped(signed(patient, "poison"), 1), enveloped(revoked(patient, "poison"), 2))
    assert await journal.waiting() == [(1, "parked"), (2, "parked")]


async def test_a_missing_event_that_arrives_on_a_parked_stream_joins_the_queue_in_order(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(
        enveloped(signed(patient, "poison"), 1), enveloped(signed(patient), 3), enveloped(revoked(patient), 4),
        enveloped(signed(patient), 2),
    )  # fmt: skip
    assert await journal.waiting() == [(1, "parked"), (2, "queued"), (3, "queued")]
    assert await journal.effects(patient) == [4]
    assert await journal.taken(patient) == 4


async def test_a_stored_event_that_is_refused_in_its_turn_is_parked(journal: Journal) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(enveloped(signed(patient, "poison"), 2), enveloped(signed(patient), 3))
    await journal.receive(enveloped(signed(patient), 1))
    assert await journal.effects(patient) == [1]
    assert await journal.waiting() == [(2, "parked"), (3, "queued")]


async def test_what_a_refused_handler_wrote_and_emitted_is_gone(journal: Journal) -> None:
    patient = new_id()

    async def write_emit_and_refuse(uow: UnitOfWork, event: Any) -> None:
        await uow.sql("INSERT INTO effect (key, seq) VALUES ($1, 1)", patient)
        uow.emit(event, key=patient, subject=patient, clinic_id=None)
        raise Refused

    journal.before = write_emit_and_refuse
    await journal.receive(enveloped(signed(patient), 1))
    assert await journal.effects(patient) == []
    assert await rows(journal.service, "SELECT 1 FROM outbox") == []
    assert await journal.waiting() == [(1, "parked")]


@pytest.mark.parametrize(
    ("case", "arriving", "expected"),
    [
        ("all applied", [1, 2], False),
        ("one is parked", ["poison"], True),
        ("one is missing", [1, 3], True),
        ("the missing one came", [1, 3, 2], False),
    ],
)
async def test_commands_can_ask_whether_facts_about_a_patient_wait(
    journal: Journal, case: str, arriving: list[int | str], expected: bool
) -> None:
    patient = new_id()
    journal.refuse.add("poison")
    await journal.receive(
        *(enveloped(signed(patient, str(what)), what if isinstance(what, int) else 1) for what in arriving)
    )
    async with unit_of_work(journal.service, caller()) as uow:
        assert await events_waiting(uow, CONSUMER, patient) is expected, case
        assert await events_waiting(uow, CONSUMER, new_id()) is False
        assert await events_waiting(uow, "scheduling.timeline", patient) is False


async def test_work_that_is_stopped_ends_after_the_event_it_is_at(journal: Journal) -> None:
    patient = new_id()
    work = BatchWork(journal.subscriber(), Patience(journal.service.database))

    async def stop_at_two(_uow: object, event: object) -> None:
        if getattr(event, "version", 0) == 2:
            work.stop()

    journal.before = stop_at_two
    batch = [ReadRecord.of(enveloped(signed(patient, version=n), n), offset=10 + n) for n in (1, 2, 3)]
    await work.work_off(batch)
    assert await journal.effects(patient) == [1, 2]
    assert work.done == 13
