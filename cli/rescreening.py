"""`stillwater rescreening`: how far rules that came into force have been applied to the patients of a clinic."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import house
from cli.columns import columns
from cli.house import DATA, CannotDo
from cli.options import Data, out
from cli.services import Refused
from shared.problems import NOT_FOUND

app = typer.Typer(help="Follow rules that came into force.", no_args_is_help=True)
_HEADS = ("clinic", "rules", "patients", "looked at", "came to something else", "failed", "began", "finished")


@app.callback()
def rescreening() -> None:
    """Follow rules that came into force."""


@app.command()
def show(
    clinic: Annotated[str, typer.Argument(help="organisation/clinic, such as wellmeadow/larkspur.")],
    data: Data = DATA,
) -> None:
    """Show how far a clinic's patients have been looked at under its rules in force; it goes on by itself.

    Who failed stands in the log of intake's worker.
    """
    asyncio.run(_show(clinic, data))


async def _show(clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        try:
            answer = await services.get("intake", f"/v1/clinics/{house.clinic_id(clinic)}/rescreening")
        except Refused as problem:
            if problem.code != NOT_FOUND.code:
                raise
            raise CannotDo(f"no rules of {clinic} have been applied to patients yet") from None
    out.print(table(clinic, answer), markup=False)


def table(clinic: str, answer: dict[str, Any]) -> str:
    """What is answered, as a heading and a line; times as they are told."""
    return columns(
        _HEADS,
        [
            (clinic, answer["hash"][:12], answer["total"], answer["looked"], answer["changed"], answer["failed"],
             answer["began_at"], answer["finished_at"] or "goes on")
        ],
    )  # fmt: skip
