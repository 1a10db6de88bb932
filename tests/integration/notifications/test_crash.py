"""A process that is killed at any moment sends nothing twice and loses nothing (design: the outside world)."""

import asyncio
import pickle
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cli.standins.sms import SmsStandin
from services.notifications.carrier import Carrier
from services.notifications.commands.delivery import Attempt, begin_attempt
from services.notifications.commands.messages import decide_due
from services.notifications.domain.plan import AUTO, CRISIS, State
from services.notifications.domain.wording import Outgoing
from services.notifications.loops import Patience, turn
from services.notifications.models import Message
from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.events.notifications import MessageDelivered, MessageSent
from shared.ids import new_id
from shared.service import Service

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "test_auth_token"
CALLER = Caller("service", "notifications", UUID(int=7))
WAITING = Patience(timedelta(), timedelta(), timedelta(days=1))
SETTLED = Patience(timedelta(), timedelta(), timedelta())


@dataclass
class Post:
    """A service without a worker, and a provider that calls nobody back."""

    service: Service
    standin: SmsStandin
    carrier: Carrier

    async def clear(self, number: str, message_class: str = AUTO) -> UUID:
        """A message that is cleared to go."""
        message_id, patient_id = new_id(), new_id()
        async with unit_of_work(self.service, CALLER) as uow:
            outgoing = Outgoing(to=number, text="See you soon.")
            uow.session.add(Message(
                id=message_id, organisation_id=CALLER.organisation_id, clinic_id=None, patient_id=patient_id,
                correlation_id=uow.correlation_id, plan_id="N23", message_class=message_class, state=State.SENDING,
                planned_at=uow.now, due_at=uow.now, stale_at=uow.now + timedelta(hours=1),
                outgoing=uow.seal_column("message", "outgoing", message_id, outgoing),
            ))  # fmt: skip
        return message_id

    async def begin(self, message_id: UUID) -> Attempt | None:
        async with unit_of_work(self.service, CALLER) as uow:
            return await begin_attempt(uow, message_id)

    async def go_on(self, patience: Patience) -> None:
        """What the next process does: rounds until there is nothing to do, with due timers in between."""
        for _ in range(6):
            await turn(self.service, self.carrier, patience)
            await self.fire_timers()

    async def taken(self, texts: int) -> None:
        """Wait until the provider has so many texts."""
        while len(self.standin.texts) < texts:  # noqa: ASYNC110 -- another process brings them
            await asyncio.sleep(0.005)

    async def fire_timers(self) -> None:
        for row in await self.rows("SELECT id, version FROM message WHERE state = 'PLANNED'"):
            async with unit_of_work(self.service, CALLER) as uow:
                await decide_due(uow, row["id"], row["version"])

    async def rows(self, statement: str) -> list[Any]:
        return list(await (await self.service.database.pool()).fetch(statement))

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows("SELECT state FROM message ORDER BY id")]

    async def said(self) -> list[str]:
        """What was said, apart from what the provider told of the delivery: it tells that when it likes."""
        types = [row["type"] for row in await self.rows("SELECT type FROM outbox ORDER BY id")]
        return [type_ for type_ in types if type_ != MessageDelivered.type]


@pytest.fixture
async def post(fresh_service: Callable[..., Awaitable[Service]]) -> AsyncIterator[Post]:
    async with answering() as (standin, settings):
        service = await fresh_service("notifications", **settings)
        async with Carrier(service.settings) as carrier:
            yield Post(service, standin, carrier)


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[SmsStandin, dict[str, str]]]:
    standin = SmsStandin(ACCOUNT, TOKEN)
    url = await standin.start()
    yield standin, {"sms_url": url, "sms_account": ACCOUNT, "sms_token": TOKEN, "sms_from": "+12085550100"}
    await standin.stop()


async def test_killed_before_the_provider_has_it_the_text_goes_out_once_that_is_certain(post: Post) -> None:
    assert await post.begin(await post.clear("+12085552001"))
    await post.go_on(WAITING)
    assert (await post.states(), post.standin.texts) == (["UNKNOWN"], [])
    await post.go_on(SETTLED)
    assert (await post.states(), len(post.standin.texts)) == (["SENT"], 1)
    assert await post.said() == [MessageSent.type]


