"""`stillwater events tail`: events as they pass, one line each, without their bodies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli import house
from cli.house import DATA
from cli.options import Data, out
from shared.events import SERVICES, Envelope, Malformed, topic_of
from shared.messaging.kafka import tail
from shared.settings import Settings

app = typer.Typer(help="The events that services share.", no_args_is_help=True)


@app.callback()
def events() -> None:
    """The events that services share."""


@app.command("tail")
def tail_events(
    from_start: Annotated[bool, typer.Option("--from-start", help="Old events first.")] = False, data: Data = DATA
) -> None:
    """Show events as they pass until Ctrl-C, without their bodies."""
    asyncio.run(_tail(from_start, data))


async def _tail(from_start: bool, data: Path) -> None:
    async for text in lines(house.broker_settings(data), from_start=from_start):
        out.print(text, markup=False)


async def lines(settings: Settings, *, from_start: bool) -> AsyncIterator[str]:
    """Local time, service, event, key, sequence and, for an effect, the time since its cause. Raises KafkaAway."""
    times: dict[UUID, datetime] = {}
    topics = [topic_of(service) for service in SERVICES]
    async for record in tail(settings, topics, from_start=from_start):
        with suppress(Malformed):
            envelope = Envelope.from_record(record.value, record.headers)
            yield line(envelope, times.get(envelope.causation_id) if envelope.causation_id else None)
            times[envelope.id] = envelope.time


def line(envelope: Envelope, caused_at: datetime | None) -> str:
    """One event as a line; nothing personal stands in it."""
    after = f" +{(envelope.time - caused_at).total_seconds() * 1000:.0f} ms" if caused_at else ""
    name = envelope.type.split(".")[2]
    at = envelope.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return f"{at}  {envelope.service:13}  {name:22}  {envelope.key} #{envelope.sequence}{after}"
