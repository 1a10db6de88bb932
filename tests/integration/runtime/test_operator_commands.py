"""Every operator's command as it is typed, in a process of its own, over HTTP, on a house with database and broker."""

import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from fastapi import APIRouter
from starlette.applications import Starlette
from starlette.routing import Mount

from services.intake.app import DEFINITION as INTAKE
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events import SERVICES, intake
from shared.ids import new_id
from shared.runtime.parts.broker import EmbeddedBroker
from shared.runtime.serve import Server, listen
from shared.service import Definition
from tests.integration.messaging.kit import eventually, speak_often
from tests.support.house import House, running
from tests.support.postgres import Postgres
from tests.support.typed import typed

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "Zqperson"
REFUSING = {"on": False}
STRANGER = """
INSERT INTO stranger (event_id, type, subject, key, seq, epoch, event_time, organisation_id, correlation_id, body)
VALUES ($1, 'stillwater.billing.InvoiceIssued.v1', 'invoice', $2, 1, 1, now(), $3, $1, '{}')
"""


async def on_revoked(uow: UnitOfWork, event: intake.OrderRevoked) -> None:
    if REFUSING["on"]:
        raise ValueError(SECRET)
    await uow.audit("update", "order", event.order_id, patient_id=event.patient_id)


BILLING = Definition("billing", APIRouter, {intake.OrderRevoked: on_revoked})
SILENT = [Definition(name, APIRouter, {}) for name in ("scheduling", "notifications")]


@dataclass
class Desk:
    """An operator at a terminal. `house` is what the commands reach at `url`."""

    house: House
    url: str
    folder: Path
    printed: list[str] = field(default_factory=list)

    async def type(self, *arguments: str, code: int = 0, role: str = "operator") -> str:
        """What a command prints; fails when it ends with another code."""
        number, token = len(self.printed), self.house.tokens.staff(role)
        self.printed.append("")
        output = self.folder / f"{number}.txt"
        ended = await typed([*arguments], {"STILLWATER_URL": self.url, "STILLWATER_TOKEN": token}, output)
        self.printed[number] = output.read_text()
        assert ended == code, self.printed[number]
        return self.printed[number]

    async def audited(self, service: str, resource: str) -> list[str]:
        """What operators' audit rows say they acted on."""
        rows = await self.house.rows(
            service, "SELECT resource_id FROM audit WHERE action = 'operate' AND resource = $1 ORDER BY at", resource
        )
        return [row["resource_id"] for row in rows]

    async def chained(self, service: str) -> bool:
        """Whether the worker has chained every audit row."""
        return not await self.house.rows(service, "SELECT 1 FROM audit WHERE number IS NULL")

    async def revoked(self, *, refusing: bool = False) -> UUID:
        """A patient whose order was revoked, which billing hears, or refuses."""
        REFUSING["on"], patient = refusing, new_id()
        event = intake.OrderRevoked(order_id=new_id(), patient_id=patient, version=1, revoked_at=wall_now())
        await self.house.publish("intake", event, key=patient)
        await self.house.settle()
        return patient


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    cluster = EmbeddedBroker()
    cluster.start()
    async with running([INTAKE, BILLING, *SILENT], postgres, cluster.bootstrap) as house:
        apps = {name: house.client(name)._transport.app for name in SERVICES}  # type: ignore[attr-defined]
        server = Server(Starlette(routes=[Mount(f"/{name}", app) for name, app in apps.items()]))
        with listen("127.0.0.1", 0) as listener:
            serving = asyncio.create_task(server.serve([listener]))
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield Desk(house, url, tmp_path_factory.mktemp("typed"))
            server.leave()
            await serving
    cluster.stop()
    gc.unfreeze()


async def test_lag_shows_every_service_consumer_and_relay(desk: Desk) -> None:
    await desk.revoked()
    shown = await desk.type("lag")
    lines = [line.split() for line in shown.splitlines()]
    assert {*SERVICES} <= {line[0] for line in lines if line}
    assert next(line for line in lines if line[:2] == ["billing.commands", "intake"])[2] == "0"
    for service in SERVICES:
        assert await desk.audited(service, "lag") == [service]


async def test_parked_events_are_listed_shown_retried_and_discarded(desk: Desk) -> None:
    assert await desk.type("parked", "list") == "nothing is parked\n"
    first, second, third = [str(await desk.revoked(refusing=True)) for _ in range(3)]
    listed = await desk.type("parked", "list")
    assert all(patient in listed for patient in (first, second, third))
    assert "ValueError" in listed
    assert "billing.commands/intake" in await desk.type("parked", "show", first)
    assert "refused it again with ValueError" in await desk.type("parked", "retry", first, code=1)
    REFUSING["on"] = False
    assert f"OrderRevoked of {first} at billing.commands/intake: applied" in await desk.type("parked", "retry", first)
    discarded = await desk.type("parked", "discard", second, "--reason", "DUPLICATE_RECORD")
    assert "discarded for ever" in discarded
    assert await desk.type("parked", "retry", "--type", "OrderRevoked") == "OrderRevoked: 1 applied\n"
    assert await desk.type("parked", "list") == "nothing is parked\n"
    assert "nothing is parked there" in await desk.type("parked", "retry", first, code=1)
    acted = {what: len(await desk.audited("billing", f"parked-event.{what}")) for what in ("retry", "discard")}
    assert acted == {"retry": 2, "discard": 1}
    assert await desk.audited("billing", "parked-events.show") == ["billing.commands/intake"]
    rows = await desk.house.rows("billing", "SELECT patient_id FROM audit WHERE resource = 'order'")
    assert {str(row["patient_id"]) for row in rows} >= {first, third}
    assert second not in {str(row["patient_id"]) for row in rows}


