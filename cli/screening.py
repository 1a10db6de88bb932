"""`stillwater screening`: rules tried on bare facts without a server; a stored screening decided again."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from cli import house
from cli.house import CLINIC, DATA, CannotDo
from cli.options import Clinic, Data, out
from services.intake.domain.known import Facts, KnownFact
from services.intake.domain.screening import screen
from services.intake.explaining import lines_of
from shared.clinicfile.facts import VOCABULARY, Fact
from shared.clinicfile.hash import content_hash
from shared.clinicfile.load import load
from shared.clock import wall_now

app = typer.Typer(help="Try screening rules, replay a screening.", no_args_is_help=True)
_SOURCE = "file"


@app.command(name="try")
def try_rules(
    clinic: Annotated[Path, typer.Option("--clinic", help="A clinic file, such as clinics/larkspur.yaml.")],
    facts: Annotated[
        Path, typer.Option("--facts", help='Facts as JSON, such as {"age_years": 40}; what is left out is unknown.')
    ],
    as_json: Annotated[bool, typer.Option("--json", help="The whole decision as JSON.")] = False,
) -> None:
    """Decide every modality of a clinic from bare facts, and say why. Nothing is stored, no service is asked."""
    file = load(clinic)
    decision = screen(file, content_hash(file), _facts(facts), wall_now())
    if as_json:
        typer.echo(decision.model_dump_json(indent=2))
        return
    for line in lines_of(decision):
        out.print(line, markup=False, highlight=False)
    if decision.open_questions:
        out.print(f"To be asked: {', '.join(decision.open_questions)}", markup=False, highlight=False)


@app.command(name="replay")
def replay(
    screening: Annotated[UUID, typer.Argument(help="The id of a screening.")],
    clinic: Clinic = CLINIC,
    data: Data = DATA,
) -> None:
    """Decide a screening again from what is stored, under the rules of then; exit 1 when anything is different."""
    asyncio.run(_replay(screening, clinic, data))


async def _replay(screening: UUID, clinic: str, data: Path) -> None:
    async with house.services(data, clinic, ("clinician",)) as services:
        answer = await services.get("intake", f"/v1/screenings/{screening}/replay")
    engines = f"decided by engine {answer['engine_then'] or 'unknown'}, replayed by {answer['engine_now']}"
    out.print(f"{'the same' if answer['same'] else 'different'}: {engines}")
    for line in answer["differences"]:
        out.print(line, markup=False)
    if not answer["same"]:
        raise typer.Exit(1)


def _facts(path: Path) -> Facts:
    """Raises CannotDo, naming every fact at fault, what is wrong with it and what it may be."""
    values = _read(path)
    if wrong := [fault for name, value in values.items() if (fault := _fault(name, value))]:
        raise CannotDo("\n".join(f"{path.name}: {fault}" for fault in wrong))
    now = wall_now()
    return {name: KnownFact(value=value, source=_SOURCE, as_of=now) for name, value in values.items()}


def _fault(name: str, value: Any) -> str | None:
    if name not in VOCABULARY:
        return f"there is no fact {name!r}; docs/facts.md lists what there is"
    if not VOCABULARY[name].accepts(value):
        return f"{name} cannot have that value; it is {_allowed(VOCABULARY[name])}"
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text())
    except OSError as error:
        raise CannotDo(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise CannotDo(f"{path.name} is no JSON") from None
    if not isinstance(values, dict):
        raise CannotDo(f'{path.name}: facts are written as one object, such as {{"age_years": 40}}')
    return values


def _allowed(fact: Fact) -> str:
    match fact.type:
        case "bool":
            return "true or false; leave it out when it is unknown"
        case "choice":
            return f"one of {', '.join(fact.choices)}"
        case _:
            whole = "a whole number" if fact.type == "int" else "a number"
            return f"{whole} of {fact.low:g} to {fact.high:g} {fact.unit}"
