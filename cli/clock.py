"""`stillwater clock`: business time of a running house, shown and moved forward over HTTP."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli import house
from cli.house import CLINIC, DATA, CannotDo
from cli.options import Clinic, Data, out
from cli.services import Services
from shared.runtime.advance import advance
from shared.runtime.standing import Standing

app = typer.Typer(help="Business time of a running house (development only).", no_args_is_help=True)

_PART = re.compile(r"(\d+)([dhms])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class RemotePost:
    """One service whose clock is moved over HTTP. Raises Refused, Unreachable."""

    def __init__(self, services: Services, name: str) -> None:
        self._services, self._name = services, name

    async def standing(self) -> Standing:
        """How the service stands."""
        return Standing.model_validate(await self._services.get(self._name, "/v1/operations/standing"))

    async def set_offset(self, offset: timedelta) -> None:
        """Keep an absolute offset, which only grows."""
        body = {"offset": offset.total_seconds()}
        await self._services.post(self._name, "/v1/operations/clock", body)


def posts(services: Services) -> list[RemotePost]:
    """All services, to be moved together."""
    return [RemotePost(services, name) for name in services.names]


def duration(text: str) -> timedelta:
    """`48h`, `7d`, `1d12h`, `90m`, `30s`. Raises CannotDo."""
    if not text or _PART.sub("", text):
        raise CannotDo(f"{text!r} is no duration: write 48h, 7d, 1d12h, 90m or 30s")
    parts = _PART.findall(text)
    return sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())


@app.command("show")
def show(clinic: Clinic = CLINIC, data: Data = DATA) -> None:
    """Show how far business time is ahead of wall time in each service."""
    asyncio.run(_show(clinic, data))


async def _show(clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        for post in posts(services):
            standing = await post.standing()
            out.print(f"{standing.service:13} {standing.shown_offset} ahead")


@app.command("advance")
def move(
    by: Annotated[str, typer.Argument(help="48h, 7d, 1d12h, 90m, 30s")], clinic: Clinic = CLINIC, data: Data = DATA
) -> None:
    """Move business time forward, from due timer to due timer, and wait until everything has settled."""
    asyncio.run(_move(duration(by), clinic, data))


async def _move(by: timedelta, clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        out.print(f"business time is now {await advance(posts(services), by)} ahead")
