"""E-mail over SMTP: confirmations and changes with calendar files, and what mail servers answer."""

from datetime import timedelta

import pytest

from shared.events.notifications import MessageFailed, MessageSent, OptOutReceived
from shared.ids import new_id
from tests.integration.notifications.scene import Scene

package = pytest.mark.asyncio(loop_scope="package")


def calendars(mail: object) -> list[str]:
    parts = mail.message.iter_attachments()  # type: ignore[attr-defined]
    return [part.get_content() for part in parts if part.get_content_type() == "text/calendar"]


@package
async def test_a_booking_is_confirmed_by_mail_with_an_invitation(scene: Scene) -> None:
    patient = await scene.lead(email="own")
    appointment = await scene.book(patient)
    await scene.quiet()
    (mail,) = scene.mails()
    (row,) = [row for row in await scene.plan("N05") if row["channel"] == "EMAIL"]
    assert (row["state"], row["appointment_version"]) == ("SENT", 1)
    assert mail.message["Message-ID"] == f"<{row['id']}@clinic.example>"
    assert mail.message["Subject"].startswith("Your visit on ")
    assert mail.sender == "visits@clinic.example"
    body = mail.message.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("Hello Ana, your visit at Larkspur Clinic is ")
    (file,) = calendars(mail)
    for part in ("METHOD:REQUEST", f"UID:{appointment}@clinic.example", "SEQUENCE:0", "STATUS:CONFIRMED"):
        assert part in file
    assert {(sent.plan_id, sent.channel) for sent in await scene.said(MessageSent)} == {
        ("N05", "EMAIL"),
        ("N05", "SMS"),
    }


@package
async def test_a_move_and_a_cancellation_update_the_invitation(scene: Scene) -> None:
    patient = await scene.lead(email="own")
    appointment = await scene.book(patient)
    await scene.quiet()
    await scene.move(patient, appointment, version=2)
    await scene.quiet()
    await scene.cancel(patient, appointment, version=3)
    await scene.quiet()
    told = [
        {line for line in file.splitlines() if line.split(":")[0] in ("METHOD", "SEQUENCE", "STATUS", "UID")}
        for mail in scene.mails() for file in calendars(mail)
    ]  # fmt: skip
    uid = f"UID:{appointment}@clinic.example"
    assert told == [
        {"METHOD:REQUEST", "SEQUENCE:0", "STATUS:CONFIRMED", uid},
        {"METHOD:REQUEST", "SEQUENCE:1", "STATUS:CONFIRMED", uid},
        {"METHOD:CANCEL", "SEQUENCE:2", "STATUS:CANCELLED", uid},
    ]
    assert [mail.message["Subject"] for mail in scene.mails()][1:] == [
        "Your visit has a new time", "Your visit is cancelled",
    ]  # fmt: skip


@package
async def test_a_course_is_confirmed_by_one_mail_with_an_invitation_for_each_session(scene: Scene) -> None:
    patient, course = await scene.lead(email="own"), new_id()
    first = scene.house.clock.now().replace(microsecond=0) + timedelta(days=3)
    for number in (1, 2):
        await scene.book(patient, course_id=course, session_number=number, starts_at=first + timedelta(days=number))
    await scene.quiet()
    assert scene.mails() == []  # how many there will be is not known yet
    await scene.plan_course(patient, course, 3)
    await scene.quiet()
    assert scene.mails() == []
    await scene.book(patient, course_id=course, session_number=3, starts_at=first + timedelta(days=3))
    await scene.quiet()
    (mail,) = scene.mails()
    assert len(calendars(mail)) == 3
    assert len(scene.sent()) == 1


@package
async def test_a_course_whose_sessions_stay_unknown_is_confirmed_with_those_that_are(scene: Scene) -> None:
    patient, course = await scene.lead(email="own"), new_id()
    await scene.plan_course(patient, course, 6)
    await scene.book(patient, course_id=course, session_number=1)
    await scene.quiet()
    await scene.house.clock.advance(timedelta(minutes=16))
    await scene.quiet()
    (mail,) = scene.mails()
    assert len(calendars(mail)) == 1


