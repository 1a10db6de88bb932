"""Rules, forms and medicines that several clinics share: `include: [rules/general.yaml]` in a clinic file.

The named files stand beside the clinic file or below it and hold nothing but what may be shared. Theirs come first, in
the order of the list, then the clinic file's own. What is staged and hashed is the resolved content: services know no
files.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from shared.clinicfile.issues import Issue, Path
from shared.clinicfile.yamlpositions import Located, NotReadable, read

SHARED = ("parameters", "rules", "forms", "medicines")
"""The lists that may stand in an included file, and become part of the clinic file."""
EXAMPLES = "examples"
"""A list that may stand there too, about the rules of that file (shared/clinicfile/examples.py)."""
Origin = tuple[str, Located, int]


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
    """A clinic file with what it includes in place, and where every field was written.

    `included`: what was included, by its name. `origins`: for each shared list, the file of every item, and its index
    there.
    """

    name: str
    data: Any
    own: Located
    included: Sequence[tuple[str, Located]] = ()
    origins: Mapping[str, Sequence[Origin]] = field(default_factory=dict)

    def place(self, path: Path) -> Place:
        """The place of a field, or of the nearest thing around it if it is not there."""
        items = self.origins.get(str(path[0]), ()) if path else ()
        if len(path) < 2 or not isinstance(path[1], int) or path[1] >= len(items):
            return Place(self.name, *self.own.position(path))
        name, located, index = items[path[1]]
        return Place(name, *located.position((path[0], index, *path[2:])))


def resolve(text: str, name: str, folder: FilePath) -> Resolved:
    """Read a clinic file's text and the files that it includes from `folder`. Raises Misplaced."""
    own = _read(text, name)
    if not isinstance(own.data, dict) or "include" not in own.data:
        return Resolved(name, own.data, own)
    included = list(_included(own, name, folder))
    data, origins = _without_include(own.data), {}
    for key in SHARED:
        mine = own.data.get(key, [])
        if not isinstance(mine, list):
            continue
        origins[key] = [origin for each, located in (*included, (name, own)) for origin in _items(each, located, key)]
        if origins[key]:
            data[key] = [located.data[key][index] for _, located, index in origins[key]]
    if EXAMPLES in own.data:
        data[EXAMPLES] = _with_their_facts(own.data[EXAMPLES], [located for _, located in included])
    return Resolved(name, data, own, included, origins)


def _with_their_facts(mine: Any, included: Sequence[Located]) -> Any:
    """The clinic file's own examples, with the facts of included ones that they are like; what is wrong stays so."""
    known: dict[str, dict[str, Any]] = {}
    for example in (one for located in included for one in located.data.get(EXAMPLES, ()) if isinstance(one, dict)):
        known[str(example.get("id"))] = _facts(example, known)
    return [_standing_alone(one, known) for one in mine] if isinstance(mine, list) else mine


def _standing_alone(example: Any, known: Mapping[str, dict[str, Any]]) -> Any:
    if not isinstance(example, dict) or str(example.get("like")) not in known:
        return example
    return {**{key: value for key, value in example.items() if key != "like"}, "facts": _facts(example, known)}


def _facts(example: dict[str, Any], known: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    facts, unknown = example.get("facts", {}), example.get("unknown", [])
    if not isinstance(facts, dict) or not isinstance(unknown, list):
        return {}
    together = {**known.get(str(example.get("like")), {}), **facts}
    return {name: value for name, value in together.items() if name not in unknown}


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
        located = _file(folder, each, Place(name, *own.position(at)), at)
        _require_only_shared(each, located)
        yield each, located


def _file(folder: FilePath, each: str, place: Place, at: Path) -> Located:
    path = folder / each
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Misplaced(place, Issue(at, f"is {each}, which is not beside this file", "name a file below its folder"))
    return _read_once(text_of(path, place, at), each)


@lru_cache(maxsize=16)
def _read_once(text: str, name: str) -> Located:
    """Clinic files include the same few, which are most of what is read: each text once in a process. Nobody changes
    what was read."""
    return _read(text, name)


def text_of(path: FilePath, place: Place, at: Path) -> str:
    """The text of a file. Raises Misplaced at `place` when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise Misplaced(place, Issue(at, f"cannot be read: {why}", "check the path")) from None


def _require_only_shared(name: str, located: Located) -> None:
    data = located.data
    may = (*SHARED, EXAMPLES)
    if not isinstance(data, dict) or not set(data) <= {*may} or not all(isinstance(d, list) for d in data.values()):
        issue = Issue((), f"has something else than {', '.join(may)}", "keep only lists of those in it")
        raise Misplaced(Place(name, 1, 1), issue)


def _items(name: str, located: Located, key: str) -> Iterator[Origin]:
    return ((name, located, index) for index in range(len(located.data.get(key, ()))))
