"""Handing e-mail over, cut off at every step: a mail goes once, and every doubt is told."""

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
from services.notifications.mailer import Mailer
from services.notifications.models import Message
from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.events.notifications import MessageFailed, MessageSent
from shared.ids import new_id
from shared.mailserver import NotConfigured
from shared.service import Service

CALLER = Caller("service", "notifications", UUID(int=7))
PATIENT = timedelta(days=1)


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
