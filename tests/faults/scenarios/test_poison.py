"""Poison: what can never take effect keeps back its own patient alone, and goes when an operator says so."""

import asyncio
from uuid import UUID

import pytest
from confluent_kafka import Producer

from shared.clock import wall_now
from shared.events import Envelope, topic_of
from shared.events.intake import ConsentSigned, PatientRegistered
from shared.ids import new_id
from tests.faults.checker import Verdict
from tests.faults.failpoints import REFUSING
from tests.faults.profile import PROFILE
from tests.faults.scenarios.operating import PARKED, once, operator, place, retry_all
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World, hears

pytestmark = pytest.mark.timeout(420)
SCHEDULING = "scheduling.commands"
_REASONS = "SELECT key, reason FROM waiting WHERE why = 'parked' AND key = ANY($1) AND consumer = 'scheduling.commands'"
_SIGNED = "SELECT count(*) FROM consent WHERE patient_id = $1"
_PUT_AWAY = 'SELECT count(DISTINCT (topic, partition, "offset")) FROM quarantine'
_HELD = "SELECT count(*) FROM waiting WHERE consumer = 'scheduling.commands' AND why = 'parked' AND reason = 'Refused'"


async def test_a_handler_that_refuses_keeps_back_its_patients_until_it_is_mended_and_retried(house: World) -> None:
    async with telling("poison: a handler refuses, retry", house, PROFILE.part(4), PROFILE.events) as told:
        await told.under_load(_refuse(told))
        await house.fleet.restore()
        told.more["retried"] = await retry_all(house)
    assert told.judged == Verdict()
    assert told.more["retried"]
    assert await house.value("scheduling", _HELD) == 0


async def _refuse(told: Telling) -> None:
    """Scheduling refuses signatures for a while; then its workers are replaced by sound ones."""
    workers = told.world.fleet.of("scheduling", "worker")
    for worker in workers:
        worker.kill()
    workers[0].start(REFUSING)
    async with asyncio.timeout(120):
        while await told.world.value("scheduling", _HELD) < 3:  # noqa: ASYNC110 -- a database sets no Event
            await asyncio.sleep(0.1)
    workers[0].kill()
    for worker in workers:
        worker.start()


async def test_records_that_can_never_be_read_are_parked_or_put_away_and_what_follows_goes_on_after_discard(
    house: World,
) -> None:
    async with telling("poison: unreadable records, discard", house, PROFILE.part(4), PROFILE.events) as told:
        broken, newer, large = (new_id() for _ in range(3))
        await told.under_load(_poison(told, broken, newer, large))
        await told.recover()
        async with house.connected("scheduling") as connection:
            reasons = {row["key"]: row["reason"] for row in await connection.fetch(_REASONS, [broken, newer, large])}
        assert reasons == {broken: "ValidationError", newer: "NewerMajor", large: "ValidationError"}
        assert await house.value("scheduling", _SIGNED, broken) == 0
        await _discard(told, {broken, newer, large})
        await house.rest()
    assert await house.value("scheduling", _SIGNED, broken) == 2
    assert await house.value("scheduling", _PUT_AWAY) == 1


async def _poison(told: Telling, broken: UUID, newer: UUID, large: UUID) -> None:
    """Put on intake's topic what intake would never say: no JSON, a major to come, a megabyte, no headers."""
    records = [
        _envelope(told.world, broken, 1, PatientRegistered.type, b"no JSON"),
        _envelope(told.world, broken, 2, ConsentSigned.type, _signature(broken)),
        _envelope(told.world, broken, 3, ConsentSigned.type, _signature(broken)),
        _envelope(told.world, newer, 1, PatientRegistered.type.replace(".v1", ".v2"), b"{}"),
        _envelope(told.world, large, 1, PatientRegistered.type, b'"' + b"x" * 1_000_000 + b'"'),
    ]
    for consumer, producers in hears().items():
        if "intake" in producers:
            told.world.foreign[consumer, "intake"] = told.world.foreign.get((consumer, "intake"), 0) + len(records)
    producer = Producer({"bootstrap.servers": told.world.ground.bootstrap, "message.max.bytes": 1_048_576})
    for one in records:
        producer.produce(topic_of("intake"), one.body, str(one.key), headers=one.headers(), partition=0)
    producer.produce(topic_of("intake"), b"{}", str(broken), headers=[("ce_id", b"none")], partition=0)
    assert await asyncio.to_thread(producer.flush, 60) == 0


def _signature(patient: UUID) -> bytes:
    signed = ConsentSigned(
        consent_id=new_id(), patient_id=patient, version=1, document="IV_TREATMENT", document_version="1",
        signed_at=wall_now(), valid_until=wall_now(),
    )  # fmt: skip
    return signed.model_dump_json().encode()


def _envelope(world: World, key: UUID, seq: int, kind: str, body: bytes) -> Envelope:
    return Envelope(
        id=new_id(), type=kind, service="intake", subject=str(key), time=wall_now(), key=key, sequence=seq, epoch=1,
        organisation_id=world.clinic.organisation_id, clinic_id=world.clinic.clinic_id, correlation_id=new_id(),
        causation_id=None, traceparent=None, body=body,
    )  # fmt: skip


async def _discard(told: Telling, keys: set[UUID]) -> None:
    """What never can take effect is given up, in every service that parked it."""
    for service in ("intake", "scheduling", "notifications", "billing"):
        async with operator(told.world, service) as http:
            for head in (await http.get(PARKED)).json()["items"]:
                if UUID(head["key"]) in keys:
                    url, body = f"{PARKED}/{place(head)}/discard", {"reason": "UNREADABLE"}
                    answer = await http.post(url, json=body, headers=once())
                    assert answer.status_code == 200, answer.text
