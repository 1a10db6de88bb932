"""The story, told to a house that is a process of its own, and everything that could be seen of it."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from cli.demo.events import Heard
from cli.demo.stage import SMS_LOG, Hooks, story_of
from cli.demo.story import Story
from cli.demo.tale import SPINE
from cli.house import broker_settings
from cli.standins.sms import SmsStandin
from shared.events import SERVICES, Envelope, topic_of
from shared.messaging.kafka import tail
from shared.runtime.embedded import SECRETS_FILE
from shared.runtime.parts import Parts
from shared.runtime.secrets import Secrets, make_secrets
from tests.support.endings import mails_in_doubt
from tests.support.houseprocess import HouseProcess, readable_files
from tests.support.people import MARKED
from tests.support.tables import Tables, envelopes, said, tables_of, unsettled

MISTAKES = 5  # acts that are sent after the story, to be refused
PATIENCE = 150.0  # seconds that a client waits for a house which is being started again


@dataclass
class Exchange:
    """One request and its answer. `act` is the Idempotency-Key, empty when it only read."""

    act: str
    method: str
    url: str
    status: int
    answer: str


@dataclass
class Ending:
    """How a story ended: tables and events of all services, what did not settle, and the keys to open it with."""

    tables: Tables
    said: Counter[str]
    unsettled: list[str]
    in_doubt: Counter[str]
    envelopes: list[Envelope]
    secrets: Secrets


@dataclass
class Told:
    """What was seen while the story was told."""

    steps: dict[str, list[str]] = field(default_factory=dict)
    patients: list[UUID] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    exit_code: int | None = None
    ending: Ending | None = None
    _title: str = ""

    def begin(self, number: int, title: str) -> None:
        self._title = title

    def done(self, seen: list[str]) -> None:
        self.steps[self._title] = seen

    def failed(self, why: str) -> None:
        self.steps[self._title] = [f"FAILED {why}"]

    def event(self, heard: Heard) -> None:
        """Events are read from the topics, not from here."""

    def hooks(self) -> Hooks:
        """Hears every exchange of the story's client."""

        async def heard(response: httpx.Response) -> None:
            await response.aread()
            request = response.request
            act = request.headers.get("Idempotency-Key", "")
            self.exchanges.append(Exchange(act, request.method, str(request.url), response.status_code, response.text))

        return {"response": [heard]}


@cache
def undisturbed() -> Told:
    """The story told once, with marked people, to a house that nobody disturbs."""
    with ThreadPoolExecutor(1) as elsewhere:  # its event loop is not the tests'
        return elsewhere.submit(asyncio.run, _tell_undisturbed()).result()


async def _tell_undisturbed() -> Told:
    told = Told()
    with tempfile.TemporaryDirectory(prefix="stillwater-story-") as name:
        house = HouseProcess(Path(name))
        house.start()
        try:
            house.wait_ready()
            async with (
                _reading_topics(house.data, told),
                story_of(house.data, uuid4(), cast=MARKED, patience=PATIENCE, hooks=told.hooks()) as story,
            ):
                await SPINE.tell(story, told)
                await _provoke(story)
                await story.clock.settle()
                told.patients = story.patients
        finally:
            told.exit_code = house.stop()
        told.texts = [text["body"] for text in SmsStandin("", "", house.data / SMS_LOG).messages]
        told.files = {
            str(file.relative_to(name)): file.read_text(errors="replace") for file in readable_files(house.data)
        }
        told.ending = await ending_of(house.data)
    return told


async def ending_of(data: Path) -> Ending:
    """Read the databases of a house that has ended."""
    with Parts(data / "parts") as addresses:
        tables, counted = await tables_of(data, addresses), await said(addresses)
        left, doubt, told = await unsettled(addresses), await mails_in_doubt(addresses), await envelopes(addresses)
    return Ending(tables, counted, left, doubt, told, make_secrets(data / SECRETS_FILE))


async def _provoke(story: Story) -> None:
    """Mistakes with marked values in them: whatever is refused must not be repeated back."""
    person, house, desk = story.cast.treated, story.house, story.staff["frontdesk"]
    lead = f"/v1/public/{story.clinic.organisation}/{story.clinic.clinic}/leads"
    await house.attempt("intake", lead, "bad phone", person.lead() | {"phone": f"call {person.given_name}"})
    await house.attempt("intake", lead, "bad email", person.lead() | {"email": person.message})
    await house.attempt("intake", lead, "bad field", person.lead() | {"nickname": person.preferred_name})
    visit = story.course["sessions"][1]
    identifiers = {"name": person.preferred_name, "birth_date": person.birth_date.isoformat(), "escort": person.escort}
    path = f"/v1/appointments/{visit['appointment_id']}/check-in"
    await house.attempt("scheduling", path, "bad check-in", identifiers, desk, version=visit["version"])
    named = {"name": person.escort["name"], "phone": person.given_name}
    path = f"/v1/appointments/{visit['appointment_id']}/escort"
    await house.attempt("scheduling", path, "bad escort", named, desk, version=visit["version"])


@asynccontextmanager
async def _reading_topics(data: Path, told: Told) -> AsyncIterator[None]:
    """Keep every record of the four topics, body and headers, as text."""
    settings = broker_settings(data)

    async def read() -> None:
        async for record in tail(settings, [topic_of(service) for service in SERVICES], from_start=True):
            headers = " ".join(f"{name}={value.decode(errors='replace')}" for name, value in record.headers)
            told.records.append(f"{headers}\n{(record.value or b'').decode(errors='replace')}")

    reading = asyncio.create_task(read())
    try:
        yield
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
