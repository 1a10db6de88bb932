"""Whether the JSON Schemas of events changed only by optional additions.

Events already said are read by new code and new events by old code, so both directions must hold: nothing may go, be
renamed, narrowed or widened, and nothing may become needed or optional. Titles, descriptions and examples may change.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]
_WORDS_ONLY = {"title", "description", "examples", "$defs", "$schema"}
_LOOKED_INTO = {"properties", "required", "enum", "items", "prefixItems", "anyOf", "x-sealed"}


def evolution(kept: Mapping[str, Schema], current: Mapping[str, Schema]) -> list[str]:
    """Every change of a whole catalogue, by type, that is not an optional addition, as `type: field: what`."""
    gone = [f"{type_}: went" for type_ in kept if type_ not in current]
    both = [type_ for type_ in kept if type_ in current]
    return gone + [f"{type_}: {line}" for type_ in both for line in breakages(kept[type_], current[type_])]


def breakages(old: Schema, new: Schema) -> list[str]:
    """Every change that is not an optional addition, as `field: what`; empty when old and new get along."""
    return list(_compare("", expanded(old), expanded(new)))


def expanded(schema: Any, root: Schema | None = None) -> Any:
    """The schema with what its references mean put in their place; a sealed part has definitions of its own."""
    if isinstance(schema, list):
        return [expanded(item, root) for item in schema]
    if not isinstance(schema, dict):
        return schema
    root = schema if root is None or "$defs" in schema else root
    if "$ref" in schema:
        meant = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return expanded({**meant, **{name: value for name, value in schema.items() if name != "$ref"}}, root)
    return {name: expanded(value, root) for name, value in schema.items() if name != "$defs"}


def _compare(at: str, old: Schema, new: Schema) -> Iterator[str]:
    yield from _keywords(at, old, new)
    yield from _enum(at, old, new)
    yield from _fields(at, old, new)
    yield from _members(at, old, new)


def _keywords(at: str, old: Schema, new: Schema) -> Iterator[str]:
    """Type, format, limits, defaults, constants and our own marks must stay as they are."""
    maps = {"additionalProperties"} if _map_of(old) and _map_of(new) else set()
    for name in sorted((set(old) | set(new)) - _WORDS_ONLY - _LOOKED_INTO - maps):
        if old.get(name) != new.get(name):
            yield _line(at, f"{name} was {old.get(name)!r} and is {new.get(name)!r}")
    for name in sorted(_LOOKED_INTO - {"required"}):
        if (name in old) != (name in new):
            yield _line(at, f"{name} {'came' if name in new else 'went'}")


def _enum(at: str, old: Schema, new: Schema) -> Iterator[str]:
    """A value may be added only to a field declared open (`x-open: true`)."""
    before: list[Any] = old.get("enum", [])
    after: list[Any] = new.get("enum", [])
    if not (before and after):
        return
    for gone in (value for value in before if value not in after):
        yield _line(at, f"value {gone!r} went")
    for come in (value for value in after if value not in before):
        if not old.get("x-open"):
            yield _line(at, f"value {come!r} came to a closed field")


def _fields(at: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed_after = old.get("required", []), new.get("required", [])
    for name in before:
        place = f"{at}.{name}" if at else name
        if name not in after:
            yield _line(place, "went")
            continue
        if (name in needed_before) != (name in needed_after):
            yield _line(place, "became needed" if name in needed_after else "became optional")
        yield from _compare(place, before[name], after[name])
    for name in after:
        if name not in before and name in needed_after:
            yield _line(f"{at}.{name}" if at else name, "came and is needed")


def _map_of(schema: Schema) -> bool:
    """Whether it is a map whose values have a schema."""
    return isinstance(schema.get("additionalProperties"), dict)


def _members(at: str, old: Schema, new: Schema) -> Iterator[str]:
    """Items of lists, values of maps, alternatives, and what is sealed."""
    if _map_of(old) and _map_of(new):
        yield from _compare(f"{at}{{}}", old["additionalProperties"], new["additionalProperties"])
    for name, place in (("items", f"{at}[]"), ("x-sealed", at)):
        if name in old and name in new:
            yield from _compare(place, old[name], new[name])
    for name in ("prefixItems", "anyOf"):
        before, after = old.get(name, []), new.get(name, [])
        if len(before) != len(after):
            yield _line(at, f"{name} had {len(before)} members and has {len(after)}")
            continue
        for one, other in zip(before, after, strict=True):
            yield from _compare(at, one, other)


def _line(at: str, what: str) -> str:
    return f"{at or 'the event'}: {what}"
