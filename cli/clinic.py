"""`stillwater clinic`: clinic files looked at without a server."""

from pathlib import Path
from typing import Annotated

import typer

from cli.options import out
from services.intake.domain.loosened import loosened
from shared.clinicfile.load import InvalidClinicFile, LocatedIssue, load
from shared.clinicfile.model import ClinicFile

app = typer.Typer(help="Look at clinic files without a server.", no_args_is_help=True)


@app.callback()
def clinic() -> None:
    """Look at clinic files without a server."""


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Clinic files, such as clinics/larkspur.yaml.")]) -> None:
    """Find every mistake in clinic files and in what they include, wrong examples too; exit 1 when there is any."""
    wrong: list[LocatedIssue] = []
    for path in files:
        try:
            file = load(path)
        except InvalidClinicFile as invalid:
            wrong += invalid.issues
        else:
            _tell(path, file)
    if wrong:
        raise InvalidClinicFile(wrong)


def _tell(path: Path, file: ClinicFile) -> None:
    out.print(f"{path.name}: {len(file.rules_in_force)} rules in force, every example holds", markup=False)
    for one in loosened(file):
        out.print(f"  {one}", markup=False)
