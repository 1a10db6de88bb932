"""Rules that several clinics share: `include: [rules/general.yaml]` in a clinic file.

The named files stand beside the clinic file or below it and hold nothing but `rules`. Theirs come first, in the order
of the list, then the clinic file's own. What is staged and hashed is the resolved content: services know no files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from shared.clinicfile.issues import Issue, Path
from shared.clinicfile.yamlpositions import Located, NotReadable, read


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a field stands; `line` and `column` count from 1."""

    file: str
    line: int
    column: int


class Misplaced(Exception):
    """A file cannot be read, or includes what it may not."""

    def __init__(self, place: Place, issue: Issue) -> None:
        super().__init__(str(issue))
        self.place, self.issue = place, issue


@dataclass(frozen=True, slots=True)
class Resolved:
    """A clinic file with its included rules in place, and where every field was written."""

    name: str
    data: Any
    own: Located
    rules: Sequence[tuple[str, Located, int]] = field(default=())

    def place(self, path: Path) -> Place:
        """The place of a field, or of the nearest thing around it if it is not there."""
        if path[:1] != ("rules",) or len(path) < 2 or not isinstance(path[1], int) or path[1] >= len(self.rules):
            return Place(self.name, *self.own.position(path))
        name, located, index = self.rules[path[1]]
        return Place(name, *located.position(("rules", index, *path[2:])))


def resolve(text: str, name: str, folder: FilePath) -> Resolved:
    """Read a clinic file's text and the files that it includes from `folder`. Raises Misplaced."""
    own = _read(text, name)
    if not isinstance(own.data, dict) or "include" not in own.data:
        return Resolved(name, own.data, own)
    origins = [origin for included in _included(own, name, folder) for origin in _rules_of(*included)]
    mine = own.data.get("rules", [])
    if not isinstance(mine, list):
        return Resolved(name, _without_include(own.data), own)
    origins += [(name, own, index) for index in range(len(mine))]
    rules = [located.data["rules"][index] for _, located, index in origins]
    return Resolved(name, {**_without_include(own.data), "rules": rules}, own, origins)


def _without_include(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "include"}


def _read(text: str, name: str) -> Located:
    try:
        return read(text)
    except NotReadable as error:
        issue = Issue(error.path, error.message, error.mend)
        raise Misplaced(Place(name, error.line, error.column), issue) from None


def _included(own: Located, name: str, folder: FilePath) -> Iterator[tuple[str, Located]]:
    names = own.data["include"]
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        issue = Issue(("include",), "is no list of files", "write it as [rules/general.yaml]")
        raise Misplaced(Place(name, *own.position(("include",))), issue)
    for index, each in enumerate(names):
        at: Path = ("include", index)
        yield each, _file(folder, each, Place(name, *own.position(at)), at)


def _file(folder: FilePath, each: str, place: Place, at: Path) -> Located:
    path = folder / each
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Misplaced(place, Issue(at, f"is {each}, which is not beside this file", "name a file below its folder"))
    return _read(text_of(path, place, at), each)


def text_of(path: FilePath, place: Place, at: Path) -> str:
    """The text of a file. Raises Misplaced at `place` when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise Misplaced(place, Issue(at, f"cannot be read: {why}", "check the path")) from None


def _rules_of(name: str, located: Located) -> Iterator[tuple[str, Located, int]]:
    data = located.data
    if not isinstance(data, dict) or set(data) != {"rules"} or not isinstance(data["rules"], list):
        issue = Issue((), "has something else than rules", "keep one list named rules in it")
        raise Misplaced(Place(name, 1, 1), issue)
    return ((name, located, index) for index in range(len(data["rules"])))
