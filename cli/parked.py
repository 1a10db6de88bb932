"""`stillwater parked`: what an operator sees of and does with events that wait for a person."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import house
from cli.columns import columns
from cli.house import CLINIC, DATA, CannotDo
from cli.lag import ago
from cli.options import Clinic, Data, out
from cli.services import Refused, Services
from shared.clock import wall_now
from shared.events import REGISTRY
from shared.messaging.parking import REASON, STILL_REFUSED

app = typer.Typer(help="Events that wait for a person.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The patient id, as `parked list` shows it.")]
At = Annotated[str | None, typer.Option("--at", help="Consumer/producer, such as billing.commands/intake.")]
_COLUMNS = ("key", "at", "event", "refused with", "parked for", "behind it")
_STORED = ("sequence", "event", "stored as", "refused with", "for", "id")

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

    def row(self, now: datetime) -> tuple[str, ...]:
        """It as a line of the list."""
        view = self.view
        since = datetime.fromisoformat(view["parked_since"])
        return view["key"], self.at, short(view["type"]), str(view["reason"]), ago(since, now), str(view["behind"])


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
    """Retry or discard the head of a queue. Raises CannotDo when it is refused again, Refused, Unreachable."""
    try:
        await services.post(queue.service, f"{_PATH}/{queue.at}/{queue.view['key']}/{what}", body)
    except Refused as refused:
        if refused.code != STILL_REFUSED.code:
            raise
        again = f"{queue.service} refused it again with {refused.params['reason']}"
        raise CannotDo(f"{again}: mend the cause, then retry, or discard it") from None


async def stored(services: Services, queue: Queue) -> list[dict[str, Any]]:
    """The events of a queue in their order, without their bodies. Raises Refused, Unreachable."""
    answer = await services.get(queue.service, f"{_PATH}/{queue.at}/{queue.view['key']}")
    events: list[dict[str, Any]] = answer["events"]
    return events


async def retry_all(services: Services, type_: str) -> tuple[int, Counter[str]]:
    """Retry everything of a type in all services; how many took effect, and the refused ones by reason.

    Raises Refused, Unreachable.
    """
    applied: int = 0
    refused: Counter[str] = Counter()
    for name in services.names:
        body: dict[str, Any] = {"type": type_}
        while True:
            answer = await services.post(name, f"{_PATH}/retry", body)
            applied += answer["applied"]
            refused.update(answer["refused"])
            if answer["next"] is None:
                break
            body["after"] = answer["next"]
    return applied, refused


def short(type_: str) -> str:
    """`OrderSigned` of `stillwater.intake.OrderSigned.v1`; a later major stays visible."""
    name, major = type_.split(".")[2:]
    return name if major == "v1" else f"{name}.{major}"


def full(name: str) -> str:
    """The type that a short name means. Raises CannotDo."""
    found = [type_ for type_ in REGISTRY if name in (type_, short(type_))]
    if len(found) != 1:
        raise CannotDo(f"no event is called {name!r}: write OrderSigned or stillwater.intake.OrderSigned.v1")
    return found[0]


@app.command("list")
def list_parked(clinic: Clinic = CLINIC, data: Data = DATA) -> None:
    """List patients whose events wait for a person, over all services."""
    asyncio.run(_list(clinic, data))


async def _list(clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        found = await queues(services)
    rows = [queue.row(wall_now()) for queue in found]
    out.print(columns(_COLUMNS, rows) if rows else "nothing is parked", markup=False)


@app.command("show")
def show(key: Key, at: At = None, clinic: Clinic = CLINIC, data: Data = DATA) -> None:
    """Show one patient's queue: the refused event, why, and what waits behind it. Never personal data."""
    asyncio.run(_show(key, at, clinic, data))


async def _show(key: str, at: str | None, clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        queue = await queue_of(services, key, at)
        events = await stored(services, queue)
    out.print(f"patient {key} at {queue.at}", markup=False)
    out.print(columns(_STORED, [line(event, wall_now()) for event in events]), markup=False)


def line(event: dict[str, Any], now: datetime) -> tuple[str, ...]:
    """A stored event as a line of `show`."""
    why = "applied already" if event["overtook"] else event["why"]
    since = ago(datetime.fromisoformat(event["since"]), now)
    return str(event["sequence"]), short(event["type"]), why, event["reason"] or "-", since, event["event_id"]


@app.command("retry")
def retry(
    key: Annotated[str | None, typer.Argument(help="The patient id, as `parked list` shows it.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Every parked event of a type: OrderSigned.")] = None,
    at: At = None,
    clinic: Clinic = CLINIC,
    data: Data = DATA,
) -> None:
    """Apply the head of a queue again, on today's state, or all of a type; the rest follows by itself."""
    if (key is None) == (type_ is None):
        raise CannotDo("say which: the patient id, or --type with an event's name")
    asyncio.run(_act(key, at, clinic, data) if key else _retry_all(full(type_ or ""), clinic, data))


async def _retry_all(type_: str, clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        applied, refused = await retry_all(services, type_)
    again = ", ".join(f"{count} refused again with {reason}" for reason, count in sorted(refused.items()))
    out.print(f"{short(type_)}: {applied} applied" + (f", {again}" if again else ""), markup=False)
    if refused:
        raise typer.Exit(1)


@app.command("discard")
def discard(
    key: Key,
    reason: Annotated[str, typer.Option("--reason", help="A code for the audit, such as DUPLICATE_RECORD.")],
    at: At = None,
    clinic: Clinic = CLINIC,
    data: Data = DATA,
) -> None:
    """Give up the head of a queue: it never takes effect; the rest follows by itself."""
    if not re.fullmatch(REASON, reason):
        raise CannotDo("--reason is a code of 3 to 40 capitals, digits and underscores, such as DUPLICATE_RECORD")
    asyncio.run(_act(key, at, clinic, data, reason))


async def _act(key: str, at: str | None, clinic: str, data: Path, reason: str | None = None) -> None:
    what, body = ("discard", {"reason": reason}) if reason else ("retry", None)
    async with house.services(data, clinic) as services:
        queue = await queue_of(services, key, at)
        await act(services, queue, what, body)
    did = "discarded for ever" if reason else "applied"
    left = f"; {queue.view['behind']} behind it follow by themselves" if queue.view["behind"] else ""
    out.print(f"{short(queue.view['type'])} of {key} at {queue.at}: {did}{left}", markup=False)
