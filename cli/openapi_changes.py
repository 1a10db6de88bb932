"""Whether frontends built from one form of the gateway's API can live with another (forms: cli.openapi_golden).

Whoever reads must accept whatever may be written: the new service reads what old clients write, old clients read what
the new service writes. So one question, may the reader meet what it does not know, answers for both directions.
What the question cannot be answered for, a keyword that is not known here, counts as breaking.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
_WORDS_ONLY = {"title", "description", "example", "examples", "deprecated"}
_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACTLY = ("format", "pattern", "uniqueItems", "multipleOf")
_PARTS = ("items", "propertyNames")
_UNDERSTOOD = {
    "$ref", "type", "enum", "const", "x-open", "anyOf", "oneOf", "properties", "required", "default",
    "additionalProperties", "prefixItems", *_AT_LEAST, *_AT_MOST, *_EXACTLY, *_PARTS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """An API: operations by id (`at`, `token`, `request`, `answer`), and the schemas that these refer to by name."""

    operations: Mapping[str, Schema]
    schemas: Mapping[str, Schema]


def breakages(old: Form, new: Form) -> list[str]:
    """Every change that breaks a client of the old form, as `operation: where: what`."""
    request = _Comparison(old.schemas, new.schemas, request=True)
    answer = _Comparison(old.schemas, new.schemas, request=False)
    found = []
    for name, before in old.operations.items():
        after = new.operations.get(name)
        found += [f"{name}: {line}" for line in _operation(before, after, request, answer)]
    return found


def _operation(before: Schema, after: Schema | None, request: "_Comparison", answer: "_Comparison") -> Iterator[str]:
    if after is None:
        yield "went"
        return
    if before["at"] != after["at"]:
        yield f"was {before['at']} and is {after['at']}"
    if after["token"] and not before["token"]:
        yield "needs a token now"
    yield from request.node("request", before["request"], after["request"])
    yield from answer.node("answer", before["answer"], after["answer"])


class _Comparison:
    """One direction between two forms; each pair of named schemas is looked into once."""

    def __init__(self, old: Mapping[str, Schema], new: Mapping[str, Schema], *, request: bool) -> None:
        self._old, self._new, self._request = old, new, request
        self._known: dict[tuple[str, str], list[str]] = {}

    def node(self, at: str, old: Schema, new: Schema) -> list[str]:
        """What breaks between two schemas at a place."""
        if set(old) == set(new) == {"$ref"}:
            return [f"{at}{line}" for line in self._named(old["$ref"], new["$ref"])]
        return list(self._alternatives(at, _meant(old, self._old), _meant(new, self._new)))

    def _named(self, old: str, new: str) -> list[str]:
        """What breaks between two named schemas; one that holds itself is taken to be whole while it is looked at."""
        pair = (old, new)
        if pair not in self._known:
            self._known[pair] = []
            self._known[pair] = list(self._alternatives("", self._old[old], self._new[new]))
        return self._known[pair]

    def _alternatives(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        """Each shape that may be written needs one that reads it."""
        before, after = _shapes(old), _shapes(new)
        if len(before) == len(after) == 1:
            yield from self._plain(at, old, new)
            return
        if old.get("default") != new.get("default"):
            yield f"{at}: default was {old.get('default')!r} and is {new.get('default')!r}"
        written, read = (before, after) if self._request else (after, before)
        for shape in written:
            trials = [self._trial(at, shape, other) for other in read]
            if all(trials):
                yield from self._unread(at, shape, trials)

    def _trial(self, at: str, written: Schema, read: Schema) -> list[str]:
        old, new = (written, read) if self._request else (read, written)
        return self.node(at, old, new)

    def _unread(self, at: str, shape: Schema, trials: Sequence[list[str]]) -> Iterator[str]:
        """What is wrong with the shape that comes nearest, or that none does."""
        near = [trial for trial in trials if not any(line.startswith(f"{at}: type ") for line in trial)]
        kind = shape.get("$ref") or shape.get("type") or "anything"
        if near:
            yield from min(near, key=len)
        else:
            yield f"{at}: {kind} {'is refused now' if self._request else 'came'}"

    def _plain(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        written, read = (old, new) if self._request else (new, old)
        yield from (f"{at}: {line}" for line in _type(old, new, written, read))
        yield from (f"{at}: {line}" for line in _values(written, read))
        yield from (f"{at}: {line}" for line in _limits(old, new, written, read))
        yield from (f"{at}: {line}" for line in _rest(old, new))
        yield from self._fields(at, old, new)
        yield from self._parts(at, old, new)

    def _fields(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name in after:
                yield from self.node(f"{at}.{name}", before[name], after[name])
            else:
                yield f"{at}.{name}: went"
        needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
        if self._request:
            for name in sorted(needed_after - needed_before):
                yield f"{at}.{name}: {'became needed' if name in before else 'came and is needed'}"
        else:
            yield from (f"{at}.{name}: became optional" for name in sorted((needed_before - needed_after) & set(after)))

    def _parts(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        """Items of lists, values and names of maps, members of tuples; `True` and `{}` stand for anything."""
        for name in _PARTS:
            if name in old or name in new:
                yield from self.node(f"{at}[]", old.get(name, {}), new.get(name, {}))
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if isinstance(before, dict) or isinstance(after, dict):
            yield from self.node(f"{at}{{}}", *(one if isinstance(one, dict) else {} for one in (before, after)))
        elif self._request and before and not after:
            yield f"{at}: unknown fields are refused now"
        members = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(members[0]) != len(members[1]):
            yield f"{at}: had {len(members[0])} members and has {len(members[1])}"
            return
        for number, (one, other) in enumerate(zip(*members, strict=True)):
            yield from self.node(f"{at}[{number}]", one, other)


def _meant(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """A schema with its reference, if it is one, followed; what stands beside the reference adds to it."""
    if "$ref" not in schema:
        return schema
    return {**schemas[schema["$ref"]], **{name: value for name, value in schema.items() if name != "$ref"}}


def _shapes(schema: Schema) -> list[Schema]:
    """The alternatives of a schema; itself when it has none."""
    shapes: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return shapes


def _type(old: Schema, new: Schema, written: Schema, read: Schema) -> Iterator[str]:
    widened = (written.get("type"), read.get("type")) == ("integer", "number")
    if "type" in read and written.get("type") != read["type"] and not widened:
        yield f"type was {old.get('type', 'anything')} and is {new.get('type', 'anything')}"


def _values(written: Schema, read: Schema) -> Iterator[str]:
    """A value may come only to a field declared open (`x-open`)."""
    may, knows = _listed(written), _listed(read)
    if knows is None or read.get("x-open"):
        return
    if may is None:
        yield f"any value may stand where only {', '.join(map(str, knows))} did"
        return
    yield from (f"value {value!r} is not known to the reader" for value in may if value not in knows)


def _listed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _limits(old: Schema, new: Schema, written: Schema, read: Schema) -> Iterator[str]:
    low = (name for name in _AT_LEAST if name in read and written.get(name, float("-inf")) < read[name])
    high = (name for name in _AT_MOST if name in read and written.get(name, float("inf")) > read[name])
    other = (name for name in _EXACTLY if name in read and written.get(name) != read[name])
    for name in (*low, *high, *other):
        yield f"{name} was {old.get(name)!r} and is {new.get(name)!r}"


def _rest(old: Schema, new: Schema) -> Iterator[str]:
    """Defaults, and keywords of which it is not known here what they mean."""
    names = sorted((set(old) | set(new)) - _UNDERSTOOD - _WORDS_ONLY)
    if "default" in old:
        names.append("default")
    for name in names:
        if old.get(name) != _as_before(old.get(name), new.get(name)):
            yield f"{name} was {old.get(name)!r} and is {new.get(name)!r}"


def _as_before(old: Any, new: Any) -> Any:
    """What is new, without the fields that only came: a default that is an object may grow as its schema does."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return {name: _as_before(old.get(name), value) for name, value in new.items() if name in old}
