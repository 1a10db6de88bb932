"""`stillwater screening`: rules tried on bare facts without a server; a stored screening decided again."""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from cli import house
from cli.house import CLINIC, DATA, CannotDo
from cli.options import Clinic, Data, out
from services.intake.domain.known import Facts, KnownFact
from services.intake.domain.lasting import valid_until
from services.intake.domain.screening import Decision, screen
from services.intake.explaining import lines_of
from shared.clinicfile.facts import VOCABULARY, Fact
from shared.clinicfile.hash import content_hash
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
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
    decision = _decided(file, _facts(facts), wall_now())
    if as_json:
        whole = decision.model_dump(mode="json") | {"recheck_after": _json(decision.recheck_after)}
        typer.echo(json.dumps(whole, indent=2))
        return
    for line in (*lines_of(decision), *_rest(decision, ZoneInfo(file.zone))):
        out.print(line, markup=False, highlight=False)


def _decided(file: ClinicFile, facts: Facts, now: datetime) -> Decision:
    """With until when it holds, as far as bare facts tell: counts of days grow, a birthday is not known."""
    decision = screen(file, content_hash(file), facts, now)
    zone = ZoneInfo(file.zone)
    until = valid_until(file, decision, None, lambda moment: _grown(facts, now, moment, zone))
    return decision.model_copy(update={"valid_until": until})


def _grown(facts: Facts, since: datetime, at: datetime, zone: ZoneInfo) -> Facts:
    days = (at.astimezone(zone).date() - since.astimezone(zone).date()).days
    return {
        name: fact.model_copy(update={"value": int(fact.value) + days}) if VOCABULARY[name].unit == "days" else fact
        for name, fact in facts.items()
    }


def _rest(decision: Decision, zone: ZoneInfo) -> Iterator[str]:
    if decision.open_questions:
        yield f"To be asked: {', '.join(decision.open_questions)}"
    if decision.valid_until:
        yield f"Valid until {_wall(decision.valid_until, zone)}, if nothing new is said"
    if decision.recheck_after:
        yield f"Look again after {_wall(decision.recheck_after, zone)}"


def _wall(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"


def _json(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


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
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise CannotDo(f"{path.name}, {where}: this is no JSON ({error.msg}); correct it there") from None
    except UnicodeDecodeError:
        raise CannotDo(f"{path.name} is no text in UTF-8; save it as that") from None
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
