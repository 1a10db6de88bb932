"""Reading a clinic file: every mistake is told with file, line, field, what is wrong and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from shared.clinicfile.check import check
from shared.clinicfile.examples import check_examples, declared
from shared.clinicfile.include import EXAMPLES, Misplaced, Place, Resolved, resolve, text_of
from shared.clinicfile.issues import Issue, Path, field_name
from shared.clinicfile.looser import check_approval_days
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Parameter, Rule, RuleSetExample
from shared.clinicfile.yamlpositions import Located
from shared.clock import wall_now

_MENDS = {
    "missing": "add it",
    "extra_forbidden": "remove it, or correct its spelling",
    "enum": "use one of those",
    "literal_error": "use one of those",
    "string_pattern_mismatch": "write it as the pattern says",
    "int_from_float": "write a whole number",
    "int_parsing": "write a whole number",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
}


@dataclass(frozen=True, slots=True)
class LocatedIssue:
    """A mistake with its place."""

    place: Place
    issue: Issue

    def __str__(self) -> str:
        return f"line {self.place.line}, column {self.place.column}: {self.issue}"


class InvalidClinicFile(Exception):
    """The file cannot be applied. `issues` are all the mistakes found, in file order; str() names the file in each."""

    def __init__(self, issues: Sequence[LocatedIssue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(f"{found.place.file}, {found}" for found in self.issues))


def load(path: FilePath) -> ClinicFile:
    """Read and check the clinic file at `path`. Raises InvalidClinicFile, also when it cannot be opened."""
    try:
        text = text_of(path, Place(path.name, 1, 1), ())
    except Misplaced as error:
        raise InvalidClinicFile([LocatedIssue(error.place, error.issue)]) from None
    return parse(text, path.name, path.parent)


def parse(text: str, name: str, folder: FilePath) -> ClinicFile:
    """Check the YAML text of a clinic file. `name` is what messages call it; it includes files of `folder`.

    Raises InvalidClinicFile.
    """
    try:
        resolved = resolve(text, name, folder)
    except Misplaced as error:
        raise InvalidClinicFile([LocatedIssue(error.place, error.issue)]) from None
    file, issues = validate(resolved.data)
    if file is None:
        raise InvalidClinicFile(locate(issues, resolved))
    if wrong := [found for name, located in resolved.included for found in _wrong_examples(name, located)]:
        raise InvalidClinicFile(wrong)
    return file


class _RuleFile(BaseModel):
    """The part of an included file that its examples are about."""

    parameters: tuple[Parameter, ...] = ()
    rules: tuple[Rule, ...] = ()
    examples: tuple[RuleSetExample, ...] = ()


@lru_cache(maxsize=16)
def _wrong_examples(name: str, located: Located) -> Sequence[LocatedIssue]:
    """Examples of an included file that do not hold by its own rules, which are sound by themselves. What several
    clinic files include is read, and tried, once."""
    if EXAMPLES not in located.data:
        return ()
    try:
        file = _RuleFile.model_validate(located.data)
        issues = check_examples(file.examples, declared(file.rules, file.parameters))
    except ValidationError as error:
        issues = [_issue(detail) for detail in error.errors(include_url=False)]
    except KeyError as missing:
        issues = [Issue(("rules",), f"use {missing}, which this file does not declare", "declare it beside them")]
    return tuple(LocatedIssue(Place(name, *located.position(issue.path)), issue) for issue in issues)


def validate(data: Any, now: datetime | None = None) -> tuple[ClinicFile | None, list[Issue]]:
    """The file that plain data describes, or every mistake: of the model first, else of the deeper checks.

    `now` is by the wall clock if left out.
    """
    try:
        file = ClinicFile.model_validate(data)
    except ValidationError as error:
        return None, [_issue(detail) for detail in _causes(error.errors(include_url=False))]
    issues = [*check(file), *check_approval_days(file, now or wall_now())]
    return (None, issues) if issues else (file, [])


def locate(issues: Sequence[Issue], resolved: Resolved) -> list[LocatedIssue]:
    """The issues with their places: the clinic file's first, each file's in its order."""
    placed = [LocatedIssue(resolved.place(issue.path), issue) for issue in issues]
    return sorted(placed, key=lambda f: (f.place.file != resolved.name, f.place, field_name(f.issue.path)))


def _causes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without the list that is "too short" only because its items are wrong."""
    deeper = [detail["loc"] for detail in details]
    return [
        d for d in details
        if d["type"] != "too_short" or not any(loc[:-1][: len(d["loc"])] == d["loc"] for loc in deeper)
    ]  # fmt: skip


def _issue(detail: ErrorDetails) -> Issue:
    path: Path = tuple(part for part in detail["loc"] if part != "[key]")
    message = "is missing" if detail["type"] == "missing" else detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        message = "is not a field of a clinic file"
    return Issue(path, message[0].lower() + message[1:], _MENDS.get(detail["type"], "correct the value"))