async def test_a_service_replays_to_all_or_to_one_consumer_that_hears_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak_often(monkeypatch)
    await desk.revoked()
    assert "sends" in await desk.type("replay", "intake")
    assert "to billing.commands alone" in await desk.type("replay", "intake", "--to", "billing.commands")
    wrong = await desk.type("replay", "intake", "--to", "billing.timeline", code=1)
    assert "no consumer 'billing.timeline' hears intake: use billing.commands, intake.timeline" in wrong
    assert "there is no service 'nowhere'" in await desk.type("replay", "nowhere", code=1)
    assert await desk.audited("intake", "replay") == ["intake", "intake to billing.commands"]
    await eventually(lambda: answered(desk))
    assert await desk.house.rows("billing", "SELECT FROM waiting") == []


async def answered(desk: Desk) -> bool:
    return await desk.house.rows("intake", "SELECT FROM service_state WHERE replay_asked_at IS NOT NULL") == []


async def test_a_read_model_is_rebuilt_and_the_progress_is_told(desk: Desk) -> None:
    patient = await desk.revoked()
    before = await desk.house.rows("intake", "SELECT * FROM timeline_entry ORDER BY event_id")
    await desk.house.rows("intake", "DELETE FROM timeline_entry WHERE patient_id = $1", patient)
    told = await desk.type("rebuild", "intake", "timeline")
    assert "1 mended (1 rows); 0 patients to come" in told
    assert await desk.house.rows("intake", "SELECT * FROM timeline_entry ORDER BY event_id") == before
    for name in ("worklist", "home"):
        assert "0 mended (0 rows); 0 patients to come" in await desk.type("rebuild", "intake", name)
    assert "billing has no read model 'timeline'" in await desk.type("rebuild", "billing", "timeline", code=1)
    assert await desk.audited("intake", "read-model.rebuild") == ["intake.timeline", "intake.worklist", "intake.home"]


async def test_a_held_service_is_shown_and_confirmed_once(desk: Desk) -> None:
    """As after a restore: with an event that was heard and that its database does not know."""
    stranger, organisation = new_id(), desk.house.clinic.organisation_id
    await desk.house.rows("billing", STRANGER, new_id(), stranger, organisation)
    await desk.house.rows("billing", "UPDATE service_state SET held_since = now()")
    shown = await desk.type("epoch", "show")
    assert "billing: epoch 1, HELD since" in shown
    assert str(stranger) in shown
    assert "intake: epoch 1, goes on" in shown
    assert "billing: epoch 2, goes on" in await desk.type("epoch", "confirm", "billing")
    assert "nothing to confirm" in (await desk.type("epoch", "confirm", "billing", code=1)).lower()
    assert await desk.audited("billing", "epoch") == ["billing"]


async def test_nobody_but_operators_may(desk: Desk) -> None:
    commands = ("lag", "parked list", "epoch show", "epoch confirm billing", "replay intake", "rebuild intake home")
    told = await asyncio.gather(*(desk.type(*one.split(), code=1, role="director") for one in commands))
    assert [one for one in told if "Roles: operator" not in one] == []


async def test_nothing_that_was_printed_says_what_a_person_said(desk: Desk) -> None:
    assert desk.printed
    assert [text for text in desk.printed if SECRET in text] == []


async def test_a_screening_is_replayed_from_what_is_stored(desk: Desk) -> None:
    client = desk.house.client("intake", desk.house.tokens.staff("frontdesk", "clinician"))
    patient = str(new_id())
    person = {
        "patient_id": patient, "clinic_id": str(desk.house.clinic.clinic_id), "legal_given_name": SECRET,
        "legal_family_name": SECRET, "birth_date": "1986-03-14", "sex_at_birth": "female",
    }  # fmt: skip
    (
        await client.post("/v1/patients", json=person, headers={"Idempotency-Key": f"person-{patient}"})
    ).raise_for_status()
    path, answers = f"/v1/patients/{patient}/questionnaires", {"answers": {"pregnant": "no"}}
    answered = await client.post(path, json=answers, headers={"Idempotency-Key": f"answers-{patient}"})
    screening = answered.json()["screening"]["id"]
    said = await desk.type("screening", "replay", screening, role="clinician")
    assert said.startswith("the same: decided by engine ")
    unknown = await desk.type("screening", "replay", str(new_id()), role="clinician", code=1)
    assert unknown.startswith("stillwater: intake: ")


async def test_the_audit_trail_is_verified_and_a_changed_row_is_named(desk: Desk) -> None:
    await desk.type("lag")
    await eventually(lambda: desk.chained("intake"))
    whole = await desk.type("audit", "verify")
    assert [line.split(":")[0] for line in whole.splitlines()] == [*SERVICES]
    assert "rows as they were written, until" in whole
    end = whole.splitlines()[0].split()[-1]
    assert "as they were written" in await desk.type("audit", "verify", "intake", "--noted", end)
    number = end.split(":")[0]
    refused = await desk.type("audit", "verify", "intake", "--noted", f"{number}:00", code=1)
    assert f"row {number} is not what was noted" in refused
    await desk.house.rows("intake", f"UPDATE audit SET resource_id = 'x' WHERE number = {number} RETURNING 1")
    assert f"intake: row {number} was edited" in await desk.type("audit", "verify", "intake", code=1)
    assert "NUMBER:DIGEST" in await desk.type("audit", "verify", "intake", "--noted", "12", code=1)
