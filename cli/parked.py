"""`stillwater parked`: what an operator sees of and does with events that wait for a person."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from cli import house
from cli.house import CLINIC, DATA, CannotDo
from cli.options import Clinic, Data, out
from cli.services import Services

app = typer.Typer(help="Events that wait for a person.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The patient id, as `parked list` shows it.")]
At = Annotated[str | None, typer.Option("--at", help="Consumer/producer, such as billing.commands/intake.")]
_COLUMNS = ("consumer", "producer", "key", "type", "reason", "parked_since", "behind")

_PATH = "/v1/operations/parked"


@dataclass(frozen=True, slots=True)
class Queue:
    """The parked events of one patient at one consumer; `key` is the opaque patient id."""

    service: str
    view: dict[str, Any]

    @property
    def at(self) -> str:
        """Consumer and producer: `billing.commands/intake`."""
        return f"{self.view['consumer']}/{self.view['producer']}"

    def lines(self) -> list[str]:
        """Everything that is known about it, one fact a line."""
        return [f"{name:13} {value}" for name, value in self.view.items()]


async def queues(services: Services) -> list[Queue]:
    """Parked queues of all services, the longest waiting first within each. Raises Refused, Unreachable."""
    found = []
    for name in services.names:
        answer = await services.get(name, _PATH)
        found += [Queue(name, view) for view in answer["items"]]
    return found


async def queue_of(services: Services, key: str, at: str | None) -> Queue:
    """The one queue meant. Raises CannotDo when there is none, or several and no way to tell."""
    meant = [queue for queue in await queues(services) if queue.view["key"] == key and at in (None, queue.at)]
    if not meant:
        raise CannotDo("nothing is parked there: see `stillwater parked list`")
    if len(meant) > 1:
        raise CannotDo(f"that key is parked in several places, add --at: {', '.join(queue.at for queue in meant)}")
    return meant[0]


async def act(services: Services, queue: Queue, what: str, body: dict[str, Any] | None = None) -> None:
    """Retry or discard the head of a queue. Raises Refused, Unreachable."""
    await services.post(queue.service, f"{_PATH}/{queue.at}/{queue.view['key']}/{what}", body)


@app.command("list")
def list_parked(clinic: Clinic = CLINIC, data: Data = DATA) -> None:
    """List patients whose events wait for a person, over all services."""
    asyncio.run(_list(clinic, data))


async def _list(clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        found = await queues(services)
    table = Table(*_COLUMNS, box=None)
    for queue in found:
        table.add_row(*(str(queue.view[name]) for name in _COLUMNS))
    out.print(table if found else "nothing is parked")


@app.command("show")
def show(key: Key, at: At = None, clinic: Clinic = CLINIC, data: Data = DATA) -> None:
    """Show one patient's queue: the event at its head and why it was refused. Never personal data."""
    asyncio.run(_show(key, at, clinic, data))


async def _show(key: str, at: str | None, clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        out.print("\n".join((await queue_of(services, key, at)).lines()), markup=False)


@app.command("retry")
def retry(key: Key, at: At = None, clinic: Clinic = CLINIC, data: Data = DATA) -> None:
    """Apply the head of a queue again, on today's state; the rest follows by itself."""
    asyncio.run(_act(key, at, clinic, data))


@app.command("discard")
def discard(
    key: Key,
    reason: Annotated[str, typer.Option("--reason", help="A code for the audit, such as DUPLICATE_RECORD.")],
    at: At = None,
    clinic: Clinic = CLINIC,
    data: Data = DATA,
) -> None:
    """Give up the head of a queue: it never takes effect; the rest follows by itself."""
    asyncio.run(_act(key, at, clinic, data, reason))


async def _act(key: str, at: str | None, clinic: str, data: Path, reason: str | None = None) -> None:
    what, body = ("discard", {"reason": reason}) if reason else ("retry", None)
    async with house.services(data, clinic) as services:
        queue = await queue_of(services, key, at)
        await act(services, queue, what, body)
    out.print(f"{what}: {queue.at} {key}", markup=False)
