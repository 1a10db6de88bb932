"""Two versions at work beside each other that differ by one optional field (design: events)."""

import asyncio
import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest

from shared.events import SERVICES
from shared.ids import new_id
from tests.faults.failpoints import GROWN, NEW_FIELD
from tests.faults.fleet import READY_SECONDS, Member
from tests.faults.profile import PROFILE, beyond_short
from tests.faults.scenarios.telling import Telling, telling
from tests.faults.world import World

pytestmark = pytest.mark.timeout(600)
SKEWS = {"all old": (), "new producer": ("intake",), "new consumers": ("scheduling", "notifications", "billing")}
PATIENTS = 3  # whose acts are the same under each skew
_WITH_FIELD = "SELECT count(*) FROM outbox WHERE key = ANY($1) AND convert_from(body, 'UTF8') LIKE '%' || $2 || '%'"
_TABLES = (
    "SELECT table_name FROM information_schema.columns WHERE column_name = 'patient_id' AND table_schema = 'public'"
)
_ROWS = 'SELECT to_jsonb(t) AS row FROM "{}" t WHERE patient_id = $1'
_SAME = (
    "state",
    "version",
    "document",
    "kind",
    "type",
    "action",
    "resource",
)  # the rest are ids, times and sealed text


@beyond_short
async def test_versions_that_differ_by_an_optional_field_end_in_the_same_state(house: World) -> None:
    async with telling("schema skew: one optional field", house, PROFILE.part(8), PROFILE.events) as told:
        states: dict[str, list[Any]] = {}
        for name, new in SKEWS.items():
            await _deploy(house, new)
            await told.under_load()
            patients = [await _live(told) for _ in range(PATIENTS)]
            await house.rest()
            told.more[name] = await house.value("intake", _WITH_FIELD, patients, NEW_FIELD)
            states[name] = [await _state(house, patient) for patient in patients]
        await _deploy(house, ())
    first = states["all old"][0]
    assert first["scheduling.consent"]
    assert all(state == first for found in states.values() for state in found)
    assert [told.more[name] for name in SKEWS] == [0, 2 * PATIENTS, 0]


async def _deploy(house: World, new: Collection[str]) -> None:
    """Replace the processes whose version is to change, as a deployment does: they end, others start."""

    async def replace(member: Member) -> None:
        await asyncio.to_thread(member.end, READY_SECONDS)
        member.start(GROWN if member.role.service in new else None)

    await asyncio.gather(*(replace(member) for member in house.fleet.of()))
    await house.fleet.ready(house.fleet.of())


async def _live(told: Telling) -> UUID:
    """A patient who signs twice, revokes one of them and withdraws a consent to be written to."""
    patient, consents = new_id(), [str(new_id()), str(new_id())]
    told.load.keys.append(patient)
    registration = told.load.registration(patient)
    assert (await told.act("intake", "/v1/patients", registration)).is_success
    for consent in consents:
        body = {"consent_id": consent, "document": "IV_TREATMENT", "document_version": "2026-10"}
        assert (await told.act("intake", f"/v1/patients/{patient}/consents", body)).is_success
    await told.act("intake", f"/v1/consents/{consents[0]}/revoke", {}, {"If-Match": '"1"'})
    act = {"channel": "SMS", "purpose": "MARKETING", "granted": False, "wording_version": "load"}
    await told.act("intake", f"/v1/patients/{patient}/contact-consents", {"consents": [act]})
    return patient


async def _state(house: World, patient: UUID) -> dict[str, list[Any]]:
    """What the four databases say of a patient, table by table, without what differs between any two patients."""
    found: dict[str, list[Any]] = {}
    for name in SERVICES:
        async with house.connected(name) as connection:
            for table in sorted(row["table_name"] for row in await connection.fetch(_TABLES)):
                rows = [row["row"] for row in await connection.fetch(_ROWS.format(table), patient)]
                found[f"{name}.{table}"] = sorted(_common(row) for row in rows)
    return found


def _common(row: str) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in json.loads(row).items() if name in _SAME)