async def test_killed_before_the_answer_is_recorded_the_text_is_found_and_not_repeated(post: Post) -> None:
    attempt = await post.begin(await post.clear("+12085552001"))
    assert attempt is not None
    await post.carrier.send(attempt.message_id, attempt.outgoing)
    await post.go_on(SETTLED)
    assert (await post.states(), len(post.standin.texts)) == (["SENT"], 1)
    assert await post.said() == [MessageSent.type]


async def test_two_texts_with_the_same_words_are_not_taken_for_each_other(post: Post) -> None:
    await post.clear("+12085552001")
    await post.go_on(WAITING)
    assert await post.begin(await post.clear("+12085552001"))
    await post.go_on(SETTLED)
    assert (await post.states(), len(post.standin.texts)) == (["SENT", "SENT"], 2)


async def test_an_answer_that_is_lost_on_the_way_is_asked_after(post: Post) -> None:
    await post.clear("+12085550020")
    await post.go_on(WAITING)
    assert (await post.states(), len(post.standin.texts)) == (["SENT"], 1)


async def test_an_ordinary_text_waits_for_certainty_and_a_crisis_text_does_not(post: Post) -> None:
    await post.clear("+12085550021")
    crisis = await post.clear("+12085550021", CRISIS)
    await turn(post.service, post.carrier, WAITING)
    assert await post.states() == ["UNKNOWN", "PLANNED"]
    (again,) = await post.rows("SELECT id FROM message WHERE state = 'PLANNED'")
    assert again["id"] == crisis


async def test_while_the_provider_is_away_nothing_is_lost(post: Post) -> None:
    await post.clear("+12085552001")
    await post.standin.stop()
    await turn(post.service, post.carrier, WAITING)
    (message,) = await post.rows("SELECT state, reason, attempted_at FROM message")
    assert tuple(message) == ("PLANNED", "PROVIDER_AWAY", None)
    (timer,) = await post.rows("SELECT due_at > now() AS later FROM timer WHERE state = 'DUE'")
    assert timer["later"]


async def test_a_text_is_begun_by_one_worker_only(post: Post) -> None:
    message = await post.clear("+12085552001")
    begun = await asyncio.gather(*(post.begin(message) for _ in range(5)))
    assert len([attempt for attempt in begun if attempt is not None]) == 1


async def test_a_clearance_that_has_grown_old_is_not_used(post: Post) -> None:
    message = await post.clear("+12085552001")
    post.service.clock.set_offset(timedelta(minutes=2))
    assert await post.begin(message) is None
    assert await post.states() == ["PLANNED"]


async def test_cut_off_at_any_step_every_text_arrives_exactly_once(post: Post) -> None:
    numbers = [f"+1208555{number}" for number in range(3000, 3040)]
    for number in numbers:
        await post.clear(number)
    chance = random.Random(7)
    for _ in range(60):
        task = asyncio.create_task(turn(post.service, post.carrier, WAITING))
        await asyncio.sleep(chance.uniform(0, 0.06))
        task.cancel()
        await asyncio.wait({task})
    await asyncio.sleep(0.5)  # what is still under way to the provider arrives
    for _ in range(8):
        await post.go_on(SETTLED)
    assert Counter(text.to for text in post.standin.texts) == Counter(numbers)
    assert set(await post.states()) == {"SENT"}
    assert await post.said() == [MessageSent.type] * len(numbers)


@pytest.mark.timeout(300)
async def test_killed_again_and_again_a_process_delivers_every_text_exactly_once(post: Post) -> None:
    numbers = [f"+1208555{number}" for number in range(4000, 4030)]
    for number in numbers:
        await post.clear(number)
    for texts in (1, 9):
        async with courier_of(post.service):
            await post.taken(texts)
    async with courier_of(post.service):
        while set(await post.states()) != {"SENT"}:
            await post.fire_timers()
            await asyncio.sleep(0.1)
    assert Counter(text.to for text in post.standin.texts) == Counter(numbers)
    assert await post.said() == [MessageSent.type] * len(numbers)


@asynccontextmanager
async def courier_of(service: Service) -> AsyncIterator[None]:
    """The delivery loop in a process of its own; leaving kills it at whatever it is doing."""
    arguments = ("-m", "tests.integration.notifications.courier", pickle.dumps(service.settings).hex())
    courier = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    try:
        yield
    finally:
        courier.kill()
        await courier.wait()
