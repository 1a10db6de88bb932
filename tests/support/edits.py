"""Edits of JSON documents by paths of keys between slashes; `~1` stands for a slash in a key."""

from collections.abc import Callable
from typing import Any

Tree = dict[str, Any]
Edit = Callable[[Tree], Tree]


def inside(path: str, change: Callable[[Tree, str], Tree]) -> Edit:
    """A copy of a tree with another object at a path less its last key."""
    *way, last = (part.replace("~1", "/") for part in path.split("/"))
    return lambda tree: _within(tree, way, lambda found: change(found, last))


def _within(tree: Tree, way: list[str], change: Edit) -> Tree:
    return {**tree, way[0]: _within(tree[way[0]], way[1:], change)} if way else change(tree)


def put(path: str, value: Any) -> Edit:
    return inside(path, lambda found, last: {**found, last: value})


def more(path: str, value: Any) -> Edit:
    return inside(path, lambda found, last: {**found, last: [*found[last], value]})


def less(path: str, value: Any) -> Edit:
    return inside(path, lambda found, last: {**found, last: [one for one in found[last] if one != value]})


def drop(path: str) -> Edit:
    """Leave out a key; a field of an object is needed no longer either."""
    return _field(path, lambda name: [])


def rename(path: str, to: str) -> Edit:
    """Another name for a key, wherever it is needed too."""
    return _field(path, lambda name: [to])


def need(path: str) -> Edit:
    """Make a field of an object needed."""
    return _required(path, lambda needed, name: [*needed, name])


def free(path: str) -> Edit:
    """Make a field of an object optional."""
    return _required(path, lambda needed, name: [one for one in needed if one != name])


def _field(path: str, names: Callable[[str], list[str]]) -> Edit:
    def change(found: Tree, last: str) -> Tree:
        kept = {name: value for name, value in found.items() if name != last}
        return kept | dict.fromkeys(names(last), found[last])

    def in_needed(needed: list[str], name: str) -> list[str]:
        return [other for one in needed for other in (names(one) if one == name else [one])]

    fields = inside(path, change)
    return (lambda tree: _required(path, in_needed)(fields(tree))) if "/properties/" in path else fields


def _required(path: str, change: Callable[[list[str], str], list[str]]) -> Edit:
    owner, _, name = path.rpartition("/properties/")
    name = name.replace("~1", "/")
    if "/" in path.removeprefix(f"{owner}/properties/"):
        return lambda tree: tree
    return inside(f"{owner}/required", lambda found, last: {**found, last: change(found.get(last, []), name)})


def mutated(tree: Tree, edits: tuple[Edit, ...]) -> Tree:
    """A tree with edits that really changed it."""
    changed = tree
    for edit in edits:
        changed = edit(changed)
    assert changed != tree
    return changed
