"""Rebuilding: what is built anew from the kept events is what stands there, or heals it, while everything goes on."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.intake.app import DEFINITION
from services.intake.projections import READ_MODELS
from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope
from shared.ids import new_id
from shared.messaging import applied
from shared.runtime import rebuilding
from shared.runtime.rebuilding import Rebuilt, rebuild_some
from shared.service import Definition, ReadModel
from tests.integration.messaging.kit import until_blocked
from tests.integration.readmodels import outer, scene
from tests.integration.readmodels.conftest import Desk
from tests.integration.readmodels.scene import Story, hear
from tests.integration.readmodels.test_timeline import TABLES, forget, interleaved, tables
from tests.integration.readmodels.whole import whole_story

pytestmark = pytest.mark.asyncio(loop_scope="session")

CORRUPTIONS = {
    "timeline": (
        "UPDATE timeline_entry SET facts = '{}' WHERE service = 'scheduling'",
        "UPDATE timeline_entry SET detail = 'v1.k.nonsense' WHERE detail IS NOT NULL",
        "DELETE FROM timeline_entry WHERE service = 'billing'",
        "UPDATE timeline_entry SET event_id = gen_random_uuid() WHERE service = 'intake'",
        "UPDATE timeline_entry SET patient_id = gen_random_uuid() WHERE service = 'notifications'",
    ),
    "worklist": ("UPDATE worklist_item SET state = 'DONE'", "DELETE FROM worklist_item"),
    "home": ("UPDATE visit SET state = 'CONFIRMED', location = 'nowhere'", "DELETE FROM bill"),
}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def clean(desk: Desk) -> AsyncIterator[None]:
    await forget(desk)
    await desk.rows("TRUNCATE applied_event, worklist_finished")
    yield


async def rebuilt(desk: Desk, name: str, definition: Definition = DEFINITION) -> Rebuilt:
    return await rebuild_some(definition, desk.service, name, after=None)


async def told(desk: Desk) -> Story:
    """The whole story, heard in some order."""
    story = whole_story(desk.service)
    await hear(desk.service, interleaved(story.streams(), random.Random(3)))
    return story


async def test_what_is_built_anew_is_what_stands_there(desk: Desk) -> None:
    story = await told(desk)
    before = await desk.rows("SELECT t::text, xmin::text FROM timeline_entry t ORDER BY event_id")
    tabled = await tables(desk, story)
    for name in READ_MODELS:
        assert await rebuilt(desk, name) == Rebuilt(same=1)
    assert await desk.rows("SELECT t::text, xmin::text FROM timeline_entry t ORDER BY event_id") == before
    assert await tables(desk, story) == tabled


@pytest.mark.parametrize(("name", "corruption"), [(name, one) for name in CORRUPTIONS for one in CORRUPTIONS[name]])
async def test_a_corrupted_read_model_is_healed_and_the_change_is_told(desk: Desk, name: str, corruption: str) -> None:
    story = await told(desk)
    healthy = without_versions(await tables(desk, story))
    await desk.rows("TRUNCATE audit, change")
    await desk.rows(corruption)
    assert without_versions(await tables(desk, story)) != healthy or "detail" in corruption
    found = await rebuilt(desk, name)
    assert (found.mended, found.refused, found.left, found.next) == (1, {}, 0, None)
    assert without_versions(await tables(desk, story)) == healthy
    audited = await desk.rows("SELECT action, reason, patient_id FROM audit")
    assert {(row["action"], row["reason"], row["patient_id"]) for row in audited} == {
        ("update", "REBUILT", story.patient)
    }  # fmt: skip
    assert len(audited) == found.rows == len(await desk.rows("SELECT FROM change"))
    again = await rebuilt(desk, name)
    assert (again.same, again.mended) == (1, 0)


def without_versions(found: dict[str, Any]) -> dict[str, Any]:
    """A mended item has a higher version than before, so that nobody acts on what it was."""
    return {
        name: [{k: v for k, v in row.items() if name != "worklist_item" or k != "version"} for row in rows]
        for name, rows in found.items()
    }


async def test_events_that_arrive_meanwhile_wait_for_their_patient_and_are_not_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the first one of a producer that said nothing of the patient before. Reads go on."""
    story = Story.sealed_by(desk.service)
    story.say(scene.registered(story.patient))
    story.say(scene.booked(story.patient, new_id(), scene.at(60)))
    await hear(desk.service, story.told)
    more = [story.say(scene.screened(story.patient, scene.Outcome.ELIGIBLE)), story.say(outer.paid(story.patient))]
    held, go = asyncio.Event(), asyncio.Event()
    history = applied.history

    async def slow(uow: UnitOfWork, consumer: str, key: UUID) -> Any:
        found = await history(uow, consumer, key)
        held.set()
        await go.wait()
        return found

    monkeypatch.setattr(applied, "history", slow)
    rebuild = asyncio.create_task(rebuilt(desk, "timeline"))
    await held.wait()
    arriving = [asyncio.create_task(hear(desk.service, [one])) for one in more]
    await until_blocked(desk.service)
    path = f"/v1/patients/{story.patient}/timeline"
    assert len((await desk.get(path, "nurse")).json()["items"]) == 2
    go.set()
    assert (await rebuild).same == 1
    await asyncio.gather(*arriving)
    assert len((await desk.get(path, "nurse")).json()["items"]) == 4
    assert (await rebuilt(desk, "timeline")).same == 1


