"""What patients text back (domain E.2, E.5, A.6)."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.events.notifications import OptOutReceived, ReplyReceived
from shared.ids import new_id
from tests.integration.notifications.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def open_replies(scene: Scene) -> list[dict[str, Any]]:
    client = scene.house.client("notifications", scene.house.tokens.staff("frontdesk"))
    replies: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/replies", params={"limit": 200} | cursor)).json()
        replies += page["items"]
        if page["next_cursor"] is None:
            return [reply for reply in replies if reply["sender"] == scene.number]
        cursor = {"cursor": page["next_cursor"]}


async def test_stop_is_obeyed_confirmed_once_and_told_to_everybody(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.house.settle()
    assert await scene.text_in(" Stop please ") == 200
    assert await scene.text_in("STOP") == 200
    (confirmation,) = await scene.quiet()
    assert (confirmation["plan_id"], confirmation["state"]) == ("N24", "SENT")
    first, again = await scene.said(OptOutReceived)
    assert (first.patient_id, first.channel, first.scope, first.opt_out_id) == (patient, "SMS", "ALL", again.opt_out_id)
    assert again.version > first.version
    await scene.book(patient)
    _, held = await scene.quiet()
    assert (held["state"], held["reason"]) == ("HELD", "OPTED_OUT")
    assert len(scene.sent()) == 1


@pytest.mark.parametrize("word", ["START", "yes"])
async def test_what_stop_held_back_goes_out_after_start(scene: Scene, word: str) -> None:
    patient = await scene.lead()
    await scene.house.settle()
    await scene.text_in("STOP")
    await scene.book(patient)
    await scene.quiet()
    assert await scene.text_in(word) == 200
    _, confirmed = await scene.quiet()
    assert (confirmed["plan_id"], confirmed["state"]) == ("N05", "SENT")


async def test_a_form_signed_before_stop_does_not_bring_texts_back(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.house.settle()
    record = scene.record(scene.number, True)
    await scene.text_in("STOP")
    await scene.register(patient, record)
    await scene.book(patient)
    _, held = await scene.quiet()
    assert (held["state"], held["reason"]) == ("HELD", "OPTED_OUT")


async def test_a_stop_from_a_number_that_nobody_is_known_by_holds_once_somebody_is(scene: Scene) -> None:
    record = scene.record(scene.number, True)
    await scene.text_in("STOP")
    (confirmation,) = await scene.quiet()
    assert (confirmation["plan_id"], confirmation["patient_id"]) == ("N24", None)
    assert await scene.said() == []
    patient = new_id()
    await scene.register(patient, record)
    await scene.book(patient)
    _, held = await scene.quiet()
    assert (held["state"], held["reason"]) == ("HELD", "OPTED_OUT")


async def test_everybody_at_a_shared_number_is_stopped(scene: Scene) -> None:
    ana, ben = await scene.lead(), await scene.lead()
    await scene.house.settle()
    await scene.text_in("unsubscribe")
    await scene.quiet()
    assert {out.patient_id for out in await scene.said(OptOutReceived)} == {ana, ben}
    assert len(scene.sent()) == 1


async def test_help_is_answered(scene: Scene) -> None:
    await scene.lead()
    await scene.house.settle()
    await scene.text_in("help")
    (answer,) = await scene.quiet()
    assert (answer["plan_id"], answer["state"]) == ("N23", "SENT")
    assert scene.house.clinic.locations[0].phone in scene.sent()[0]
    assert await open_replies(scene) == []


async def test_crisis_words_are_answered_once_at_any_hour_and_shown_to_a_person(scene: Scene) -> None:
    patient = await scene.lead()
    await scene.raise_concern(patient)
    await scene.house.settle()
    file = scene.house.clinic
    words = file.safety.model_copy(update={"crisis_words": (*file.safety.crisis_words, "no way out")})
    await scene.house.apply("notifications", file.model_copy(update={"safety": words}))
    await scene.text_in("stop. There is no way out")  # words of the clinic's own list
    (answer,) = await scene.quiet()
    assert (answer["plan_id"], answer["message_class"], answer["state"]) == ("N25", "CRISIS", "SENT")
    (text,) = scene.sent()
    assert "988" in text
    assert "911" in text
    (reply,) = await open_replies(scene)
    assert (reply["ask"], reply["patient_id"]) == ("CRISIS", str(patient))
    assert await scene.said(OptOutReceived) == []


@pytest.mark.parametrize("text", ["please don't stop", "no mas", "can I come later?", "C", "yes", "please start"])
async def test_everything_else_goes_to_a_person_and_nothing_is_answered(scene: Scene, text: str) -> None:
    await scene.lead()
    await scene.house.settle()
    await scene.text_in(text)
    assert await scene.quiet() == []
    (reply,) = await open_replies(scene)
    assert reply["text"] == text
    assert reply["handled_at"] is None


async def test_c_confirms_the_visit_that_the_last_reminder_was_about(scene: Scene) -> None:
    patient = await scene.lead()
    appointment = await scene.book(patient)
    await scene.house.clock.advance(timedelta(days=2, minutes=1))
    await scene.quiet()
    assert await scene.text_in("C") == 200
    (received,) = await scene.said(ReplyReceived)
    assert (received.patient_id, received.meaning, received.appointment_id) == (patient, "CONFIRM", appointment)
    assert await open_replies(scene) == []


async def test_c_after_the_visit_was_moved_goes_to_a_person(scene: Scene) -> None:
    patient = await scene.lead()
    appointment = await scene.book(patient)
    await scene.house.clock.advance(timedelta(days=2, minutes=1))
    await scene.quiet()
    await scene.move(patient, appointment)
    await scene.quiet()
    await scene.text_in("C")
    (received,) = await scene.said(ReplyReceived)
    assert (received.meaning, received.appointment_id) == ("FOR_A_PERSON", None)
    assert len(await open_replies(scene)) == 1


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("help me", "FOR_A_PERSON"),
        ("start", "START"),
        ("I want to die", "CRISIS"),
        ("may I come later?", "FOR_A_PERSON"),
        ("info", "HELP"),
    ],
)
async def test_every_reply_is_told_without_its_words(scene: Scene, text: str, meaning: str) -> None:
    patient = await scene.lead()
    await scene.house.settle()
    await scene.text_in(text)
    await scene.quiet()
    (received,) = await scene.said(ReplyReceived)
    assert (received.patient_id, received.meaning) == (patient, meaning)
    assert text not in received.model_dump_json()


async def test_crisis_words_from_a_shared_number_are_told_for_everybody_there(scene: Scene) -> None:
    ana, ben = await scene.lead(), await scene.lead()
    await scene.house.settle()
    await scene.text_in("I want to die")
    await scene.text_in("hello")
    await scene.quiet()
    told = {(received.patient_id, received.meaning) for received in await scene.said(ReplyReceived)}
    assert told == {(ana, "CRISIS"), (ben, "CRISIS")}


async def test_the_same_inbound_text_told_twice_counts_once(scene: Scene) -> None:
    await scene.lead()
    await scene.house.settle()
    form = {"MessageSid": f"SM{scene.number[-8:]}", "From": scene.number, "Body": "HELP"}
    for _ in range(3):
        assert await scene.standin.post(f"{scene.webhooks}/v1/twilio/inbound", form) == 200
    assert len(await scene.quiet()) == 1
    assert len(scene.sent()) == 1


async def test_a_person_settles_a_reply_once(scene: Scene) -> None:
    await scene.lead()
    await scene.house.settle()
    await scene.text_in("call me please about tomorrow")
    (reply,) = await open_replies(scene)
    client = scene.house.client("notifications", scene.house.tokens.staff("nurse", subject="nurse-7"))
    url = f"/v1/replies/{reply['id']}/settle"
    assert (await client.post(url, headers={"Idempotency-Key": "a"})).status_code == 428
    assert (await client.post(url, headers={"Idempotency-Key": "b", "If-Match": '"9"'})).status_code == 412
    settled = await client.post(url, headers={"Idempotency-Key": "c", "If-Match": '"1"'})
    assert (settled.status_code, settled.json()["handled_by"]) == (200, "nurse-7")
    again = await client.post(url, headers={"Idempotency-Key": "d", "If-Match": settled.headers["ETag"]})
    assert (again.status_code, again.json()["code"]) == (409, "CONFLICT")
    assert await open_replies(scene) == []


@pytest.mark.parametrize(
    "change", ["UPDATE consent_act SET kind = 'GRANT'", "DELETE FROM consent_act", "TRUNCATE consent_act"]
)
async def test_the_ledger_is_only_added_to(scene: Scene, change: str) -> None:
    patient = await scene.lead()
    await scene.house.settle()
    with pytest.raises(asyncpg.RestrictViolationError):
        await scene.house.rows("notifications", change)
    (act,) = await scene.house.rows("notifications", "SELECT kind FROM consent_act WHERE patient_id = $1", patient)
    assert act["kind"] == "GRANT"
