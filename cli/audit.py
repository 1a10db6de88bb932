"""`stillwater audit`: whether the audit trail of each service is as it was written."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from cli import house
from cli.house import CLINIC, DATA, CannotDo
from cli.options import Clinic, Data, out
from cli.services import Services
from shared.audit.checking import BreakView, ChainView

app = typer.Typer(help="The audit trail: who did and saw what.", no_args_is_help=True)
_PATH = "/v1/operations/audit-chain"
_TOLD_EVERY = 10  # portions


@dataclass
class Found:
    """What was found in one service's chain."""

    rows: int = 0
    head: int = 0
    digest: str = ""
    unchained: int = 0
    breaks: list[BreakView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Noted:
    """A row's number and digest as they stood in the log once."""

    number: int
    digest: str

    @classmethod
    def read(cls, text: str) -> "Noted":
        """Of `NUMBER:DIGEST`. Raises CannotDo."""
        number, _, digest = text.partition(":")
        if not number.isdecimal() or not digest:
            raise CannotDo(f"--noted {text}: give NUMBER:DIGEST as `audit chain ends` stands in the worker's log")
        return cls(int(number), digest.lower())


@app.command("verify")
def verify(
    service: Annotated[str, typer.Argument(help="One service; all four when left out.")] = "",
    noted: Annotated[
        str, typer.Option(help="NUMBER:DIGEST from the log of the service's worker, which must still stand there.")
    ] = "",
    clinic: Clinic = CLINIC,
    data: Data = DATA,
) -> None:
    """Look through the audit trail for rows that were edited or removed; ends with 1 when there are any."""
    if noted and not service:
        raise CannotDo("--noted is of one service: name it, such as `stillwater audit verify intake --noted ...`")
    if not asyncio.run(_verify(service, Noted.read(noted) if noted else None, clinic, data)):
        raise typer.Exit(1)


async def _verify(service: str, noted: Noted | None, clinic: str, data: Path) -> bool:
    if service:
        house.require_service(service)
    whole = True
    async with house.services(data, clinic) as services:
        for name in [service] if service else services.names:
            found = await look_through(services, name)
            stands = await _stands(services, name, noted) if noted else True
            out.print("\n".join(lines(name, found, noted, stands)), markup=False)
            whole = whole and stands and not found.breaks
    return whole


async def look_through(services: Services, name: str) -> Found:
    """The whole chain of a service, portion by portion. Raises Refused, Unreachable."""
    found, after, portions = Found(), 0, 0
    while True:
        view = ChainView.model_validate(await services.get(name, _PATH, after=str(after)))
        found.rows += view.rows
        found.breaks += view.breaks
        found.head, found.unchained, found.digest = view.head, view.unchained, view.digest or found.digest
        if view.next is None:
            return found
        after, portions = view.next, portions + 1
        if portions % _TOLD_EVERY == 0:
            out.print(f"{name}: {found.rows:,} of {view.head:,} rows looked at")


async def _stands(services: Services, name: str, noted: Noted) -> bool:
    """Whether the noted row still has the noted digest."""
    query = {"after": str(max(noted.number - 1, 0)), "limit": "1"}
    view = ChainView.model_validate(await services.get(name, _PATH, **query))
    return view.through == noted.number and view.digest == noted.digest


def lines(name: str, found: Found, noted: Noted | None, stands: bool) -> list[str]:
    """What an operator reads about one service."""
    told = [f"{name}: {_what(one)}" for one in found.breaks]
    if not stands and noted:
        told.append(f"{name}: row {noted.number} is not what was noted: the end of the chain was put back")
    if told:
        return told
    return [f"{name}: {found.rows:,} rows as they were written, until {found.head}:{found.digest}"]


def _what(one: BreakView) -> str:
    rows = f"row {one.first} was" if one.first == one.last else f"rows {one.first} to {one.last} were"
    return f"{rows} {'edited' if one.why == 'EDITED' else 'removed'}"