async def test_what_people_did_with_the_worklist_stays_done(desk: Desk) -> None:
    """A claim, an item declared done, and one that came back after it was: `since` is that of its return."""
    story = Story.sealed_by(desk.service)
    for event in (outer.replied(story.patient), outer.message_failed(story.patient), scene.lead(story.patient)):
        story.say(event)
    await hear(desk.service, story.told)
    items = {row["kind"]: row for row in await desk.rows("SELECT * FROM worklist_item")}
    for kind, what in (("REPLY_TO_ANSWER", "done"), ("MESSAGE_FAILED", "done"), ("LEAD", "claim")):
        path = f"/v1/worklist/{items[kind]['id']}/{what}"
        answer = await desk.post(path, "frontdesk", version=items[kind]["version"])
        assert answer.status_code == 200, answer.text
    await hear(desk.service, [story.say(outer.message_failed(story.patient))])
    before = await desk.rows("SELECT * FROM worklist_item ORDER BY id")
    assert {row["kind"]: (row["state"], row["claimed_by"]) for row in before} == {
        "REPLY_TO_ANSWER": ("DONE", None), "MESSAGE_FAILED": ("OPEN", None), "LEAD": ("OPEN", "frontdesk-1"),
    }  # fmt: skip
    assert await rebuilt(desk, "worklist") == Rebuilt(same=1)
    await desk.rows("UPDATE worklist_item SET state = 'OPEN', since = now(), facts = '{}'")
    assert (await rebuilt(desk, "worklist")).rows == 3
    after = await desk.rows("SELECT * FROM worklist_item ORDER BY id")
    assert [row | {"version": 0} for row in after] == [row | {"version": 0} for row in before]
    assert all(row["version"] == was["version"] + 1 for row, was in zip(after, before, strict=True))


async def says(uow: UnitOfWork, event: Any) -> None:
    uow.emit(outer.message_sent(new_id()), key=new_id(), subject=new_id(), clinic_id=None)


async def makes_due(uow: UnitOfWork, event: Any) -> None:
    await uow.schedule("kind", new_id(), 1, scene.NOON, key=new_id(), clinic_id=None)


