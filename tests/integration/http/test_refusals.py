"""Every common refusal: the right status, a problem document that says what to do, and nothing changed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from shared.clock import Clock
from shared.db.database import Database
from shared.http.document import ProblemDocument
from shared.ids import named_id, new_id
from shared.service import Service
from tests.conftest import SettingsFor
from tests.integration.http.conftest import CLINIC, OTHER_CLINIC, Notes, Tokens
from tests.integration.http.notes import create_app

JSON = {"Content-Type": "application/json", "Idempotency-Key": "k"}
GOOD = {"clinic_id": str(CLINIC), "text": "slept well"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    shown = ProblemDocument.model_validate(answer.json())
    assert shown.status == status
    assert str(shown.correlation_id) == answer.headers["x-correlation-id"]
    assert len(shown.detail.split()) > 5, "says what was wrong and what to do"
    return dict(answer.json())


@pytest.mark.parametrize(
    ("content", "media", "status", "code"),
    [
        (b'{"text": ', "application/json", 400, "MALFORMED_JSON"),
        (b"\xff\xfe", "application/json", 400, "MALFORMED_JSON"),
        (b"[" * 100_000, "application/json", 400, "MALFORMED_JSON"),
        (b'{"text": "a"}', "text/plain", 415, "UNSUPPORTED_MEDIA"),
        (b"text=a", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA"),
        (b"", "application/json", 422, "INVALID_REQUEST"),
        (b"[]", "application/json", 422, "INVALID_REQUEST"),
        (b"7", "application/vnd.clinic+json", 422, "INVALID_REQUEST"),
    ],
)
async def test_bodies_that_are_no_request(notes: Notes, content: bytes, media: str, status: int, code: str) -> None:
    headers = {**JSON, "Content-Type": media}
    answer = await notes.call("POST", f"/v1/patients/{new_id()}/notes", content=content, headers=headers)
    problem(answer, status, code)
    assert await notes.value("SELECT count(*) FROM idempotency") == 0


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"text": None}, "/text", "STRING_TYPE"),
        ({"stars": "many"}, "/stars", "INT_PARSING"),
        ({"stars": 6}, "/stars", "LESS_THAN_EQUAL"),
        ({"colour": "red"}, "/colour", "UNKNOWN_FIELD"),
        ({"clinic_id": "here"}, "/clinic_id", "UUID_PARSING"),
        ({"seen_at": "2030-01-31T09:00:00"}, "/seen_at", "TIMEZONE_AWARE"),
        ({"text": "a\x00b"}, "", "CHARACTER_NOT_ALLOWED"),
    ],
)
async def test_fields_that_are_not_valid(notes: Notes, change: dict[str, Any], pointer: str, code: str) -> None:
    shown = problem(await notes.add(new_id(), **change), 422, "INVALID_REQUEST")
    assert [(e["pointer"], e["code"]) for e in shown["errors"]] == [(pointer, code)]
    assert await notes.value("SELECT count(*) FROM note") == 0


async def test_parameters_are_named_by_their_place(notes: Notes) -> None:
    shown = problem(await notes.call("GET", "/v1/patients/nobody/notes?limit=201"), 422, "INVALID_REQUEST")
    assert {(e["pointer"], e["code"]) for e in shown["errors"]} == {
        ("path:patient_id", "UUID_PARSING"), ("query:limit", "LESS_THAN_EQUAL"),
    }  # fmt: skip
    assert {"le": 200} in [e["params"] for e in shown["errors"]]


async def test_a_body_of_two_megabytes(notes: Notes) -> None:
    path = f"/v1/patients/{new_id()}/notes"
    problem(await notes.call("POST", path, content=b" " * 2_000_000, headers=JSON), 413, "TOO_LARGE")
    problem(await notes.call("POST", path, content=_pieces(), headers=JSON), 413, "TOO_LARGE")
    problem(await notes.client.request("GET", "/v1/me", content=b" " * 2_000_000), 413, "TOO_LARGE")
    assert (await notes.call("GET", path)).json()["items"] == []


async def _pieces() -> AsyncIterator[bytes]:
    for _ in range(20):
        yield b" " * 100_000


async def test_addresses_and_methods_that_are_not_there(notes: Notes) -> None:
    problem(await notes.call("GET", "/v1/nothing"), 404, "NOT_FOUND")
    answer = await notes.call("PATCH", "/v1/me")
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET"


async def test_an_absent_key(notes: Notes) -> None:
    answer = await notes.call("POST", f"/v1/patients/{new_id()}/notes", json=GOOD)
    problem(answer, 400, "IDEMPOTENCY_KEY_REQUIRED")
    assert await notes.value("SELECT count(*) FROM note") == 0


async def test_what_breaks_says_nothing_of_it(notes: Notes) -> None:
    with capture_logs() as logs:
        answer = await notes.add(new_id(), text="zzpersonalzz", kind="broken")
    problem(answer, 500, "INTERNAL")
    assert "zzpersonalzz" not in answer.text + repr(logs)
    assert [entry["error"] for entry in logs] == ["RuntimeError"]


async def test_the_database_away(settings_for: SettingsFor, secrets: Any) -> None:
    settings = settings_for("intake", database_url="postgresql://nobody@127.0.0.1:9/nothing")
    service = Service("intake", settings, Database(settings.database_url), Clock(), settings.keyring())
    transport = httpx.ASGITransport(create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://notes") as client:
        away = Notes(service, FastAPI(), Tokens(service, secrets), client)
        answer = await away.add(new_id())
    shown = problem(answer, 503, "UNAVAILABLE")
    assert shown["retryable"] is True
    assert "retry-after" in answer.headers


# -- who asks ---------------------------------------------------------------------------------------------------------


async def test_no_token_and_tokens_that_are_none(notes: Notes) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer nonsense"}):
        answer = await notes.client.get("/v1/me", headers=headers)
        problem(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_expired_token_is_named_and_written_down(notes: Notes) -> None:
    token = notes.tokens.staff("nurse", lifetime=timedelta(minutes=-5))
    answer = await notes.add(new_id(), token=token)
    problem(answer, 401, "TOKEN_EXPIRED")
    assert await _denials(notes) == [("staff-nurse", "addNote", "TOKEN_EXPIRED", "denied")]


async def test_a_wrong_role_is_refused_and_written_down(notes: Notes) -> None:
    patient = new_id()
    shown = problem(await notes.add(patient, token=notes.tokens.staff("biller")), 403, "FORBIDDEN")
    assert shown["params"] == {"roles": ["nurse"]}
    assert await _denials(notes) == [("staff-biller", "addNote", "FORBIDDEN", "denied")]
    assert await notes.value("SELECT patient_id FROM audit") == patient
    assert await notes.value("SELECT count(*) FROM note") == 0


async def test_a_role_at_another_clinic_is_not_enough(notes: Notes) -> None:
    answer = await notes.add(new_id(), token=notes.tokens.staff("nurse", OTHER_CLINIC))
    problem(answer, 403, "FORBIDDEN")
    assert await _denials(notes) == [("staff-nurse", "addNote", "FORBIDDEN", "denied")]
    assert await notes.value("SELECT count(*) FROM note") == 0


async def test_another_organisations_note_does_not_exist(notes: Notes) -> None:
    note = (await notes.add(new_id())).json()["id"]
    stranger = notes.tokens.staff("nurse", CLINIC, named_id("organisation", "other"))
    theirs = problem(await notes.call("GET", f"/v1/notes/{note}", token=stranger), 404, "NOT_FOUND")
    nobodys = problem(await notes.call("GET", f"/v1/notes/{new_id()}", token=stranger), 404, "NOT_FOUND")
    assert {**theirs, "correlation_id": None} == {**nobodys, "correlation_id": None}


async def test_a_patient_reaches_itself_only(notes: Notes) -> None:
    patient, other = new_id(), new_id()
    own = (await notes.add(patient)).json()["id"]
    foreign = (await notes.add(other)).json()["id"]
    token = notes.tokens.patient(patient)
    assert (await notes.call("GET", f"/v1/notes/{own}", token=token)).status_code == 200
    problem(await notes.call("GET", f"/v1/notes/{foreign}", token=token), 404, "NOT_FOUND")
    problem(await notes.call("GET", f"/v1/patients/{other}/notes", token=token), 404, "NOT_FOUND")
    problem(await notes.add(other, token=token), 404, "NOT_FOUND")
    assert [code for *_, code, _ in await _denials(notes)] == ["NOT_FOUND"] * 3


async def test_a_patient_is_refused_where_patients_have_no_business(notes: Notes) -> None:
    answer = await notes.call("POST", "/v1/notes/search", token=notes.tokens.patient(new_id()))
    problem(answer, 403, "FORBIDDEN")
    assert "items" not in answer.json()


async def test_too_many_calls(notes: Notes) -> None:
    answers = [await notes.call("POST", "/v1/notes/search") for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    problem(answers[-1], 429, "RATE_LIMITED")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    other = notes.tokens.staff("nurse", OTHER_CLINIC, named_id("organisation", "other"))
    assert (await notes.call("POST", "/v1/notes/search", token=other)).status_code == 200


async def test_the_public_acts_for_the_clinic_in_the_path(notes: Notes) -> None:
    path = "/v1/public/larkspur-group/larkspur/notes"
    answers = [await notes.client.post(path, json=GOOD, headers={"Idempotency-Key": str(n)}) for n in range(4)]
    assert [a.status_code for a in answers] == [201, 201, 201, 429]
    assert {r["clinic_id"] for r in await notes.rows("SELECT clinic_id FROM note")} == {CLINIC}
    assert {r["actor_kind"] for r in await notes.rows("SELECT actor_kind FROM audit")} == {"public"}


async def _denials(notes: Notes) -> list[tuple[str, str, str, str]]:
    rows = await notes.rows("SELECT actor, resource_id, reason, outcome FROM audit WHERE action = 'fail'")
    return [tuple(row) for row in rows]


async def test_me_says_who_asks(notes: Notes) -> None:
    staff = (await notes.call("GET", "/v1/me")).json()
    assert (staff["kind"], staff["subject"], staff["patient_id"]) == ("staff", "staff-nurse", None)
    assert staff["clinics"] == [{"clinic_id": str(CLINIC), "roles": ["nurse"]}]
    patient = new_id()
    shown = (await notes.call("GET", "/v1/me", token=notes.tokens.patient(patient))).json()
    assert (shown["kind"], UUID(shown["patient_id"]), shown["clinics"]) == ("patient", patient, [])
