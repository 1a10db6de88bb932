"""The operator's command `stillwater`. An error is one clear line on stderr and a non-zero exit."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from typer.exceptions import Abort, TyperException

from cli import apply as applying
from cli import (
    audit,
    clinic,
    clock,
    compose_env,
    daypack,
    epoch,
    events,
    house,
    lag,
    parked,
    rebuild,
    replay,
    rescreening,
    screening,
)
from cli import doctor as examination
from cli import impact as foreseeing
from cli.demo.http import StepFailed
from cli.demo.run import demo as tell_story
from cli.house import CLINIC, DATA, PORT, CannotDo
from cli.options import Clinic, Data, out
from cli.running import bring_up, migrate_all
from cli.services import Refused, Unreachable
from shared.auth.dev_issuer import NotInProduction
from shared.caller import ROLES
from shared.clinicfile.load import InvalidClinicFile, load
from shared.db.database import WrongIsolation
from shared.messaging.records import KafkaAway
from shared.parcel import CannotOpenParcel
from shared.runtime.advance import NotSettled
from shared.runtime.embedded import SECRETS_FILE, PartsLost
from shared.runtime.parts import PartsFailed
from shared.runtime.secrets import Secrets, make_secrets
from shared.runtime.serve import AddressTaken

EXPECTED = (
    CannotDo, Refused, Unreachable, applying.NotApplied, InvalidClinicFile, NotInProduction, WrongIsolation, KafkaAway,
    NotSettled, PartsFailed, PartsLost, AddressTaken, compose_env.EnvExists,
    StepFailed, CannotOpenParcel,
)  # fmt: skip

app = typer.Typer(
    help="Stillwater runs clinics. Start with `stillwater up` or `stillwater demo`.", no_args_is_help=True,
    pretty_exceptions_enable=False, add_completion=False,
)  # fmt: skip
app.add_typer(audit.app, name="audit")
app.add_typer(clinic.app, name="clinic")
app.add_typer(clock.app, name="clock")
app.add_typer(daypack.app, name="daypack")
app.add_typer(epoch.app, name="epoch")
app.add_typer(events.app, name="events")
app.command("replay")(replay.replay)
app.command("rebuild")(rebuild.rebuild)
app.add_typer(parked.app, name="parked")
app.add_typer(rescreening.app, name="rescreening")
app.add_typer(screening.app, name="screening")
app.command("lag")(lag.show_lag)

Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on this machine.")]


@app.command()
def init(
    data: Data = DATA,
    compose: Annotated[bool, typer.Option("--compose", help="Write .env for docker compose.")] = False,
    development: Annotated[bool, typer.Option("--development", help="With --compose: stand-ins and tokens.")] = False,
    port: Port = PORT,
) -> None:
    """Make the secrets of an installation: in the data folder, or as .env with --compose."""
    if not compose:
        make_secrets(data / SECRETS_FILE)
        out.print(f"secrets are in {data / SECRETS_FILE}; keep them, the data cannot be read without them")
        return
    secrets = make_secrets(data / SECRETS_FILE) if development else Secrets.fresh()
    compose_env.write(Path(".env"), compose_env.environment(secrets, development=development, port=port))
    out.print("wrote .env; now `docker compose up`")


@app.command()
def up(data: Data = DATA, port: Port = PORT) -> None:
    """Run everything in one process until Ctrl-C: four services, PostgreSQL and a broker, data in the folder."""
    asyncio.run(bring_up(data, port, out))


@app.command()
def demo(data: Data = DATA, port: Port = PORT) -> None:
    """Tell the story of a patient, from a web form to the end of a course; in a terminal everything then stays up."""
    asyncio.run(tell_story(data, port, out))


@app.command()
def doctor(
    folder: Annotated[Path, typer.Option("--folder", help="Folder of docker-compose.yml and .env.")] = Path("."),
) -> None:
    """Look for what is wrong with a compose installation and name what mends it; exit 1 if anything is."""
    if not examination.report(examination.examine(folder.resolve()), out.print):
        raise typer.Exit(1)


@app.command()
def migrate(data: Data = DATA) -> None:
    """Bring the embedded databases to this version's schema, without starting the services."""
    for name in migrate_all(data):
        out.print(f"{name} is up to date")


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(help="The clinic file, such as clinics/larkspur.yaml.")],
    check: Annotated[bool, typer.Option("--check", help="Show what would change and any skew; exit 1 if any.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    impact: Annotated[bool, typer.Option("--impact", help="Show who would come to what; apply nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --impact: the whole of it as JSON.")] = False,
    data: Data = DATA,
) -> None:
    """Put a clinic file into force in all services: all of it everywhere, or nothing anywhere. Safe to repeat.

    Changed clinical sections are approved in the name of the token's owner, who needs the director role.
    """
    if (impact and (check or yes)) or (as_json and not impact):
        raise CannotDo("--impact applies nothing: give it without --check and --yes; --json is for --impact")
    asyncio.run(foreseeing.show(file, data, as_json=as_json) if impact else _apply(file, check, yes, data))


async def _apply(path: Path, check: bool, yes: bool, data: Path) -> None:
    file = load(path)
    async with house.services(data, f"{file.organisation}/{file.clinic}") as services:
        plan = await applying.plan(services, file)
        if plan.done:
            out.print(f"{path.name} is in force everywhere ({plan.hash[:12]})")
            return
        _show(plan)
        if check:
            raise typer.Exit(1)
        if not yes and not typer.confirm("Apply?"):
            raise CannotDo("nothing was changed")
        await applying.carry_out(services, file, out.print)
        out.print(f"{path.name} is in force ({plan.hash[:12]})")


def _show(plan: applying.Plan) -> None:
    if plan.new:
        out.print(f"a new clinic, {len(plan.changes)} fields")
    for change in () if plan.new else plan.changes:
        out.print(f"{change}{'   (clinical)' if change.clinical else ''}", markup=False)
    if plan.skewed:
        for name, hash_ in plan.active.items():
            out.print(f"skew: {name} works under {hash_[:12] if hash_ else 'no file'}")


@app.command()
def token(
    role: Annotated[str, typer.Argument(help=f"One of {', '.join(ROLES)}, or patient.")],
    clinic: Clinic = CLINIC,
    patient: Annotated[UUID | None, typer.Option("--patient", help="With the role patient: whose token.")] = None,
    data: Data = DATA,
) -> None:
    """Print a development token; nothing else, so that it can stand in $(...)."""
    if role == "patient" and patient is not None:
        print(house.patient_token(data, clinic, patient))
    elif role in ROLES:
        print(house.staff_token(data, clinic, [role]))
    else:
        raise CannotDo(f"there is no role {role!r}: use {', '.join(ROLES)}, or patient with --patient ID")


def main() -> None:
    """Run a command; whatever goes wrong is told in one line and ends with a non-zero exit code."""
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as usage:
        if what := usage.format_message():
            _tell(f"{what} (see --help)")
        sys.exit(usage.exit_code)
    except (KeyboardInterrupt, Abort):
        sys.exit(130)
    except EXPECTED as error:
        _tell(str(error))
    except Exception as error:
        if os.environ.get("STILLWATER_DEBUG"):
            raise
        _tell(f"a bug, {type(error).__name__}; STILLWATER_DEBUG=1 shows where")
    sys.exit(1)


def _tell(what: str) -> None:
    for line in what.splitlines():
        print(f"stillwater: {line}", file=sys.stderr)


if __name__ == "__main__":
    main()
