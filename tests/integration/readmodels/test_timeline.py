"""The timeline: everything that was said about a patient, in the order of its times, however it was heard."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from services.intake.projections import PROJECTIONS
from shared.db.unit_of_work import MayNotEmit
from shared.events import REGISTRY, SERVICES, Envelope
from shared.events.parts import Outcome
from shared.ids import new_id
from shared.messaging.batches import go_on
from shared.messaging.patience import Patience
from shared.messaging.subscriber import Subscriber
from tests.integration.readmodels import outer, scene
from tests.integration.readmodels.conftest import Desk
from tests.integration.readmodels.scene import Story, hear
from tests.integration.readmodels.whole import whole_story

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABLES = {
    "timeline_entry": "event_id, organisation_id, clinic_id, patient_id, service, type, subject, at, facts,"
    " detail IS NULL AS undetailed",
    "worklist_item": "id, clinic_id, patient_id, kind, about, version, state, sequence, since, due_at, urgent_from,"
    " facts::text",
    "visit": "id, clinic_id, patient_id, version, state, kind, session_number, location, zone, starts_at, ends_at",
    "bill": "id, clinic_id, patient_id, kind, version, issued_at",
}
KEYS = {"timeline_entry": "event_id", "worklist_item": "id", "visit": "id", "bill": "id"}


def interleaved(streams: Sequence[Sequence[Envelope]], luck: random.Random) -> list[Envelope]:
    """All events in a random order that keeps each stream's own, some of them twice."""
    left, heard = [list(stream) for stream in streams], []
    while any(left):
        stream = luck.choice([one for one in left if one])
        heard.append(stream[0])
        if luck.random() < 0.8:
            stream.pop(0)
    return heard


async def tables(desk: Desk, story: Story) -> dict[str, Any]:
    return {
        name: await desk.rows(
            f"SELECT {columns} FROM {name} WHERE patient_id = $1 ORDER BY {KEYS[name]}", story.patient
        )
        for name, columns in TABLES.items()
    }


async def shown(desk: Desk, story: Story, by: str = "clinician") -> dict[str, Any]:
    answer = await desk.get(f"/v1/patients/{story.patient}/timeline", by, limit=200)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def forget(desk: Desk) -> None:
    await desk.rows("TRUNCATE timeline_entry, worklist_item, visit, bill, stream, waiting")


async def test_every_interleaving_of_the_four_topics_gives_the_same_rows(desk: Desk) -> None:
    story, luck, seen = whole_story(desk.service), random.Random(11), []
    for _ in range(6):
        await forget(desk)
        await hear(desk.service, interleaved(story.streams(), luck))
        timeline = await shown(desk, story)
        seen.append((await tables(desk, story), timeline["items"], timeline["as_of"]))
    assert all(state == seen[0] for state in seen)
    told = [(one.time, str(one.id)) for one in story.told]
    assert [item["event_id"] for item in seen[0][1]] == [event_id for _, event_id in sorted(told)]


async def test_stop_facts_that_overtake_a_gap_stand_at_their_time(desk: Desk) -> None:
    story = Story.sealed_by(desk.service)
    danger = new_id()
    for event in (
        scene.registered(story.patient), scene.scored(story.patient), scene.concern(story.patient, danger),
        scene.resolved(story.patient, danger),
    ):  # fmt: skip
        story.say(event)
    first, late, stop, end = story.told
    await hear(desk.service, [first, stop])
    known = await shown(desk, story)
    assert [item["code"] for item in known["items"]] == ["PATIENT_REGISTERED", "SAFETY_CONCERN_RAISED"]
    assert [line["waiting"] for line in known["as_of"]] == [True, False, False, False]
    await hear(desk.service, [end])
    assert len((await shown(desk, story))["items"]) == 2
    await hear(desk.service, [late])
    subscriber = Subscriber(desk.service, "intake.timeline", PROJECTIONS)
    await go_on(subscriber, Patience(desk.service.database), subscriber.stream(late))
    healed = await shown(desk, story)
    assert [item["code"] for item in healed["items"]] == [
        "PATIENT_REGISTERED", "OUTCOME_RECORDED", "SAFETY_CONCERN_RAISED", "SAFETY_CONCERN_RESOLVED",
    ]  # fmt: skip
    items = await desk.rows("SELECT state FROM worklist_item WHERE about = $1", danger)
    assert [item["state"] for item in items] == ["DONE"]
    assert [line["waiting"] for line in healed["as_of"]] == [False] * 4


