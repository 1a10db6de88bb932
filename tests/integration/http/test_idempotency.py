"""Idempotency-Key: the command runs once, its answer comes again, and refusals keep nothing."""

import asyncio
from typing import Any

import pytest

from shared.ids import new_id
from shared.problems import CATALOGUE
from shared.runtime.prune import prune
from tests.integration.http.conftest import CLINIC, ORGANISATION, Notes

KEPT = ("etag", "stillwater-event", "content-type")


async def test_calls_at_once_with_one_key_run_the_command_once(notes: Notes) -> None:
    patient = new_id()
    answers = await asyncio.gather(*(notes.add(patient, "same", kind="slow") for _ in range(6)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.text for a in answers}) == 1
    assert sum("idempotency-replayed" in a.headers for a in answers) == 5
    assert await notes.value("SELECT count(*) FROM note") == 1
    assert await notes.value("SELECT count(*) FROM outbox") == 1


async def test_a_repetition_gives_the_same_answer_and_says_so(notes: Notes) -> None:
    patient = new_id()
    first = await notes.add(patient, "k")
    again = await notes.add(patient, "k")
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert {h: again.headers.get(h) for h in KEPT} == {h: first.headers.get(h) for h in KEPT}
    assert first.headers["etag"] == '"1"'
    assert first.headers["stillwater-event"] == f"intake/{patient}/1"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


async def test_spacing_and_order_of_a_body_do_not_make_it_another(notes: Notes) -> None:
    path, headers = f"/v1/patients/{new_id()}/notes", {"Idempotency-Key": "k", "Content-Type": "application/json"}
    first = await notes.call("POST", path, headers=headers, content=f'{{"clinic_id":"{CLINIC}","text":"a"}}')
    again = await notes.call("POST", path, headers=headers, content=f'{{ "text": "a", "clinic_id": "{CLINIC}" }}')
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["id"] == first.json()["id"]


async def test_another_body_or_path_with_the_key_is_refused(notes: Notes) -> None:
    patient = new_id()
    await notes.add(patient, "k")
    for answer in (await notes.add(patient, "k", text="other"), await notes.add(new_id(), "k")):
        assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await notes.value("SELECT count(*) FROM note") == 1


async def test_a_key_belongs_to_one_caller(notes: Notes) -> None:
    patient = new_id()
    by_nurse = await notes.add(patient, "k")
    by_patient = await notes.add(patient, "k", token=notes.tokens.patient(patient))
    assert by_nurse.json()["id"] != by_patient.json()["id"]


@pytest.mark.parametrize(("kind", "status"), [("blunt", 422), ("broken", 500)])
async def test_a_refused_command_keeps_nothing_and_the_key_stays_free(notes: Notes, kind: str, status: int) -> None:
    patient = new_id()
    assert (await notes.add(patient, "k", kind=kind)).status_code == status
    for table in ("note", "outbox", "idempotency", "audit"):
        assert await notes.value(f"SELECT count(*) FROM {table}") == 0, table
    assert (await notes.add(patient, "k")).status_code == 201


async def test_a_call_that_waits_for_a_refused_one_runs_itself(notes: Notes) -> None:
    patient = new_id()
    async with (await notes.service.database.pool()).acquire() as other:
        transaction = other.transaction()
        await transaction.start()
        await _take_key(other, "k")
        waiting = asyncio.create_task(notes.add(patient, "k"))
        await _until_somebody_waits(notes)
        await transaction.rollback()
    answer = await waiting
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


async def test_waiting_too_long_is_a_retryable_conflict(notes: Notes) -> None:
    async with (await notes.service.database.pool()).acquire() as other, other.transaction():
        await _take_key(other, "k")
        answer = await notes.add(new_id(), "k")
    assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_KEY_IN_USE")
    assert answer.json()["retryable"] is True
    assert answer.headers["retry-after"] == "1"


async def test_a_stored_answer_is_sealed(notes: Notes) -> None:
    await notes.add(new_id(), "k", text="zzpersonalzz")
    stored = await notes.value("SELECT row_to_json(i)::text FROM idempotency i")
    assert "zzpersonalzz" not in stored
    assert '"answer":"v1.rest.' in stored


async def test_after_seven_days_a_key_is_new_and_old_answers_are_cleared(notes: Notes) -> None:
    patient = new_id()
    first = await notes.add(patient, "k")
    await notes.add(patient, "other")
    await notes.value("UPDATE idempotency SET created_at = created_at - interval '7 days 1 minute'")
    again = await notes.add(patient, "k", text="another body")
    assert again.status_code == 201
    assert again.json()["id"] != first.json()["id"]
    assert await prune(notes.service) == 1
    assert [r["key"] for r in await notes.rows("SELECT key FROM idempotency")] == ["k"]


async def test_an_act_without_an_answer_is_repeated_too(notes: Notes) -> None:
    note = (await notes.add(new_id())).json()["id"]
    first, again = [
        await notes.call("DELETE", f"/v1/notes/{note}", headers={"Idempotency-Key": "gone"}) for _ in range(2)
    ]
    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 201, "with space", "nul\x7f"])
async def test_a_key_must_have_the_right_form(notes: Notes, key: str) -> None:
    answer = await notes.call("POST", f"/v1/patients/{new_id()}/notes", json={"clinic_id": str(CLINIC), "text": "a"},
                              headers={"Idempotency-Key": key})  # fmt: skip
    assert answer.status_code == 400
    assert answer.json()["code"] in {"IDEMPOTENCY_KEY_REQUIRED", "HEADER_INVALID"} & set(CATALOGUE)


async def _take_key(connection: Any, key: str) -> None:
    await connection.execute(
        "INSERT INTO idempotency (organisation_id, subject, route, key, body_mac)"
        " VALUES ($1, 'staff-nurse', 'addNote', $2, '')",
        ORGANISATION, key,
    )  # fmt: skip


async def _until_somebody_waits(notes: Notes) -> None:
    for _ in range(1000):
        if await notes.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            return
        await asyncio.sleep(0.01)
    pytest.fail("the second call never waited for the first")
