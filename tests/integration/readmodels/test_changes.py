"""Live updates over HTTP: who sees what, what a client that was away is told, and streams over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter

from shared.auth.dev_issuer import DevIssuer
from shared.auth.issuer import PatientIssuer
from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.http import changestream
from shared.ids import new_id
from shared.runtime.app import build_app
from shared.runtime.numbering import number
from shared.runtime.prune import forget_changes
from shared.runtime.secrets import Secrets
from shared.runtime.serve import Server, listen
from shared.service import Definition, Service
from tests.conftest import SettingsFor
from tests.support.streamed import Told, events_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

ORGANISATION, CLINIC, ELSEWHERE, PATIENT = new_id(), new_id(), new_id(), new_id()


@dataclass
class Feed:
    """A service over a real socket, somebody who changes things in it, and its clients."""

    service: Service
    http: httpx.AsyncClient
    staff: DevIssuer
    patients: PatientIssuer

    def nurse(self, clinic: UUID = CLINIC, organisation: UUID = ORGANISATION) -> str:
        return self.staff.issue("nurse-1", organisation, [(clinic, "nurse")]).token

    def patient(self, patient_id: UUID = PATIENT) -> str:
        return self.patients.issue(patient_id, ORGANISATION).token

    async def change(
        self, name: str, clinic: UUID | None = CLINIC, patient: UUID | None = PATIENT, organisation: UUID = ORGANISATION
    ) -> None:
        await self.written(name, clinic, patient, organisation)
        await number(self.service)

    async def written(
        self, name: str, clinic: UUID | None = CLINIC, patient: UUID | None = PATIENT, organisation: UUID = ORGANISATION
    ) -> None:
        """A change that no worker has numbered."""
        async with unit_of_work(self.service, Caller("service", "billing", organisation)) as uow:
            await uow.audit("update", "thing", name, clinic_id=clinic, patient_id=patient, version=3)

    async def get(self, token: str | None = None, **query: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.nurse()}"}
        return await self.http.get("/v1/changes", params=query, headers=headers)

    async def names(self, token: str | None = None, **query: Any) -> list[str]:
        return [item["resource_id"] for item in (await self.get(token, after=0, **query)).json()["items"]]

    async def ticket(self, token: str | None = None) -> str:
        headers = {"Authorization": f"Bearer {token or self.nurse()}", "Idempotency-Key": str(new_id())}
        answer = await self.http.post("/v1/changes/tickets", headers=headers)
        assert answer.status_code == 201, answer.text
        assert answer.json()["expires_in"] == 30
        return str(answer.json()["ticket"])

    @asynccontextmanager
    async def stream(
        self, token: str | None = None, *, last: int | None = None, **query: Any
    ) -> AsyncIterator[AsyncIterator[Told]]:
        query["ticket"] = await self.ticket(token)
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        async with self.http.stream("GET", "/v1/changes/stream", params=query, headers=headers) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            yield events_of(answer)


@pytest_asyncio.fixture(loop_scope="session")
async def feed(service: Service, secrets: Secrets, settings_for: SettingsFor) -> AsyncIterator[Feed]:
    listener = listen("127.0.0.1", 0)
    server = Server(build_app(Definition("billing", APIRouter, {}), service))
    serving = asyncio.create_task(server.serve([listener]))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=base, timeout=30) as http:
        staff = DevIssuer(service.settings, secrets.staff_signing.private_jwk)
        yield Feed(service, http, staff, PatientIssuer(settings_for("intake")))
    server.leave()
    await serving


async def test_staff_sees_changes_of_their_clinics_and_of_the_organisation(feed: Feed) -> None:
    await feed.change("here")
    await feed.change("elsewhere", clinic=ELSEWHERE)
    await feed.change("everywhere", clinic=None)
    await feed.change("stranger", organisation=new_id())
    assert await feed.names() == ["here", "everywhere"]
    assert await feed.names(feed.nurse(ELSEWHERE)) == ["elsewhere", "everywhere"]
    assert await feed.names(feed.nurse(organisation=new_id())) == []


async def test_a_patient_learns_only_that_something_of_theirs_changed(feed: Feed) -> None:
    await feed.change("mine")
    await feed.change("another's", patient=new_id())
    items = (await feed.get(feed.patient(), after=0)).json()["items"]
    assert [(i["resource"], i["resource_id"], i["version"]) for i in items] == [("patient", str(PATIENT), None)]


async def test_a_client_begins_where_the_feed_stands_and_goes_on_in_pages(feed: Feed) -> None:
    await feed.change("before")
    start = (await feed.get()).json()
    assert (start["items"], start["reset"]) == ([], False)
    for n in range(5):
        await feed.change(f"after {n}")
    first = (await feed.get(after=start["next"], limit=3)).json()
    second = (await feed.get(after=first["next"], limit=3)).json()
    names = [item["resource_id"] for item in (*first["items"], *second["items"])]
    assert names == [f"after {n}" for n in range(5)]
    assert (first["more"], second["more"]) == (True, False)
    assert (await feed.get(after=second["next"])).json()["items"] == []


async def test_a_client_that_was_away_too_long_is_told_to_read_anew(feed: Feed) -> None:
    for n in range(3):
        await feed.change(f"old {n}")
    pool = await feed.service.database.pool()
    await pool.execute("UPDATE change SET numbered_at = numbered_at - interval '25 hours' WHERE id <= 2")
    assert await forget_changes(feed.service) == 2
    assert (await feed.get(after=1)).json() == {"items": [], "next": 3, "more": False, "reset": True}
    kept = (await feed.get(after=2)).json()
    assert ([item["resource_id"] for item in kept["items"]], kept["reset"]) == (["old 2"], False)
    assert (await feed.get(after=99)).json()["reset"]


async def test_a_stream_tells_changes_in_order_and_one_that_comes_again_misses_none(feed: Feed) -> None:
    async with feed.stream() as events:
        assert (await anext(events))[:2] == ("begin", 0)
        for n in range(3):
            await feed.change(f"live {n}")
        told = [await anext(events) for _ in range(3)]
    assert [(name, id_, data["resource_id"]) for name, id_, data in told] == [
        ("change", n + 1, f"live {n}") for n in range(3)
    ]
    await feed.change("while away")
    async with feed.stream(last=told[1][1]) as events:
        assert (await anext(events))[:2] == ("begin", 2)
        assert [(await anext(events))[2]["resource_id"] for _ in range(2)] == ["live 2", "while away"]
        await feed.change("live again")
        assert (await anext(events))[2]["resource_id"] == "live again"
    async with feed.stream(after=0) as late:
        found = [await anext(late) for _ in range(6)]
    assert [id_ for _, id_, _ in found] == [0, 1, 2, 3, 4, 5]


async def test_who_listens_waits_for_no_worker_and_another_who_leaves_takes_nothing_with_them(feed: Feed) -> None:
    async with feed.stream() as events:
        assert (await anext(events))[0] == "begin"
        async with feed.stream() as leaving:
            assert (await anext(leaving))[0] == "begin"
            await feed.written("for both")
            assert [(await anext(one))[2]["resource_id"] for one in (events, leaving)] == ["for both"] * 2
        await feed.written("for who stayed")
        assert (await anext(events))[2]["resource_id"] == "for who stayed"


async def test_a_stream_from_too_long_ago_begins_with_a_reset(feed: Feed) -> None:
    for n in range(3):
        await feed.change(f"old {n}")
    pool = await feed.service.database.pool()
    await pool.execute("UPDATE change SET numbered_at = numbered_at - interval '25 hours' WHERE id <= 2")
    await forget_changes(feed.service)
    async with feed.stream(last=1) as events:
        assert (await anext(events))[:2] == ("reset", 3)
        await feed.change("new")
        assert (await anext(events))[2]["resource_id"] == "new"


async def test_a_patients_stream_is_the_patients_alone(feed: Feed) -> None:
    async with feed.stream(feed.patient()) as events:
        await anext(events)
        await feed.change("another's", patient=new_id())
        await feed.change("mine")
        name, id_, data = await anext(events)
    assert (name, id_, data["resource"], data["resource_id"]) == ("change", 2, "patient", str(PATIENT))


async def test_a_quiet_stream_is_kept_open_by_comments(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changestream, "HEARTBEAT", 0.01)
    async with feed.stream() as events:
        assert [(await anext(events))[0] for _ in range(3)] == ["begin", "comment", "comment"]


async def test_a_stream_ends_in_the_end(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changestream, "LONGEST", 0.3)
    async with feed.stream() as events:
        assert [name async for name, _, _ in events] == ["begin"]


async def test_a_ticket_opens_one_stream(feed: Feed) -> None:
    ticket = await feed.ticket()
    async with feed.http.stream("GET", "/v1/changes/stream", params={"ticket": ticket}) as answer:
        assert answer.status_code == 200
    again = await feed.http.get("/v1/changes/stream", params={"ticket": ticket})
    assert (again.status_code, again.json()["code"]) == (401, "UNAUTHENTICATED")


async def test_a_ticket_is_good_for_thirty_seconds(feed: Feed) -> None:
    ticket = await feed.ticket()
    pool = await feed.service.database.pool()
    left = await pool.fetchval("SELECT max(expires_at) - clock_timestamp() FROM change_ticket")
    assert timedelta(0) < left <= timedelta(seconds=30)
    assert await pool.fetchval("SELECT count(*) FROM change_ticket WHERE digest = $1", ticket) == 0
    await pool.execute("UPDATE change_ticket SET expires_at = clock_timestamp() - interval '1 second'")
    late = await feed.http.get("/v1/changes/stream", params={"ticket": ticket})
    assert late.status_code == 401
    assert (await feed.http.get("/v1/changes/stream", params={"ticket": "no such ticket"})).status_code == 401


async def test_nobody_listens_without_a_token_or_ticket(feed: Feed) -> None:
    assert (await feed.http.get("/v1/changes")).status_code == 401
    assert (await feed.http.post("/v1/changes/tickets", headers={"Idempotency-Key": "1"})).status_code == 401
    assert (await feed.http.get("/v1/changes/stream")).status_code == 422
