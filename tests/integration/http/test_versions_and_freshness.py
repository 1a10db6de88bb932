"""If-Match, Stillwater-Event and Stillwater-After, correlation ids and traces."""

import asyncio
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.integration.http.conftest import Notes
from tests.integration.http.test_refusals import problem

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_a_change_needs_the_version_that_was_read(notes: Notes) -> None:
    note = (await notes.add(new_id())).json()["id"]
    problem(await notes.change(note), 428, "VERSION_REQUIRED")
    changed = await notes.change(note, If_Match='"1"')
    assert (changed.status_code, changed.headers["etag"], changed.json()["version"]) == (200, '"2"', 2)
    stale = await notes.change(note, If_Match='"1"')
    shown = problem(stale, 412, "STALE_VERSION")
    assert shown["params"] == {"current": 2, "sent": 1}
    assert await notes.value("SELECT version FROM note") == 2


@pytest.mark.parametrize("tag", ['W/"1"', "1", '"1', '"one"', "*", '"1", "2"', '"-1"', '"99999999999999999999"', '"٣"'])
async def test_an_etag_that_is_none_of_ours(notes: Notes, tag: str) -> None:
    note = (await notes.add(new_id())).json()["id"]
    answer = await notes.call(
        "PUT", f"/v1/notes/{note}", json={"clinic_id": str(new_id()), "text": "a"},
        headers={b"If-Match": tag.encode(), b"Idempotency-Key": b"k"},
    )  # fmt: skip
    assert problem(answer, 400, "HEADER_INVALID")["params"] == {"header": "If-Match"}
    assert await notes.value("SELECT version FROM note") == 1


async def test_a_read_shows_the_version(notes: Notes) -> None:
    note = (await notes.add(new_id())).json()["id"]
    answer = await notes.call("GET", f"/v1/notes/{note}")
    assert answer.headers["etag"] == '"1"'
    assert await notes.value("SELECT count(*) FROM audit WHERE action = 'read'") == 1


async def _read(notes: Notes, after: str) -> tuple[int, str | None]:
    answer = await notes.call("GET", f"/v1/patients/{new_id()}/notes", headers={"Stillwater-After": after})
    return answer.status_code, answer.json().get("code")


async def _take(notes: Notes, producer: str, key: UUID, taken: int, consumer: str = "intake.commands") -> None:
    await notes.value(
        "INSERT INTO stream (consumer, producer, key, taken_seq, known_seq) VALUES ($1, $2, $3, $4, 9)",
        consumer, producer, key, taken,
    )  # fmt: skip


async def test_what_this_service_said_itself_is_known(notes: Notes) -> None:
    said = (await notes.add(new_id())).headers["stillwater-event"]
    assert await _read(notes, said) == (200, None)


async def test_what_was_taken_is_known_and_what_was_not_is_refused(notes: Notes) -> None:
    key = new_id()
    await _take(notes, "billing", key, 3)
    await _take(notes, "billing", key, 9, consumer="intake.timeline")
    assert await _read(notes, f"billing/{key}/3, billing/{key}/2") == (200, None)
    answer = await notes.call("GET", "/v1/notes/" + str(new_id()), headers={"Stillwater-After": f"billing/{key}/4"})
    assert problem(answer, 409, "NOT_YET_KNOWN")["retryable"] is True
    assert answer.headers["retry-after"] == "1"


async def test_a_service_that_is_not_listened_to_is_not_waited_for(notes: Notes) -> None:
    assert await _read(notes, f"notifications/{new_id()}/1") == (200, None)


async def test_a_fact_that_arrives_while_waiting_is_enough(notes: Notes) -> None:
    key = new_id()
    reading = asyncio.create_task(_read(notes, f"scheduling/{key}/1"))
    await asyncio.sleep(0.1)
    await _take(notes, "scheduling", key, 1)
    assert await reading == (200, None)


async def test_an_act_waits_too_and_keeps_nothing_when_refused(notes: Notes) -> None:
    answer = await notes.add(new_id(), headers={"Stillwater-After": f"billing/{new_id()}/1"})
    problem(answer, 409, "NOT_YET_KNOWN")
    assert await notes.value("SELECT count(*) FROM note") == 0


@pytest.mark.parametrize(
    "after",
    ["", "billing", "billing/x/1", f"billing/{UUID(int=1)}/0", f"billing/{UUID(int=1)}/-1", f"other/{UUID(int=1)}/1",
     f"billing/{UUID(int=1)}/1/2", f"billing/{UUID(int=1)}/{2**63}", ",".join([f"billing/{UUID(int=1)}/1"] * 17),
     f"billing/{UUID(int=1)}/1_0"],
)  # fmt: skip
async def test_a_position_that_is_none(notes: Notes, after: str) -> None:
    assert await _read(notes, after) == (400, "HEADER_INVALID")


async def test_correlation_and_trace_are_passed_on(notes: Notes) -> None:
    correlation = new_id()
    answer = await notes.add(new_id(), headers={"X-Correlation-Id": str(correlation), "traceparent": TRACE})
    assert answer.headers["x-correlation-id"] == str(correlation)
    (row,) = await notes.rows("SELECT correlation_id, traceparent FROM outbox")
    assert tuple(row) == (correlation, TRACE)
    assert await notes.value("SELECT correlation_id FROM audit") == correlation


async def test_headers_that_are_no_id_and_no_trace_are_replaced(notes: Notes) -> None:
    answer = await notes.add(new_id(), headers={"X-Correlation-Id": "Jane Doe", "traceparent": "Jane Doe"})
    (row,) = await notes.rows("SELECT correlation_id, traceparent FROM outbox")
    assert tuple(row) == (UUID(answer.headers["x-correlation-id"]), None)
