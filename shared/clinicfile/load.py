"""Reading a clinic file: every mistake is told with file, line, field, what is wrong and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.clinicfile.check import check
from shared.clinicfile.issues import Issue, Path, field_name
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.yamlpositions import Located, NotReadable, read

_MENDS = {
    "missing": "add it",
    "extra_forbidden": "remove it, or correct its spelling",
    "enum": "use one of those",
    "literal_error": "use one of those",
    "string_pattern_mismatch": "write it as the pattern says",
    "int_from_float": "write a whole number",
}


@dataclass(frozen=True, slots=True)
class LocatedIssue:
    """A mistake with its place in the file; `line` and `column` count from 1."""

    line: int
    column: int
    issue: Issue

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.issue}"


class InvalidClinicFile(Exception):
    """The file cannot be applied. `issues` are all the mistakes found, in file order; str() names the file in each."""

    def __init__(self, name: str, issues: Sequence[LocatedIssue]) -> None:
        self.name, self.issues = name, tuple(issues)
        super().__init__("\n".join(f"{name}, {issue}" for issue in self.issues))


def load(path: FilePath) -> ClinicFile:
    """Read and check the clinic file at `path`. Raises InvalidClinicFile, also when it cannot be opened."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise InvalidClinicFile(path.name, [_at(1, 1, Issue((), f"cannot be read: {why}", "check the path"))]) from None
    return parse(text, path.name)


def parse(text: str, name: str) -> ClinicFile:
    """Check the YAML text of a clinic file; `name` is what messages call it. Raises InvalidClinicFile."""
    try:
        located = read(text)
    except NotReadable as error:
        issue = Issue(error.path, error.message, error.mend)
        raise InvalidClinicFile(name, [_at(error.line, error.column, issue)]) from None
    file, issues = validate(located.data)
    if file is None:
        raise InvalidClinicFile(name, locate(issues, located))
    return file


def validate(data: Any) -> tuple[ClinicFile | None, list[Issue]]:
    """The file that plain data describes, or every mistake: of the model first, else of the deeper checks."""
    try:
        file = ClinicFile.model_validate(data)
    except ValidationError as error:
        return None, [_issue(detail) for detail in _causes(error.errors(include_url=False))]
    issues = check(file)
    return (None, issues) if issues else (file, [])


def locate(issues: Sequence[Issue], located: Located) -> list[LocatedIssue]:
    """The issues with line and column, in file order."""
    placed = [_at(*located.position(issue.path), issue) for issue in issues]
    return sorted(placed, key=lambda found: (found.line, found.column, field_name(found.issue.path)))


def _at(line: int, column: int, issue: Issue) -> LocatedIssue:
    return LocatedIssue(line, column, issue)


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
