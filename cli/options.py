"""What the commands have in common: where they print, and the options that many of them take."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
Data = Annotated[Path, typer.Option("--data", help="Folder of the embedded house.")]
Clinic = Annotated[str, typer.Option("--clinic", help="organisation/clinic that the token is for.")]
