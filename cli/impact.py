"""`stillwater apply --impact`: which patients a clinic file would change something for, before it is in force."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from cli import house
from cli.options import out
from cli.services import Services
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile

Change = dict[str, Any]
_NOT_OFFERED = "not offered"


class Patient(BaseModel):
    """Somebody for whom something would be decided otherwise."""

    patient_id: UUID
    record_number: str
    changes: list[Change]

    @property
    def outcomes(self) -> list[str]:
        """Each modality whose outcome would be another one, as `IV_MOOD: ELIGIBLE -> NEEDS_REVIEW`."""
        return [_outcomes(change) for change in self.changes if change["before"] != change["after"]]


class Impact(BaseModel):
    """What the whole clinic's patients would come to. `outcomes` counts patients by modality and change."""

    hash: str
    total: int = 0
    looked: int = 0
    other_outcome: int = 0
    other_reasons: int = 0
    outcomes: dict[str, int] = {}
    patients: list[Patient] = []
    undecided: list[UUID] = []


async def foresee(services: Services, file: ClinicFile, note: Callable[[str], None]) -> Impact:
    """Ask intake part by part; `note` hears how far it is. Nothing is written but audit rows.

    Raises Refused, Unreachable.
    """
    body: dict[str, Any] = {"file": file.model_dump(mode="json"), "after": None}
    found, counted = Impact(hash=""), Counter[str]()
    while True:
        part = await services.post("intake", "/v1/clinic-files/impact", body)
        found.hash, found.total = part["hash"], part["total"] or found.total
        found.looked += part["looked"]
        found.patients += [Patient.model_validate(one) for one in part["patients"]]
        found.undecided += [UUID(one) for one in part["undecided"]]
        note(f"{found.looked} of {found.total} patients looked at, {len(found.patients)} would change")
        if part["next"] is None:
            break
        body["after"] = part["next"]
    for patient in found.patients:
        counted.update(patient.outcomes)
    found.other_outcome = sum(1 for patient in found.patients if patient.outcomes)
    found.other_reasons = len(found.patients) - found.other_outcome
    found.outcomes = dict(sorted(counted.items()))
    return found


async def show(path: Path, data: Path, *, as_json: bool) -> None:
    """Look and print. How far it is goes to stderr, so that what is printed can be kept."""
    file = load(path)
    async with house.services(data, f"{file.organisation}/{file.clinic}") as services:
        impact = await foresee(services, file, lambda line: print(line, file=sys.stderr))
    if as_json:
        print(impact.model_dump_json(indent=2))
        return
    for line in lines_of(path.name, impact):
        out.print(line, markup=False)


def lines_of(name: str, impact: Impact) -> Iterator[str]:
    """Counts first, then a line for each patient and modality."""
    yield (
        f"{name} ({impact.hash[:12]}) is not applied: of {impact.total} patients screened {impact.other_outcome} would"
        f" come to another outcome, {impact.other_reasons} to the same for other reasons"
    )
    yield from (f"  {change}: {count}" for change, count in impact.outcomes.items())
    for patient in impact.patients:
        for change in patient.changes:
            yield f"record {patient.record_number}  {_outcomes(change)}{_rules(change)}"
    for undecided in impact.undecided:
        yield f"patient {undecided} cannot be decided anew: look at their screening before you apply"


def _outcomes(change: Change) -> str:
    before, after = change["before"] or _NOT_OFFERED, change["after"] or _NOT_OFFERED
    return f"{change['modality']}: {before} -> {after}" if before != after else f"{change['modality']}: {before}"


def _rules(change: Change) -> str:
    said = ((word, ", ".join(map(_rule, change[key]))) for word, key in (("comes", "came"), ("goes", "went")))
    return "".join(f"; {word} {rules}" for word, rules in said if rules)


def _rule(said: Change) -> str:
    return f"{said['rule_id']} {said['outcome']}" + (" (open)" if said["reason_code"] == "INCOMPLETE" else "")
