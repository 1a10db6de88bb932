"""Somebody is woken (domain A.1, A.6): pages by mail and webhook, the ladder, lost answers, restarts, no broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from cli.standins.mail import MailStandin
from services.intake.app import DEFINITION
from services.intake.commands.safety.oncall import DUTY
from shared.clinicfile.lint import lint
from shared.clinicfile.oncall import OnCall, Rung
from shared.events.intake import SafetyConcernEscalated, SafetyConcernRaised
from shared.ids import new_id
from shared.oncall.ladder import Outcome, Page, Target
from shared.oncall.pager import Pager
from shared.oncall.paging import begin_page
from shared.runtime.clock_loop import set_offset
from shared.runtime.parts.broker import EmbeddedBroker
from shared.runtime.secrets import Secrets
from tests.integration.intake.conftest import Intake
from tests.integration.intake.safety import ZERO, acknowledge, open_concerns, resolve
from tests.support.house import House, larkspur, running
from tests.support.postgres import Postgres
from tests.support.webhook import Webhook

pytestmark = pytest.mark.asyncio(loop_scope="session")
MAIL_FROM = "visits@clinic.example"
MINUTE = timedelta(minutes=1)


@dataclass
class Night:
    """An intake whose pages go to a mail server and a webhook on this machine."""

    intake: Intake
    mail: MailStandin
    webhook: Webhook
    url: str

    @property
    def house(self) -> House:
        return self.intake.house

    async def ladder(self, *addresses: str, **more: Any) -> None:
        """The clinic's ladder from now on: 5 minutes a rung, the last one every 20."""
        rungs = tuple(
            Rung(name=f"Person {n}", role="Clinician", minutes=5, **{"email" if "@" in to else "webhook": to})
            for n, to in enumerate(addresses, start=1)
        )
        on_call = OnCall(ladder=rungs, repeat_minutes=20, **more)
        await self.house.apply("intake", self.house.clinic.model_copy(update={"on_call": on_call}))

    async def in_danger(self, points: int = 3) -> tuple[UUID, str]:
        """A patient with an open concern, and the concern's id."""
        patient = await self.intake.registered()
        await self.intake.phq9(patient, *ZERO, points)
        return patient, (await open_concerns(self.intake, patient))[0]["id"]

    async def concern(self, patient: UUID) -> dict[str, Any]:
        return (await open_concerns(self.intake, patient))[0]

    async def paged(self, patient: UUID) -> list[tuple[str, int, str]]:
        """Who was paged by which escalation, and what became of it."""
        pages = (await self.concern(patient))["pages"]
        return [(page["to"], page["escalation"], page["outcome"]) for page in pages]

    async def hurry(self) -> None:
        """What waits for its next attempt is due now."""
        await self.house.rows("intake", "UPDATE concern_page SET due_at = now() WHERE state = 'OWED' RETURNING id")

    async def until_taken(self, patient: UUID, count: int) -> list[tuple[str, int, str]]:
        """What was paged once so many pages were taken; it does not wait for events."""
        for _ in range(400):
            await self.hurry()
            paged = await self.paged(patient)
            if [outcome for *_, outcome in paged].count("TAKEN") == count:
                break
            await asyncio.sleep(0.05)
        return sorted(paged)


@asynccontextmanager
async def night(postgres: Postgres, broker: str) -> AsyncIterator[Night]:
    mail, webhook = MailStandin(), Webhook()
    settings = {"smtp_url": await mail.start(), "mail_from": MAIL_FROM}
    url = await webhook.start()
    async with running([DEFINITION], postgres, broker, clinic=larkspur(), settings={"intake": settings}) as house:
        yield Night(Intake(house), mail, webhook, url)
    await mail.stop()
    await webhook.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_night(postgres: Postgres) -> AsyncIterator[Night]:
    cluster = EmbeddedBroker()
    cluster.start()
    async with night(postgres, cluster.bootstrap) as found:
        yield found
    cluster.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def on_call(shared_night: Night) -> Night:
    """The night, in which nothing of an earlier test becomes due."""
    await shared_night.house.settle()
    await shared_night.house.rows("intake", "DELETE FROM timer WHERE state = 'DUE' RETURNING kind")
    withdrawn = "UPDATE concern_page SET state = 'WITHDRAWN' WHERE state = 'OWED' RETURNING id"
    await shared_night.house.rows("intake", withdrawn)
    shared_night.mail.mails.clear()
    shared_night.webhook.pages.clear()
    shared_night.webhook.keys.clear()
    return shared_night


