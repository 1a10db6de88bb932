"""`stillwater demo`: a house, the story in it, and, in a terminal, the house to play with afterwards."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path

import structlog
from rich.console import Console

from cli import house as folder
from cli.demo.events import EventLog
from cli.demo.http import StepFailed
from cli.demo.screen import LiveScreen, PlainScreen
from cli.demo.stage import story_of
from cli.demo.story import Story
from cli.demo.tale import WHOLE
from shared.clock import monotonic
from shared.events import SERVICES
from shared.ids import new_id
from shared.runtime.embedded import EmbeddedHouse
from shared.runtime.logs import set_up_logs

_HEARD_WITHIN = 10.0  # seconds


async def demo(data: Path, port: int, out: Console) -> None:
    """Tell the story on an embedded house. In a terminal the house then stays up until Ctrl-C.

    Raises StepFailed naming a step that did not happen or an event that was not said; PartsFailed, AddressTaken.
    """
    with _logs_in(data / "demo.log"):
        async with (
            folder.open_house(data, port) as house,
            story_of(data, new_id(), clocks=house.posts()) as story,
        ):
            await _tell(house, story, out)
            if out.is_terminal:
                _invite(house, story, out)
                await _until_told(house)


@contextmanager
def _logs_in(path: Path) -> Iterator[None]:
    """Logs go to a file, so that the story can be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    set_up_logs()
    with path.open("a") as log:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        yield


async def _tell(house: EmbeddedHouse, story: Story, out: Console) -> None:
    screen = LiveScreen(out) if out.is_terminal else PlainScreen(out)
    events = EventLog(await story.clock.now(), screen.event)
    async with _following(events, house):
        with screen.showing() if isinstance(screen, LiveScreen) else nullcontext():
            await WHOLE.tell(story, screen)
            await _all_heard(events, story)
    said = events.of(story.patients)
    out.print(f"\n{sum(said.values())} events about {len(story.patients)} patients:")
    for name, count in said.most_common():
        out.print(f"  {count:3}  {name}")


@asynccontextmanager
async def _following(events: EventLog, house: EmbeddedHouse) -> AsyncIterator[None]:
    reading = asyncio.create_task(events.follow(house.services["intake"].settings))
    try:
        yield
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading


async def _all_heard(events: EventLog, story: Story) -> None:
    """Every event of the story must have passed over the topics."""
    deadline = monotonic() + _HEARD_WITHIN
    while lacking := WHOLE.missing(events.of(story.patients)):
        if monotonic() > deadline:
            raise StepFailed(f"these events were not said as often as the story needs: {', '.join(lacking)}")
        await asyncio.sleep(0.05)


async def _until_told(house: EmbeddedHouse) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, house.leave)
    await house.wait()


def _invite(house: EmbeddedHouse, story: Story, out: Console) -> None:
    """Addresses, tokens, and three things worth trying."""
    out.print("\n[bold]The house stays up; Ctrl-C ends it.[/] API documentation:")
    for name in SERVICES:
        out.print(f"  {house.url}/{name}/docs")
    tokens = {role.upper(): story.staff[role] for role in ("nurse", "clinician", "biller")}
    tokens["PATIENT"] = story.treated.token
    out.print("\n[bold]Tokens[/] (paste into a shell):")
    for name, token in tokens.items():
        out.print(f"{name}={token}", markup=False)
    out.print("\n[bold]Worth trying:[/]")
    patient, session = story.treated.id, story.session["session_id"]
    for path, name in (
        (f"intake/v1/patients/{patient}/screening", "PATIENT"),
        (f"scheduling/v1/sessions/{session}", "NURSE"),
        (f"billing/v1/patients/{patient}/invoices", "BILLER"),
    ):
        out.print(f'curl -s {house.url}/{path} -H "Authorization: Bearer ${name}"', markup=False)
