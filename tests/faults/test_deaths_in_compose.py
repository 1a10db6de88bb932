"""SIGKILL in the middle of the story, in compose: the same final tables as without, nothing sent twice or parked."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest

from cli.demo.stage import Hooks
from cli.demo.tale import SPINE
from tests.support.compose import PROCESSES, Compose, ComposeEnding
from tests.support.endings import assert_same
from tests.support.given import seed
from tests.support.people import MARKED
from tests.support.told import Told

pytestmark = pytest.mark.timeout(420)
SEED = seed()
LEADS = "/intake/v1/public/wellmeadow/larkspur/leads"
InCompose = tuple[Told, ComposeEnding]


@dataclass
class Death:
    """Kills its victims soon after the story's client sends an act (by its number) the first time, then starts them."""

    compose: Compose
    victims: Mapping[int, Sequence[str]]
    chance: random.Random
    seen: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _dying: list[asyncio.Task[None]] = field(default_factory=list)

    def hooks(self) -> Hooks:
        """Counts acts as they are sent the first time."""

        async def sent(request: httpx.Request) -> None:
            act = request.headers.get("Idempotency-Key")
            if act and act not in self.seen:
                self.seen.add(act)
                if victims := self.victims.get(len(self.seen)):
                    self._dying.append(asyncio.create_task(self._strike(len(self.seen), victims)))

        return {"request": [sent]}

    async def _strike(self, number: int, victims: Sequence[str]) -> None:
        before, away = self.chance.uniform(0, 0.3), self.chance.uniform(0, 2)
        async with self._turn:  # who is still away from the death before cannot be killed
            await asyncio.sleep(before)
            await asyncio.to_thread(self.compose.kill, *victims)
            self.log.append(f"act {number} + {before:.2f} s: {', '.join(victims)} away for {away:.2f} s")
            await asyncio.sleep(away)
            await asyncio.to_thread(self.compose.start, *victims)

    async def finish(self) -> None:
        """Let deaths under way end; one that failed fails the test."""
        await asyncio.gather(*self._dying)
        await asyncio.to_thread(self.compose.wait_healthy)


@pytest.mark.parametrize(
    "victims",
    [
        pytest.param([[name] for name in PROCESSES], id="each process"),
        pytest.param([["kafka"], ["postgres"], ["kafka", "postgres"]], id="Kafka and PostgreSQL"),
    ],
)
async def test_what_dies_in_the_middle_changes_nothing_in_the_end(
    compose: Compose, undisturbed_in_compose: InCompose, victims: list[list[str]]
) -> None:
    told, undisturbed = undisturbed_in_compose
    chance, acts = random.Random(SEED), len({exchange.act for exchange in told.exchanges if exchange.act})
    chance.shuffle(victims)
    death = Death(compose, dict(zip(_moments(chance, acts, len(victims)), victims, strict=True)), chance)
    print(f"STILLWATER_SEED={SEED}")
    compose.renew()
    async with compose.story(uuid4(), death.hooks()) as story:
        try:
            await SPINE.tell(story, Told())
        finally:
            await death.finish()
        ending = await compose.ending(story)
    print("\n".join(death.log))
    assert len(death.log) == len(victims)
    assert ending.doubled == []
    assert undisturbed.deliveries - ending.in_doubt.total() <= ending.deliveries <= undisturbed.deliveries
    assert_same(ending, undisturbed)


def _moments(chance: random.Random, acts: int, count: int) -> list[int]:
    """One act out of each of `count` equal parts of the story, so that victims of neighbours are back in between."""
    part = (acts - 2) / count
    return [2 + int(part * number + chance.uniform(0, part)) for number in range(count)]


async def test_apis_accept_and_start_while_kafka_is_away(compose: Compose) -> None:
    async with compose.story(uuid4()) as story:
        await story.apply()
    compose.kill("kafka", "intake-api")
    try:
        compose.start("intake-api")
        compose.wait_healthy("intake-api")
        async with httpx.AsyncClient(base_url=compose.url) as http:
            made = await http.post(LEADS, json=MARKED.treated.lead(), headers={"Idempotency-Key": str(uuid4())})
        assert made.status_code == 201
        (row,) = await compose.rows("intake", "SELECT sent_at FROM outbox WHERE key = $1::uuid", made.json()["id"])
        assert row["sent_at"] is None
    finally:
        compose.start("kafka")
    compose.wait_healthy()
    async with compose.story(uuid4()) as story:
        await story.clock.settle()
    heard = await compose.rows(
        "notifications", "SELECT channel FROM consent_act WHERE patient_id = $1::uuid", made.json()["id"]
    )
    assert sorted(act["channel"] for act in heard) == ["EMAIL", "SMS"]


@pytest.mark.parametrize("away", [[], ["kafka"]], ids=["all is well", "Kafka is away"])
def test_every_process_stops_by_itself_when_it_is_asked_to(compose: Compose, away: list[str]) -> None:
    """With the broker gone every lookup of its name takes long; nobody waits for that."""
    if away:
        compose.kill(*away)
    compose.compose("stop", *PROCESSES, "gateway")
    try:
        codes = compose.inspected(*PROCESSES, "gateway", "--format", "{{.State.ExitCode}}")
        assert codes == dict.fromkeys((*PROCESSES, "gateway"), "0")
    finally:
        compose.start(*away, *PROCESSES, "gateway")
        compose.wait_healthy()