async def test_a_high_risk_pages_the_first_rung_at_once_in_words_that_anybody_may_read(on_call: Night) -> None:
    await on_call.ladder("first@mail.example", "second@mail.example")
    patient, concern = await on_call.in_danger()
    await on_call.house.settle()
    assert await on_call.paged(patient) == [("Person 1", 0, "TAKEN")]
    (mail,) = on_call.mail.mails
    text = mail.message.get_content()
    assert (mail.to, mail.sender, mail.message["From"]) == (
        "first@mail.example", MAIL_FROM, f"Larkspur Clinic <{MAIL_FROM}>",
    )  # fmt: skip
    assert concern in text
    assert lint(text.replace(concern, ""), "https://portal.example.org") == []
    assert not {"June", "Juniper", "Ashdown", "PHQ", "HIGH", str(patient)} & {*text.replace(",", " ").split()}
    written = "SELECT action, reason FROM audit WHERE resource = 'concern_page' AND patient_id = $1 ORDER BY at, id"
    rows = await on_call.house.rows("intake", written, patient)
    assert [(row["action"], row["reason"]) for row in rows] == [
        ("create", "OWED"), ("update", "SENDING"), ("update", "TAKEN"),
    ]  # fmt: skip


async def test_unacknowledged_it_climbs_to_the_last_rung_which_is_paged_again_and_again(on_call: Night) -> None:
    await on_call.ladder("first@mail.example", f"{on_call.url}/200")
    patient, concern = await on_call.in_danger()
    await on_call.house.clock.advance(46 * MINUTE)
    assert await on_call.paged(patient) == [
        ("Person 1", 0, "TAKEN"), ("Person 2", 1, "TAKEN"), ("Person 2", 2, "TAKEN"), ("Person 2", 3, "TAKEN"),
    ]  # fmt: skip
    said = await on_call.intake.said(patient, SafetyConcernEscalated)
    assert [(e.escalation, e.rung, e.version, e.state) for e in said] == [
        (1, 2, 2, "OPEN"), (2, 2, 3, "OPEN"), (3, 2, 4, "OPEN"),
    ]  # fmt: skip
    minutes = [round((e.escalated_at - e.raised_at) / MINUTE) for e in said]
    assert minutes == [5, 25, 45]
    assert on_call.webhook.pages[0]["reference"] == concern
    assert set(on_call.webhook.pages[0]) == {"id", "reference", "to", "role", "text", "sender"}
    assert len(set(on_call.webhook.keys)) == 3


@pytest.mark.parametrize("answer", [acknowledge, resolve])
async def test_who_answers_ends_the_climb(on_call: Night, answer: Any) -> None:
    await on_call.ladder("first@mail.example", "second@mail.example")
    patient, concern = await on_call.in_danger()
    await on_call.house.clock.advance(6 * MINUTE)
    assert (await answer(on_call.intake, concern)).json()["escalations"] == 1
    await on_call.house.clock.advance(timedelta(hours=3))
    assert [mail.to for mail in on_call.mail.mails] == ["first@mail.example", "second@mail.example"]
    assert len(await on_call.intake.said(patient, SafetyConcernEscalated)) == 1


async def test_a_milder_risk_wakes_nobody_until_its_time_is_over(on_call: Night) -> None:
    await on_call.ladder("first@mail.example", "second@mail.example")
    patient, _ = await on_call.in_danger(1)
    [raised] = await on_call.intake.said(patient, SafetyConcernRaised)
    await on_call.house.clock.advance(raised.acknowledge_by - on_call.house.clock.now() - MINUTE)
    assert await on_call.paged(patient) == []
    await on_call.house.clock.advance(7 * MINUTE)
    assert await on_call.paged(patient) == [("Person 1", 1, "TAKEN"), ("Person 2", 2, "TAKEN")]


async def test_a_page_whose_answer_was_lost_is_sent_again_until_somebody_answers(on_call: Night) -> None:
    await on_call.ladder("broken@mail.example")
    patient, concern = await on_call.in_danger()
    await on_call.house.settle()
    await on_call.hurry()
    await on_call.house.settle()
    assert await on_call.paged(patient) == [("Person 1", 0, "LOST"), ("Person 1", 0, "LOST"), ("Person 1", 0, "OWED")]
    assert len({mail.message["Message-ID"] for mail in on_call.mail.mails}) == 1
    await acknowledge(on_call.intake, concern)
    await on_call.hurry()
    await on_call.house.settle()
    assert [outcome for *_, outcome in await on_call.paged(patient)] == ["LOST", "LOST", "WITHDRAWN"]
    assert len(on_call.mail.mails) == 2


async def test_an_address_that_does_not_exist_lets_the_concern_climb_at_once(on_call: Night) -> None:
    await on_call.ladder("refused@mail.example", "second@mail.example")
    patient, _ = await on_call.in_danger()
    await on_call.house.settle()
    assert await on_call.paged(patient) == [("Person 1", 0, "REFUSED"), ("Person 2", 1, "TAKEN")]
    await on_call.house.clock.advance(6 * MINUTE)
    assert (await on_call.concern(patient))["escalations"] == 1