async def test_an_entry_says_what_happened_and_shows_clinical_detail_to_staff_in_care_only(desk: Desk) -> None:
    story = Story.sealed_by(desk.service)
    session, visit = new_id(), new_id()
    story.say(scene.booked(story.patient, visit, scene.at(60)))
    story.say(scene.completed(story.patient, session))
    await hear(desk.service, story.told)
    for by, detailed in (("clinician", True), ("nurse", True), ("frontdesk", False), ("biller", False)):
        booked, completed = (await shown(desk, story, by))["items"]
        assert (booked["service"], booked["code"], booked["detail"]) == ("scheduling", "APPOINTMENT_BOOKED", None)
        assert booked["facts"]["appointment_id"] == str(visit)
        assert booked["facts"]["starts_at"] == "2026-03-02T20:00:00Z"
        assert booked["at"] == {
            "utc": "2026-03-02T19:00:00Z", "zone": "America/Boise", "local_time": "12:00:00",
            "local_date": "2026-03-02",
        }  # fmt: skip
        assert (completed["detail"] is not None) == detailed
        if detailed:
            assert completed["detail"]["delivered"]["dose_mg"] == 35


async def test_a_patient_sees_a_part_of_it_and_nobody_elses(desk: Desk) -> None:
    story, other = whole_story(desk.service), Story.sealed_by(desk.service)
    other.say(scene.registered(other.patient))
    await hear(desk.service, [*story.told, *other.told])
    path = f"/v1/patients/{story.patient}/timeline"
    mine = (await desk.get(path, story.patient, limit=200)).json()["items"]
    codes = {item["code"] for item in mine}
    assert {"APPOINTMENT_MOVED", "CONSENT_SIGNED", "ESTIMATE_ISSUED", "SESSION_COMPLETED"} <= codes
    assert not codes & {
        "SAFETY_CONCERN_RAISED", "SCREENING_REVIEWED", "ORDER_SIGNED", "VITAL_ALERT_RAISED", "REPLY_RECEIVED",
        "MESSAGE_FAILED", "AUTHORISATION_UPDATED",
    }  # fmt: skip
    assert {item["detail"] for item in mine} == {None}
    assert all("version" not in item["facts"] for item in mine if item["code"] == "APPOINTMENT_BOOKED")
    assert (await desk.get(path, other.patient)).status_code == 404


async def test_merged_records_show_one_timeline_under_either_id_and_two_when_taken_back(desk: Desk) -> None:
    survivor, absorbed = (Story.sealed_by(desk.service) for _ in range(2))
    for story in (survivor, absorbed):
        await hear(desk.service, [story.say(event(story.patient)) for event in (scene.registered, scene.signed)])
    pool = await desk.service.database.pool()
    alias = (absorbed.patient, scene.ORGANISATION, survivor.patient)
    await pool.execute("INSERT INTO patient_alias VALUES ($1, $2, $3, 1, true, 1)", *alias)
    seen = [await shown(desk, story) for story in (survivor, absorbed)]
    assert [len(timeline["items"]) for timeline in seen] == [4, 4]
    assert seen[0]["items"] == seen[1]["items"]
    await pool.execute("UPDATE patient_alias SET merged = false, version = 2 WHERE patient_id = $1", absorbed.patient)
    assert [len((await shown(desk, story))["items"]) for story in (survivor, absorbed)] == [2, 2]


