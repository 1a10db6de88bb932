"""`stillwater epoch`: what an operator sees of and does about a database that was restored from a backup."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import house
from cli.columns import columns
from cli.house import CLINIC, DATA
from cli.options import Clinic, Data, out
from cli.services import Services

app = typer.Typer(help="Services whose database was restored from a backup.", no_args_is_help=True)
_PATH = "/v1/operations/epoch"
_STRANGER = ("event_time", "type", "key", "sequence", "subject")


async def shown(services: Services) -> dict[str, dict[str, Any]]:
    """Every service's epoch. Raises Refused, Unreachable."""
    return {name: await services.get(name, _PATH) for name in services.names}


def lines(epochs: dict[str, dict[str, Any]]) -> list[str]:
    """Each service in a line, and below it what was said and heard before the restore and has no cause in it now."""
    found = []
    for name, view in epochs.items():
        held = f"HELD since {view['held_since']}: it says nothing until confirmed" if view["held_since"] else "goes on"
        found.append(f"{name}: epoch {view['epoch']}, {held}")
        if rows := [[str(one[column]) for column in _STRANGER] for one in view["strangers"]]:
            found.append(columns(_STRANGER, rows))
    return found


@app.command("show")
def show(clinic: Clinic = CLINIC, data: Data = DATA) -> None:
    """Show each service's epoch, whether it is held, and which events it does not know the cause of."""
    asyncio.run(_show(clinic, data))


async def _show(clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        out.print("\n".join(lines(await shown(services))), markup=False)


@app.command("confirm")
def confirm(
    service: Annotated[str, typer.Argument(help="The service that is held, as `epoch show` names it.")],
    clinic: Clinic = CLINIC,
    data: Data = DATA,
) -> None:
    """Let a held service go on in a new epoch, its numbers behind everything that was heard from it."""
    asyncio.run(_confirm(service, clinic, data))


async def _confirm(service: str, clinic: str, data: Path) -> None:
    house.require_service(service)
    async with house.services(data, clinic) as services:
        view = await services.post(service, f"{_PATH}/confirm")
    out.print("\n".join(lines({service: view})), markup=False)
