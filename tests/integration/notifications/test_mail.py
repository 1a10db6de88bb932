"""E-mail over SMTP: confirmations and changes with calendar files, and what mail servers answer."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from cli.standins.mail import MailStandin
from services.notifications.commands.delivery import begin_attempt, cleared_mail
from services.notifications.commands.messages import decide_due
from services.notifications.domain.wording import CalendarFile, Mail
from services.notifications.loops import mail_turn
from services.notifications.mailer import Mailer, NotConfigured
from services.notifications.models import Message
from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.events.notifications import MessageFailed, MessageSent, OptOutReceived
from shared.ids import new_id
from shared.service import Service
from tests.integration.notifications.scene import Scene

package = pytest.mark.asyncio(loop_scope="package")
CALLER = Caller("service", "notifications", UUID(int=7))
PATIENT = timedelta(days=1)


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


class Office:
    """A service without a worker, and a mail server."""

    def __init__(self, service: Service, standin: MailStandin) -> None:
        self.service, self.standin, self.mailer = service, standin, Mailer(service.settings)

    async def clear(self) -> UUID:
        message_id, patient_id = new_id(), new_id()
        async with unit_of_work(self.service, CALLER) as uow:
            files = (CalendarFile(method="REQUEST", content="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),)
            mail = Mail(
                to="ana@mail.example", sender_name="Clinic", subject="Hello", text="See <you>.", calendars=files
            )
            uow.session.add(Message(
                id=message_id, organisation_id=CALLER.organisation_id, clinic_id=None, patient_id=patient_id,
                correlation_id=uow.correlation_id, plan_id="N05", channel="EMAIL", message_class="AUTO",
                state="SENDING", planned_at=uow.now, due_at=uow.now, stale_at=uow.now + timedelta(hours=1),
                outgoing=uow.seal_column("message", "outgoing", message_id, mail),
            ))  # fmt: skip
        return message_id

    async def turn(self, answers_within: timedelta = PATIENT) -> None:
        await mail_turn(self.service, self.mailer, answers_within)

    async def said(self) -> Counter[str]:
        rows = await (await self.service.database.pool()).fetch("SELECT type FROM outbox")
        return Counter(row["type"] for row in rows)

    async def states(self) -> list[str]:
        rows = await (await self.service.database.pool()).fetch("SELECT id, state, version FROM message ORDER BY id")
        return [row["state"] for row in rows]


@pytest.fixture
async def office(fresh_service: Callable[..., Awaitable[Service]]) -> AsyncIterator[Office]:
    standin = MailStandin()
    url = await standin.start()
    yield Office(await fresh_service("notifications", smtp_url=url, mail_from="visits@clinic.example"), standin)
    await standin.stop()


async def test_killed_after_the_server_agreed_and_before_it_got_the_mail_it_goes_once(office: Office) -> None:
    message = await office.clear()
    async with unit_of_work(office.service, CALLER) as uow:
        mail = await cleared_mail(uow, message)
    assert mail is not None
    async with office.mailer.conversation(mail):
        assert office.standin.mails == []
    await office.turn()
    await office.turn()
    assert (await office.states(), len(office.standin.mails)) == (["SENT"], 1)


async def test_cut_off_at_any_step_no_mail_goes_twice_and_every_doubt_is_told(office: Office) -> None:
    for _ in range(12):
        await office.clear()
    chance = random.Random(11)
    for _ in range(25):
        task = asyncio.create_task(office.turn())
        await asyncio.sleep(chance.uniform(0, 0.05))
        task.cancel()
        await asyncio.wait({task})
    for _ in range(3):
        await office.turn()
        await office.turn(timedelta())
    taken = Counter(mail.message["Message-ID"] for mail in office.standin.mails)
    states = Counter(await office.states())
    assert set(taken.values()) <= {1}
    assert set(states) <= {"SENT", "UNKNOWN"}
    assert states["SENT"] <= len(taken) <= 12
    assert await office.said() == Counter({MessageSent.type: states["SENT"]}) + Counter(
        {MessageFailed.type: states["UNKNOWN"]}
    )


async def test_killed_after_the_attempt_was_written_down_it_stays_in_doubt(office: Office) -> None:
    message = await office.clear()
    async with unit_of_work(office.service, CALLER) as uow:
        assert await begin_attempt(uow, message)
    await office.turn()
    assert await office.states() == ["SENDING"]
    await office.turn(timedelta())
    assert (await office.states(), office.standin.mails) == (["UNKNOWN"], [])


async def test_while_the_mail_server_is_away_nothing_is_lost(office: Office) -> None:
    message = await office.clear()
    await office.standin.stop()
    await office.turn()
    assert await office.states() == ["PLANNED"]
    async with unit_of_work(office.service, CALLER) as uow:
        row = await uow.session.get(Message, message)
        assert row is not None
        await decide_due(uow, message, row.version)
    assert await office.states() == ["SENDING"]


async def test_a_mail_says_the_same_as_text_and_as_html(office: Office) -> None:
    await office.clear()
    await office.turn()
    (mail,) = office.standin.mails
    plain, html = mail.message.get_body(("plain",)), mail.message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == "See <you>."
    assert "See &lt;you&gt;." in html.get_content()
    (part,) = mail.message.iter_attachments()
    assert part.get_params()[1:] == [("method", "REQUEST"), ("charset", "utf-8")]


@pytest.mark.parametrize(
    "given",
    [
        {"smtp_url": None}, {"mail_from": None}, {"smtp_url": "http://mail.example"}, {"smtp_url": "mail.example:25"},
        {"env": "production"},
    ],
)  # fmt: skip
async def test_a_mail_server_that_is_not_fully_named_or_not_encrypted_in_production_is_not_used(
    office: Office, given: dict[str, str | None]
) -> None:
    settings = office.service.settings.model_copy(update=given)
    with pytest.raises(NotConfigured):
        Mailer(settings)