async def test_pages_hold_every_entry_once_also_one_that_is_heard_late(desk: Desk) -> None:
    story = whole_story(desk.service)
    late = story.streams()[-1]
    await hear(desk.service, [one for one in story.told if one not in late])
    path = f"/v1/patients/{story.patient}/timeline"
    page = (await desk.get(path, "nurse", limit=5)).json()
    found, second = [item["event_id"] for item in page["items"]], page["next_cursor"]
    await hear(desk.service, late)
    while page["next_cursor"]:
        page = (await desk.get(path, "nurse", limit=5, cursor=page["next_cursor"])).json()
        found += [item["event_id"] for item in page["items"]]
    after_first_page = sorted((one.time, str(one.id)) for one in story.told)
    assert found[5:] == [event_id for _, event_id in after_first_page if event_id not in found[:5]]
    stolen = await desk.get(f"/v1/patients/{new_id()}/timeline", "nurse", cursor=second)
    assert stolen.json()["code"] == "CURSOR_INVALID"


async def test_as_of_says_how_far_each_producer_was_heard(desk: Desk) -> None:
    await forget(desk)
    story, other = Story.sealed_by(desk.service), Story.sealed_by(desk.service)
    story.say(scene.registered(story.patient), minutes=0)
    story.say(scene.booked(story.patient, new_id(), scene.at(60)), minutes=3)
    other.say(outer.message_sent(other.patient), minutes=9)
    await hear(desk.service, [*story.told, *other.told])
    as_of = {line["service"]: line for line in (await shown(desk, story))["as_of"]}
    assert list(as_of) == list(SERVICES)
    assert as_of["scheduling"]["about_patient"] == as_of["scheduling"]["anybody"] == "2026-03-02T19:03:00Z"
    assert (as_of["notifications"]["about_patient"], as_of["notifications"]["anybody"]) == (
        None, "2026-03-02T19:09:00Z",
    )  # fmt: skip
    assert (as_of["billing"]["about_patient"], as_of["billing"]["anybody"]) == (None, None)


async def test_nobody_hears_of_another_organisations_patient(desk: Desk) -> None:
    story = Story.sealed_by(desk.service)
    story.say(scene.registered(story.patient))
    await hear(desk.service, story.told)
    stranger = desk.token("clinician", clinic=new_id(), organisation=new_id())
    path = f"/v1/patients/{story.patient}/timeline"
    assert (await desk.get(path, "clinician", token=stranger)).status_code == 404
    assert (await desk.get(f"/v1/patients/{new_id()}/timeline", "clinician")).status_code == 404
    assert (await desk.get(path, "operator")).status_code == 403


async def test_reading_and_hearing_leave_audit_rows(desk: Desk) -> None:
    story = Story.sealed_by(desk.service)
    story.say(scene.registered(story.patient))
    await hear(desk.service, story.told)
    await shown(desk, story)
    rows = await desk.rows("SELECT action, resource FROM audit WHERE patient_id = $1 ORDER BY at", story.patient)
    assert [(row["action"], row["resource"]) for row in rows] == [("create", "timeline_entry"), ("read", "timeline")]


async def test_nothing_clinical_or_personal_stands_in_plain_in_a_read_model(desk: Desk) -> None:
    story = whole_story(desk.service)
    await hear(desk.service, story.told)
    plain = (scene.NAME, scene.E164, "184/112", "IV_MOOD", "SAFETY_PLAN_MADE", "PHQ9-ITEM9", "Alder", "270000", "45000")
    for name in TABLES:
        rows = await desk.rows(f"SELECT t::text AS text FROM {name} t WHERE patient_id = $1", story.patient)
        assert rows
        assert [mark for mark in plain for row in rows if mark in row["text"]] == [], name


async def test_a_read_model_hears_every_event_there_is_and_says_nothing(desk: Desk) -> None:
    assert {event.type for event in PROJECTIONS} == set(REGISTRY)
    story = Story.sealed_by(desk.service)
    heard = story.say(scene.screened(story.patient, Outcome.ELIGIBLE))
    subscriber = Subscriber(desk.service, "intake.timeline", PROJECTIONS)
    with pytest.raises(MayNotEmit):
        async with subscriber.unit(heard) as uow:
            uow.emit(outer.message_sent(story.patient), key=story.patient, subject=story.patient, clinic_id=None)
    with pytest.raises(MayNotEmit):
        async with subscriber.unit(heard) as uow:
            await uow.schedule("kind", story.patient, 1, scene.NOON, key=story.patient, clinic_id=None)
