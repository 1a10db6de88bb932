"""The worklist: what puts an item there, what takes it away, who sees it, in which order."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.intake.domain.worklist import ROLES, Kind
from shared.events.parts import Outcome
from shared.ids import new_id
from tests.integration.readmodels import outer, scene
from tests.integration.readmodels.conftest import Desk
from tests.integration.readmodels.scene import CLINIC, Story, hear
from tests.integration.readmodels.work import Says, items, only, told
from tests.support.merging import merged, unlinked

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONE, TWO = new_id(), new_id()


COMES_AND_GOES: list[tuple[str, Kind, Sequence[Says], Says]] = [
    ("lead", Kind.LEAD, [scene.lead], scene.registered),
    (
        "needs review", Kind.SCREENING_REVIEW, [lambda p: scene.screened(p, Outcome.NEEDS_REVIEW)],
        scene.reviewed,
    ),
    (
        "eligible, not reviewed", Kind.SCREENING_REVIEW, [lambda p: scene.screened(p, Outcome.ELIGIBLE)],
        lambda p: scene.screened(p, Outcome.DEFERRED, 2),
    ),
    (
        "worse in the middle of a course", Kind.SCREENING_REVIEW,
        [lambda p: scene.screened(p, Outcome.DEFERRED).model_copy(update={"review_by": scene.at(5)})], scene.reviewed,
    ),
    ("merged", Kind.RECORDS_MERGED, [lambda p: merged(p, ONE)[0]], lambda p: unlinked(p, ONE)[0]),
    (
        "danger", Kind.SAFETY_CONCERN, [lambda p: scene.concern(p, ONE)], lambda p: scene.resolved(p, ONE),
    ),
    ("task", Kind.SAFETY_TASK, [lambda p: scene.safety_task(p, ONE)], lambda p: scene.task_settled(p, ONE)),
    ("proposal", Kind.PLAN_PROPOSAL, [lambda p: scene.proposed(p, ONE)], lambda p: scene.decided(p, ONE)),
    ("failed message", Kind.MESSAGE_FAILED, [outer.message_failed], outer.message_sent),
    (
        "failed message, called", Kind.MESSAGE_FAILED, [lambda p: outer.message_failed(p, message_id=ONE)],
        lambda p: outer.failure_settled(p, ONE),
    ),
    (
        "missed", Kind.APPOINTMENT_MISSED, [lambda p: scene.missed(p, new_id())],
        lambda p: scene.booked(p, new_id(), scene.at(60)),
    ),
    ("alert", Kind.VITAL_ALERT, [lambda p: scene.alert(p, TWO)], lambda p: scene.completed(p, TWO)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "before", "after"), [row[1:] for row in COMES_AND_GOES], ids=[row[0] for row in COMES_AND_GOES]
)
async def test_an_item_comes_with_one_event_and_goes_with_another(
    desk: Desk, kind: Kind, before: Sequence[Says], after: Says
) -> None:
    await desk.rows("TRUNCATE worklist_item")
    story = await told(desk, *before)
    item = await only(desk, story)
    assert (item["kind"], item["state"], item["claimed_by"]) == (kind, "OPEN", None)
    await told(desk, after, story=story)
    assert await items(desk, story) == []


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.EMERGENCY])
async def test_a_screening_that_a_review_does_not_decide_needs_none(desk: Desk, outcome: Outcome) -> None:
    assert await items(desk, await told(desk, lambda p: scene.screened(p, outcome))) == []


async def test_the_newest_screening_is_the_one_to_review(desk: Desk) -> None:
    first, second = new_id(), new_id()
    story = await told(
        desk, lambda p: scene.screened(p, Outcome.NEEDS_REVIEW, 1, first), lambda p: scene.reviewed(p, 2, first),
        lambda p: scene.screened(p, Outcome.ELIGIBLE, 3, second),
    )  # fmt: skip
    assert (await only(desk, story))["about"] == str(second)


async def test_a_concern_that_was_acknowledged_stays_where_it_stood(desk: Desk) -> None:
    story = await told(desk, lambda p: scene.concern(p, ONE))
    before = await only(desk, story)
    await told(desk, lambda p: scene.acknowledged(p, ONE), story=story)
    after = await only(desk, story)
    assert (after["state"], after["due_at"]) == ("OPEN", before["due_at"])
    assert (before["facts"], set(after["facts"])) == ({}, {"acknowledged_at"})


async def test_an_older_event_that_comes_later_changes_nothing(desk: Desk) -> None:
    story, danger = Story.sealed_by(desk.service), new_id()
    raised, resolved = story.say(scene.concern(story.patient, danger)), story.say(scene.resolved(story.patient, danger))
    await hear(desk.service, [raised, resolved, raised])
    assert await items(desk, story) == []


async def test_one_call_is_enough_for_a_message_that_fails_again(desk: Desk) -> None:
    story = await told(desk, outer.message_failed, outer.message_failed, lambda p: outer.message_failed(p, "N11"))
    assert sorted(item["facts"]["plan_id"] for item in await items(desk, story)) == ["N05", "N11"]


async def test_a_call_about_an_earlier_failure_leaves_the_later_one(desk: Desk) -> None:
    story = await told(
        desk, lambda p: outer.message_failed(p, message_id=ONE), lambda p: outer.message_failed(p, message_id=TWO),
        lambda p: outer.failure_settled(p, ONE),
    )  # fmt: skip
    assert (await only(desk, story))["about"] == str(TWO)
    await told(desk, lambda p: outer.failure_settled(p, TWO), story=story)
    assert await items(desk, story) == []


async def test_an_item_says_why_since_when_and_until_when(desk: Desk) -> None:
    story = await told(desk, lambda p: scene.concern(p, new_id(), scene.at(5)), outer.message_failed)
    danger, call = sorted(await items(desk, story), key=lambda item: str(item["kind"]), reverse=True)
    assert (danger["kind"], danger["since"]["local_time"], danger["due_at"]["local_time"], danger["overdue"]) == (
        "SAFETY_CONCERN", "12:00:00", "12:05:00", True,
    )  # fmt: skip
    assert (call["due_at"], call["overdue"], call["facts"]["reason"], call["may_be_done"]) == (
        None, False, "NO_CONSENT", True,
    )  # fmt: skip


async def test_what_is_to_be_filled_in_needs_a_person_while_it_is_late(desk: Desk) -> None:
    due = new_id()
    story = await told(desk, lambda p: scene.assessment_due(p, due))
    await desk.rows(
        "INSERT INTO due_item (id, organisation_id, clinic_id, patient_id, occasion, appointment_id, version, state,"
        " opens_at, late_from) VALUES ($1, $2, $3, $4, 'CHECK_IN_24H', $1, 1, 'OPEN', $5, $6)",
        due, scene.ORGANISATION, CLINIC, story.patient, scene.NOON, desk.service.clock.now() + timedelta(hours=1),
    )  # fmt: skip
    assert await items(desk, story) == []
    await desk.rows("UPDATE due_item SET late_from = $2 WHERE id = $1", due, scene.NOON)
    assert (await only(desk, story, "frontdesk"))["facts"] == {"occasion": "CHECK_IN_24H"}
    await desk.rows("UPDATE due_item SET state = 'SETTLED' WHERE id = $1", due)
    assert await items(desk, story) == []


async def test_the_most_urgent_comes_first_over_all_pages(desk: Desk) -> None:
    await desk.rows("TRUNCATE worklist_item")
    for minutes in (50, 10, 30, 20, 40):
        await told(desk, lambda p, m=minutes: scene.concern(p, new_id(), scene.at(m)))
    await told(desk, scene.lead)
    seen, cursor = [], None
    while True:
        query = {"clinic_id": str(CLINIC), "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await desk.get("/v1/worklist", "nurse", **query)).json()
        seen += [item["due_at"] and item["due_at"]["local_time"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["12:10:00", "12:20:00", "12:30:00", "12:40:00", "12:50:00", None]
    assert {line["service"] for line in page["as_of"]} == {"intake", "scheduling", "notifications", "billing"}


async def test_each_role_sees_its_own_work(desk: Desk) -> None:
    story = await told(
        desk, lambda p: scene.concern(p, new_id()), lambda p: scene.screened(p, Outcome.ELIGIBLE), outer.message_failed,
        outer.replied, lambda p: scene.proposed(p, new_id()), lambda p: scene.alert(p, new_id()),
        lambda p: scene.missed(p, new_id()), scene.lead, lambda p: scene.safety_task(p, new_id()),
        lambda p: merged(p, new_id())[0], scene.opened, lambda p: scene.deviation(p, new_id()),
        lambda p: scene.not_ready(p, new_id()), scene.doubted, lambda p: scene.form_late(p, new_id()),
    )  # fmt: skip
    for role in ("frontdesk", "nurse", "clinician", "director"):
        seen = {item["kind"] for item in await items(desk, story, role)}
        assert seen == {kind for kind, roles in ROLES.items() if role in roles} - {Kind.ASSESSMENT_OVERDUE}
    for role in ("biller", "operator"):
        assert (await desk.get("/v1/worklist", role, clinic_id=str(CLINIC))).status_code == 403
    elsewhere = desk.token("clinician", clinic=new_id())
    assert (await desk.get("/v1/worklist", "", token=elsewhere, clinic_id=str(CLINIC))).status_code == 403
