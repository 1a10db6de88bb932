"""`stillwater daypack`: what a clinic keeps for a day on paper, opened without network, database or services."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from cli import house
from cli.house import CLINIC, DATA, CannotDo
from cli.options import Clinic, Data, out
from cli.services import Services
from services.scheduling.domain.daypack import DayPackAbout
from shared.parcel import CannotOpenParcel, Parcel, keep_reader, open_parcel, public_text, take_reader

app = typer.Typer(help="Packs for a day on paper: fetched ahead, opened without anything.", no_args_is_help=True)
_SHORTEST = 12
KeyFile = Annotated[Path, typer.Option("--key", help="The reader's key, made with `stillwater daypack key`.")]


@app.command()
def key(file: Annotated[Path, typer.Argument(help="Where the key is kept; it must not exist yet.")]) -> None:
    """Make a reader's key under a passphrase, and print its public part, which goes into the clinic file."""
    if file.exists():
        raise CannotDo(f"{file} is there already: a key that is overwritten opens nothing any more")
    passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    if len(passphrase) < _SHORTEST:
        raise CannotDo(f"take a passphrase of at least {_SHORTEST} characters, such as five words")
    reader = X25519PrivateKey.generate()
    _write(file, keep_reader(reader, passphrase).encode())
    out.print(f"{public_text(reader)}", markup=False)


@app.command("open")
def open_pack(
    file: Annotated[Path, typer.Argument(help="The pack, such as main-2026-11-30-0600.daypack.")],
    key_file: KeyFile,
    to: Annotated[Path | None, typer.Option("--to", help="The page to write; beside the pack when left out.")] = None,
) -> None:
    """Open a pack into a page that any browser shows and prints. Needs no network and no service."""
    parcel, kept = _read(file), _read(key_file)
    page_file = to or file.with_suffix(".html")
    if page_file.exists():
        raise CannotDo(f"{page_file} is there already: remove it, or name another one with --to")
    reader = take_reader(kept, typer.prompt("Passphrase", hide_input=True, err=True))
    about, page = open_parcel(parcel, reader, DayPackAbout)
    _write(page_file, page)
    out.print(f"{about.clinic}, {about.location}: {about.days} days from {about.first_day}", markup=False)
    out.print(f"{page_file} names patients: print it, then delete it", markup=False)


@app.command()
def fetch(
    location: Annotated[str, typer.Argument(help="The location, by its id in the clinic file.")],
    into: Annotated[Path, typer.Option("--into", help="Folder on a computer of the location.")],
    clinic: Clinic = CLINIC,
    data: Data = DATA,
) -> None:
    """Take the newest pack of a location to this computer; let a timer do it shortly after each time of the clinic."""
    out.print(str(asyncio.run(_fetch(location, into, clinic, data))), markup=False)


async def _fetch(location: str, into: Path, clinic: str, data: Path) -> Path:
    async with house.services(data, clinic, roles=("frontdesk",)) as services:
        return await fetch_newest(services, clinic, location, into)


async def fetch_newest(services: Services, clinic: str, location: str, into: Path) -> Path:
    """Write the newest pack of a location (`clinic` is organisation/clinic) into a folder. Raises CannotDo, Refused."""
    wanted = {"clinic_id": str(house.clinic_id(clinic)), "location": location, "limit": "1"}
    found = (await services.get("scheduling", "/v1/day-packs", **wanted))["items"]
    if not found or found[0]["state"] != "KEPT":
        raise CannotDo(f"there is no day pack of {location} at {clinic}: see day_packs in the clinic file")
    made = found[0]["made"]
    file = into / f"{location}-{made['local_date']}-{made['local_time'][:5].replace(':', '')}.daypack"
    content = await services.get("scheduling", f"/v1/day-packs/{found[0]['pack_id']}/content")
    _write(file, Parcel.model_validate(content).model_dump_json().encode())
    return file


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise CannotDo(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CannotOpenParcel(
            f"{file} is no text, as packs and keys are: name the right file, or take another copy of it"
        ) from None


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, for the owner alone."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(content)
        unfinished.replace(file)
    except OSError as error:
        raise CannotDo(f"{file} cannot be written: {error.strerror}") from None