@package
async def test_mail_goes_at_night_and_texts_wait(scene: Scene) -> None:
    patient = await scene.lead(email="own")
    await scene.house.clock.advance(timedelta(hours=10))
    await scene.book(patient)
    await scene.quiet()
    assert (len(scene.mails()), scene.sent()) == (1, [])


@package
@pytest.mark.parametrize("granted", [None, False])
async def test_without_consent_to_mail_none_is_sent_and_the_text_goes(scene: Scene, granted: bool | None) -> None:
    patient = await scene.lead(email="own", mail_granted=granted)
    await scene.book(patient)
    await scene.quiet()
    states = await scene.states("N05")
    assert states["N05", "EMAIL", 1][0] == "DROPPED"
    assert states["N05", "SMS", 1] == ("SENT", None)
    assert scene.mails() == []
    assert await scene.said(MessageFailed) == []
    assert await scene.tasks() == []


@package
async def test_consent_to_mail_is_recorded_and_revoked_apart_from_texts(scene: Scene) -> None:
    patient = await scene.lead(email="own", mail_granted=None)
    await scene.house.settle()
    client = scene.house.client("notifications", scene.house.tokens.staff("frontdesk"))
    body = {
        "channel": "EMAIL", "purpose": "CARE", "granted": True, "wording_version": "w2", "method": "PAPER",
        "given_at": (scene.house.clock.now() - timedelta(minutes=1)).isoformat(),
    }  # fmt: skip
    url = f"/v1/patients/{patient}/contact-consents"
    granted = await client.post(url, json=body, headers={"Idempotency-Key": str(new_id())})
    assert (granted.status_code, granted.json()["care_messages"]) == (201, "ALLOWED")
    await scene.book(patient)
    await scene.quiet()
    assert len(scene.mails()) == 1
    stop = body | {"granted": False, "given_at": scene.house.clock.now().isoformat()}
    revoked = await client.post(url, json=stop, headers={"Idempotency-Key": str(new_id())})
    assert revoked.json()["care_messages"] == "OPTED_OUT"
    (out,) = await scene.said(OptOutReceived)
    assert (out.channel, out.scope) == ("EMAIL", "CARE")
    await scene.book(patient)
    await scene.quiet()
    assert (len(scene.mails()), len(scene.sent())) == (1, 2)


@package
async def test_a_mailbox_that_does_not_exist_fails_and_a_busy_server_is_asked_again(scene: Scene) -> None:
    gone = await scene.lead(email="refused@mail.example")
    await scene.book(gone)
    await scene.quiet()
    assert (await scene.states("N05"))["N05", "EMAIL", 1] == ("FAILED", "PROVIDER_550")
    (failed,) = await scene.said(MessageFailed)
    assert (failed.reason, failed.channel) == ("PROVIDER_550", "EMAIL")
    assert await scene.tasks() == []  # the text reached them


@package
@pytest.mark.parametrize("name", ["busy", "dropped"])
async def test_a_server_that_did_not_take_it_is_asked_again(scene: Scene, name: str) -> None:
    patient = await scene.lead(email=f"{name}@mail.example")
    await scene.book(patient)
    await scene.quiet()
    assert (await scene.states("N05"))["N05", "EMAIL", 1] == ("PLANNED", "PROVIDER_AWAY")


@package
async def test_a_mail_whose_answer_was_lost_is_not_repeated_and_a_person_is_told(scene: Scene) -> None:
    patient = await scene.lead(email="broken@mail.example", phone=None)
    await scene.book(patient)
    await scene.quiet()
    await scene.house.clock.advance(timedelta(hours=2))
    await scene.quiet()
    assert (await scene.states("N05"))["N05", "EMAIL", 1] == ("UNKNOWN", "ANSWER_LOST")
    assert len(scene.mails("broken@mail.example")) == 1
    assert [failed.reason for failed in await scene.said(MessageFailed)] == ["ANSWER_LOST"]
    assert [(task["reason"], task["plan_id"]) for task in await scene.tasks()] == [("ANSWER_LOST", "N05")]
    scene.post.mails.clear()