@pytest.mark.parametrize("feed", [says, makes_due])
async def test_a_read_model_that_would_say_something_is_refused(desk: Desk, feed: Any) -> None:
    story = await told(desk)
    before, said = await tables(desk, story), await desk.rows("SELECT event_id FROM outbox ORDER BY id")
    due = await desk.rows("SELECT aggregate_id FROM timer ORDER BY aggregate_id")
    speaking = replace(DEFINITION, read_models={"timeline": ReadModel(READ_MODELS["timeline"].tables, feed)})
    found = await rebuilt(desk, "timeline", speaking)
    assert (found.refused, found.mended) == ({"MayNotEmit": 1}, 0)
    assert await tables(desk, story) == before
    assert await desk.rows("SELECT event_id FROM outbox ORDER BY id") == said
    assert await desk.rows("SELECT aggregate_id FROM timer ORDER BY aggregate_id") == due


async def test_a_patient_whose_events_are_not_all_kept_stays_as_it_is(desk: Desk) -> None:
    story = await told(desk)
    whole = Story.sealed_by(desk.service)
    whole.say(scene.registered(whole.patient))
    await hear(desk.service, whole.told)
    await desk.rows("DELETE FROM applied_event WHERE key = $1 AND producer = 'billing' AND seq = 1", story.patient)
    before = await tables(desk, story)
    assert await rebuilt(desk, "timeline") == Rebuilt(same=1, partial=1)
    assert await tables(desk, story) == before


async def test_types_that_nobody_knows_yet_are_kept_and_discarded_events_do_not_come_back(desk: Desk) -> None:
    story = Story.sealed_by(desk.service)
    story.say(scene.registered(story.patient))
    unknown = replace(story.say(scene.scored(story.patient)), type="stillwater.intake.SomethingNew.v1")
    await hear(desk.service, [story.told[0], unknown])
    kept = await desk.rows("SELECT type FROM applied_event ORDER BY position")
    assert [row["type"] for row in kept] == [story.told[0].type, unknown.type]
    assert await rebuilt(desk, "timeline") == Rebuilt(same=1)
    await desk.rows("UPDATE applied_event SET discarded = true WHERE seq = 1")
    assert (await rebuilt(desk, "timeline")).rows == 1
    assert await desk.rows("SELECT FROM timeline_entry") == []


async def test_a_rebuild_that_was_cut_off_goes_on_where_it_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stories = [Story.sealed_by(desk.service) for _ in range(3)]
    for story in stories:
        story.say(scene.registered(story.patient))
        await hear(desk.service, story.told)
    await desk.rows("DELETE FROM timeline_entry")
    monkeypatch.setattr(rebuilding, "PART_SECONDS", 0.0)
    after, parts = None, list[Rebuilt]()
    while not parts or after is not None:
        parts.append(await rebuild_some(DEFINITION, desk.service, "timeline", after=after))
        after = parts[-1].next
    assert [(part.mended, part.left) for part in parts] == [(1, 2), (1, 1), (1, 0)]
    assert len(await desk.rows("SELECT FROM timeline_entry")) == 3


async def test_an_operator_rebuilds_over_http_and_nobody_else(desk: Desk) -> None:
    story: list[Envelope] = (await told(desk)).told
    await desk.rows("DELETE FROM timeline_entry")
    path = "/v1/operations/read-models/timeline/rebuild"
    assert (await desk.post(path, "director", body={})).status_code == 403
    answer = await desk.post(path, "operator", body={})
    assert answer.json() == {
        "same": 0, "mended": 1, "rows": len(story), "partial": 0, "refused": {}, "left": 0, "next": None,
    }  # fmt: skip
    [row] = await desk.rows(
        "SELECT resource_id FROM audit WHERE action = 'operate' AND resource = 'read-model.rebuild'"
    )
    assert row["resource_id"] == "intake.timeline"
    assert (await desk.post(path.replace("timeline", "nothing"), "operator", body={})).status_code == 404


async def test_every_table_that_events_feed_belongs_to_a_read_model() -> None:
    assert {table.name for model in READ_MODELS.values() for table in model.tables} == set(TABLES)
