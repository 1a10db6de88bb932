"""The patient's home: visits, what is due, what it costs, and help, which is always there."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.integration.readmodels import outer, scene
from tests.integration.readmodels.conftest import Desk
from tests.integration.readmodels.scene import CLINIC, Story, hear

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSON: dict[str, Any] = {
    "clinic_id": str(CLINIC), "legal_given_name": "Wren", "legal_family_name": "Ostrow", "birth_date": "1984-02-29",
    "sex_at_birth": "female", "phone": "+12085550142",
}  # fmt: skip


async def patient(desk: Desk) -> Story:
    """A registered patient; what the others say of it is still to be heard."""
    answer = await desk.post("/v1/patients", "frontdesk", body=PERSON)
    assert answer.status_code == 201, answer.text
    story = Story.sealed_by(desk.service)
    story.patient = UUID(answer.json()["id"])
    return story


async def home(desk: Desk, story: Story) -> dict[str, Any]:
    answer = await desk.get("/v1/me/home", story.patient)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_new_patient_is_shown_what_is_to_be_done_and_where_to_get_help(desk: Desk) -> None:
    found = await home(desk, await patient(desk))
    assert [due["what"] for due in found["due"]] == ["HEALTH_QUESTIONS", "PHQ9", "GAD7", "AUDITC", "CSSRS_SCREEN"]
    assert (found["visits"], found["consents_missing"], found["estimate"], found["invoice"]) == (
        [], ["IV_TREATMENT"], None, None,
    )  # fmt: skip
    assert [line["name"] for line in found["crisis"]["lines"]] == ["911", "988", "988 for veterans"]


async def test_visits_to_come_stand_in_order_in_the_time_of_their_place(desk: Desk) -> None:
    story, now = await patient(desk), desk.service.clock.now().replace(microsecond=0)
    later, sooner, past, off, missed = (new_id() for _ in range(5))
    p = story.patient
    for event in (
        scene.booked(p, later, now + timedelta(days=9)), scene.booked(p, sooner, now + timedelta(days=8)),
        scene.booked(p, past, now - timedelta(days=1)), scene.booked(p, off, now + timedelta(days=3)),
        scene.booked(p, missed, now + timedelta(days=2)), scene.moved(p, sooner, now + timedelta(days=7)),
        scene.cancelled(p, off, now + timedelta(days=3)), scene.missed(p, missed, now + timedelta(days=2)),
    ):  # fmt: skip
        story.say(event)
    await hear(desk.service, story.told)
    visits = (await home(desk, story))["visits"]
    assert [visit["appointment_id"] for visit in visits] == [str(sooner), str(later)]
    assert visits[0]["starts"]["utc"] == (now + timedelta(days=7)).isoformat().replace("+00:00", "Z")
    assert (visits[0]["starts"]["zone"], visits[0]["location"], visits[0]["session_number"]) == (
        "America/Boise", "main", 1,
    )  # fmt: skip


async def test_an_older_version_of_a_visit_that_comes_later_does_not_count(desk: Desk) -> None:
    story, now, visit = await patient(desk), desk.service.clock.now(), new_id()
    booked = story.say(scene.booked(story.patient, visit, now + timedelta(days=3)))
    late = story.say(scene.moved(story.patient, visit, now + timedelta(days=5)))
    gone = story.say(scene.cancelled(story.patient, visit, now + timedelta(days=5)))
    await hear(desk.service, [booked, gone, late])
    assert (await home(desk, story))["visits"] == []


async def test_the_newest_amounts_are_shown(desk: Desk) -> None:
    story, bill = await patient(desk), new_id()
    for event in (
        outer.estimate(story.patient, bill, 270_000), outer.estimate(story.patient, bill, 225_000, 2),
        outer.invoice(story.patient, 45_000),
    ):  # fmt: skip
        story.say(event)
    await hear(desk.service, story.told)
    found = await home(desk, story)
    assert (found["estimate"]["version"], found["estimate"]["total"]) == (
        2, {"amount_cents": 225_000, "currency": "USD"},
    )  # fmt: skip
    assert found["invoice"]["total"]["amount_cents"] == 45_000


async def test_what_was_done_is_no_longer_asked_for(desk: Desk) -> None:
    story = await patient(desk)
    phq9 = {"instrument": "PHQ9", "answers": [1, 1, 1, 1, 1, 1, 1, 1, 0]}
    answers = {"answers": {"pregnant": "no"}}
    consent = {"document": "IV_TREATMENT", "document_version": "2026-10"}
    sheets = [(f"instruments/{code}", {"answers": [0] * n}) for code, n in (("GAD7", 7), ("AUDITC", 3))]
    for path, body in (("assessments", phq9), ("questionnaires", answers), ("consents", consent), *sheets):
        answer = await desk.post(f"/v1/patients/{story.patient}/{path}", story.patient, body=body)
        assert answer.status_code == 201, answer.text
    found = await home(desk, story)
    assert ([due["what"] for due in found["due"]], found["consents_missing"]) == (["CSSRS_SCREEN"], [])


async def test_what_is_due_around_a_session_is_shown_from_its_time_on(desk: Desk) -> None:
    story, now = await patient(desk), desk.service.clock.now()
    for opens in (now - timedelta(hours=1), now + timedelta(hours=1)):
        due = new_id()
        await desk.rows(
            "INSERT INTO due_item (id, organisation_id, clinic_id, patient_id, occasion, appointment_id, version,"
            " state, opens_at, late_from) VALUES ($1, $2, $3, $4, 'CHECK_IN_24H', $1, 1, 'PLANNED', $5, $6)",
            due, scene.ORGANISATION, CLINIC, story.patient, opens, opens + timedelta(days=1),
        )  # fmt: skip
    assert [item["what"] for item in (await home(desk, story))["due"]].count("CHECK_IN_24H") == 1


async def test_home_is_the_patients_own(desk: Desk) -> None:
    story, other = await patient(desk), await patient(desk)
    other.say(outer.invoice(other.patient, 45_000))
    await hear(desk.service, other.told)
    assert (await home(desk, story))["invoice"] is None
    assert (await desk.get("/v1/me/home", "clinician")).status_code == 403
    assert (await desk.get("/v1/me/home", new_id())).status_code == 404