async def test_the_last_address_is_tried_again_however_it_answers(on_call: Night) -> None:
    await on_call.ladder(f"{on_call.url}/404")
    patient, _ = await on_call.in_danger()
    await on_call.house.settle()
    assert await on_call.paged(patient) == [("Person 1", 0, "REFUSED"), ("Person 1", 0, "OWED")]


async def test_a_clinic_without_a_ladder_still_says_that_nobody_answers(on_call: Night) -> None:
    await on_call.house.apply("intake", on_call.house.clinic)
    older = on_call.house.clinic.model_copy(update={"on_call": OnCall()})
    await on_call.house.rows(
        "intake", "INSERT INTO clinic_file SELECT (jsonb_populate_record(f, jsonb_build_object("
        "'hash', 'of an older version', 'content', $1::text))).* FROM clinic_file f"
        " WHERE hash = (SELECT hash FROM clinic_active) RETURNING hash", older.model_dump_json(),
    )  # fmt: skip
    await on_call.house.rows("intake", "UPDATE clinic_active SET hash = 'of an older version' RETURNING hash")
    patient, _ = await on_call.in_danger()
    await on_call.house.clock.advance(6 * MINUTE)
    assert await on_call.paged(patient) == []
    assert [(e.escalation, e.rung) for e in await on_call.intake.said(patient, SafetyConcernEscalated)] == [(1, 0)]


async def test_a_process_that_died_between_due_and_done_is_made_good_by_the_next(on_call: Night) -> None:
    await on_call.ladder("first@mail.example", "second@mail.example")
    service = on_call.house.services["intake"]
    await on_call.house.stop_worker("intake")
    patient, _ = await on_call.in_danger()
    (owed,) = await on_call.house.rows("intake", "SELECT id FROM concern_page WHERE patient_id = $1", patient)
    async with on_call.house.unit("intake") as uow:
        assert await begin_page(uow, DUTY, owed["id"]) is not None  # and there the process ends
    await set_offset(service, service.clock.offset + 6 * MINUTE)
    ages_ago = "UPDATE concern_page SET begun_at = now() - interval '2 minutes' WHERE id = $1 RETURNING id"
    await on_call.house.rows("intake", ages_ago, owed["id"])
    await on_call.house.start_worker("intake")
    assert await on_call.until_taken(patient, 2) == [
        ("Person 1", 0, "LOST"), ("Person 1", 0, "TAKEN"), ("Person 2", 1, "TAKEN"),
    ]  # fmt: skip
    assert sorted(mail.to for mail in on_call.mail.mails) == ["first@mail.example", "second@mail.example"]


async def test_pages_and_the_climb_need_no_broker(postgres: Postgres) -> None:
    async with night(postgres, "127.0.0.1:9") as cut_off:
        await cut_off.ladder("first@mail.example", f"{cut_off.url}/200")
        patient, _ = await cut_off.in_danger()
        service = cut_off.house.services["intake"]
        await set_offset(service, 6 * MINUTE)
        assert await cut_off.until_taken(patient, 2) == [("Person 1", 0, "TAKEN"), ("Person 2", 1, "TAKEN")]
        assert await cut_off.house.rows("intake", "SELECT 1 FROM outbox WHERE sent_at IS NOT NULL") == []


@pytest.mark.parametrize(
    ("address", "outcome", "taken"),
    [
        ("/200", "TAKEN", 1), ("/202", "TAKEN", 1), ("/404", "REFUSED", 1), ("/401", "REFUSED", 1),
        ("/429", "NOT_TAKEN", 1), ("/408", "NOT_TAKEN", 1), ("/503", "NOT_TAKEN", 1), ("/302", "NOT_TAKEN", 1),
        ("/broken", "LOST", 1), ("/silent", "LOST", 1), ("ash@mail.example", "TAKEN", 1),
        ("refused@mail.example", "REFUSED", 0), ("busy@mail.example", "NOT_TAKEN", 0),
        ("dropped@mail.example", "NOT_TAKEN", 0), ("broken@mail.example", "LOST", 1),
        ("http://127.0.0.1:9/nobody", "NOT_TAKEN", 0),
    ],
)  # fmt: skip
async def test_only_what_was_plainly_taken_counts_as_a_page(address: str, outcome: str, taken: int) -> None:
    mail, webhook = MailStandin(), Webhook()
    smtp, url = await mail.start(), await webhook.start()
    settings = Secrets.fresh().settings(
        "intake", database_url="postgresql://nowhere/x", kafka="nowhere:9", smtp_url=smtp
    )
    channel: Any = "EMAIL" if "@" in address else "WEBHOOK"
    target = Target(
        name="Ash", role="Clinician", channel=channel, address=url + address if address[0] == "/" else address
    )
    page = Page(new_id(), new_id(), target, "Larkspur Clinic", "You are needed.")
    async with Pager(settings, each_answer=0.5) as pager:
        assert await pager.send(page) is Outcome(outcome)
    assert len(mail.mails) + len(webhook.pages) == taken
    await mail.stop()
    await webhook.stop()
