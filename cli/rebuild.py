"""`stillwater rebuild`: build a read model anew, part by part, saying how far it is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import house
from cli.house import CLINIC, DATA, CannotDo
from cli.options import Clinic, Data, out
from cli.services import Refused, Services
from shared.problems import NOT_FOUND

_SUMS = ("same", "mended", "rows", "partial")


def rebuild(
    service: Annotated[str, typer.Argument(help="Whose read model, such as intake.")],
    projection: Annotated[str, typer.Argument(help="Which one: timeline, worklist or home.")],
    clinic: Clinic = CLINIC,
    data: Data = DATA,
) -> None:
    """Build a read model anew from the events that were kept, beside the live one, and put right what differs.

    Reads go on; a patient's events wait while that patient is at hand. Safe to repeat, also after it was cut off.
    """
    house.require_service(service)
    asyncio.run(_rebuild(service, projection, clinic, data))


async def _rebuild(service: str, name: str, clinic: str, data: Path) -> None:
    sums: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    async with house.services(data, clinic) as services:
        async for part in parts(services, service, name):
            sums.update({column: part[column] for column in _SUMS})
            refused.update(part["refused"])
            out.print(progress(f"{service}.{name}", sums, refused, part["left"]), markup=False)
    if refused:
        raise typer.Exit(1)


async def parts(services: Services, service: str, name: str) -> AsyncIterator[dict[str, Any]]:
    """Each part's answer until the end. Raises CannotDo for a name that is none, Refused, Unreachable."""
    after: str | None = None
    while True:
        try:
            answer = await services.post(service, f"/v1/operations/read-models/{name}/rebuild", {"after": after})
        except Refused as problem:
            if problem.code != NOT_FOUND.code:
                raise
            raise CannotDo(f"{service} has no read model {name!r}; intake has timeline, worklist and home") from None
        yield answer
        after = answer["next"]
        if after is None:
            return


def progress(name: str, sums: Counter[str], refused: Counter[str], left: int) -> str:
    """How far it is, in patients, as one line."""
    said = [f"{sums['same']} as they were", f"{sums['mended']} mended ({sums['rows']} rows)"]
    if sums["partial"]:
        said.append(f"{sums['partial']} left alone, as not all of their events are kept")
    said += [f"{count} refused with {reason}" for reason, count in sorted(refused.items())]
    return f"{name}: {', '.join(said)}; {left} patients to come"
