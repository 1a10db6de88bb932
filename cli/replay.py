"""`stillwater replay`: a service sends what it ever said again, from its archive."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from cli import house
from cli.house import CLINIC, DATA, CannotDo
from cli.lag import look
from cli.options import Clinic, Data, out
from shared.runtime.lag import Lag

_PATH = "/v1/operations/epoch/replay"


def replay(
    service: Annotated[str, typer.Argument(help="Whose events, such as intake.")],
    to: Annotated[str | None, typer.Option("--to", help="One consumer, such as billing.commands.")] = None,
    clinic: Clinic = CLINIC,
    data: Data = DATA,
) -> None:
    """Let a service send everything it ever said again: it fills gaps, or feeds a consumer that is new, with --to.

    What is sent --to a consumer goes over the same topic; the others drop it by its address, before they look at it.
    Without --to everybody looks at all of it, and drops what was seen by its number. New events do not wait behind it.
    """
    house.require_service(service)
    asyncio.run(_replay(service, to, clinic, data))


async def _replay(service: str, to: str | None, clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        lags = {lag.service: lag for lag in await look(services)}
        if to is not None:
            require_listener(lags.values(), service, to)
        await services.post(service, _PATH, {"to": to})
    whom = f"{to} alone" if to else "all"
    out.print(
        f"{service} sends {lags[service].said} events again to {whom}; `stillwater lag` shows what is still behind"
    )


def require_listener(lags: Iterable[Lag], service: str, to: str) -> None:
    """Raises CannotDo unless a consumer of that name hears the service."""
    hearing = sorted({heard.consumer for lag in lags for heard in lag.heard if heard.producer == service})
    if to not in hearing:
        raise CannotDo(f"no consumer {to!r} hears {service}: use {', '.join(hearing)}")
