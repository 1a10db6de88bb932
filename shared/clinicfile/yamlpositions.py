"""YAML read with the line and column of every field, and with none of YAML's traps.

Only what JSON can say plus comments and anchors: `yes` is text, `17:00` is text and not 1020, a key stands once,
aliases cannot blow up. Positions are counted from 1.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from shared.clinicfile.issues import Path

MOST_NODES = 50_000
DEEPEST = 60


class NotReadable(Exception):
    """The text is no YAML document of that kind. `line` and `column` say where, `path` in which field."""

    def __init__(self, message: str, mend: str, line: int, column: int, path: Path = ()) -> None:
        super().__init__(message)
        self.message, self.mend, self.line, self.column, self.path = message, mend, line, column, path


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Plain data with the position of every field by its path. Each is equal to itself alone."""

    data: Any
    positions: dict[Path, tuple[int, int]]

    def position(self, path: Path) -> tuple[int, int]:
        """Line and column of a field, or of the nearest thing around it if it is not there."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, (1, 1))


# Resolvers of its own, so that scalars are JSON's and everything else is text. PyYAML is untyped, hence type().
_Loader: Any = type("_Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": {}})
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9]\d*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?(?:0|[1-9]\d*)\.\d+(?:[eE][+-]?\d+)?$"), list("-0123456789")
)


def read(text: str) -> Located:
    """Read one YAML document. Raises NotReadable."""
    try:
        return _located(_Loader(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise NotReadable(f"is not YAML: {error.problem}", "mend the syntax here or just above", *where) from None
    except yaml.reader.ReaderError:
        raise NotReadable("has characters that YAML does not allow", "save the file as UTF-8 text", 1, 1) from None


def _located(loader: Any) -> Located:
    root = loader.get_single_node()
    if root is None:
        raise NotReadable("is empty", "write a clinic file into it", 1, 1)
    walk = _Walk(loader)
    return Located(walk.value(root, (), _start(root)), walk.positions)


def _start(node: Any) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


@dataclass
class _Walk:
    """Turns nodes into plain data and notes where each began; counts, so that aliases cannot make it endless."""

    loader: Any
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)
    seen: int = 0

    def value(self, node: Any, path: Path, at: tuple[int, int]) -> Any:
        self.seen += 1
        self.positions[path] = at
        if self.seen > MOST_NODES or len(path) > DEEPEST:
            raise NotReadable("is too large or contains itself", "use fewer aliases", *at, path)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i), _start(item)) for i, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            at = _start(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                raise NotReadable("has a key that is not text", "write the key as a plain word", *at, path)
            key = str(key_node.value)
            if key in found:
                first = self.positions[(*path, key)][0]
                raise NotReadable(f"stands twice, first on line {first}", "keep one of the two", *at, (*path, key))
            found[key] = self.value(value_node, (*path, key), at)
        return found

    def _scalar(self, node: Any, path: Path) -> Any:
        try:
            return self.loader.construct_object(node, deep=True)
        except yaml.constructor.ConstructorError:
            raise NotReadable("has a tag that is not allowed", "remove the tag", *_start(node), path) from None
