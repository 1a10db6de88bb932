"""The gateway's API as frontends were built against it, in short: what may never break within `/v1`.

`python -m cli.openapi_golden` brings the file up to date; it refuses what would break a client. A line for each
operation and each schema, without words and examples. What an operation is refused with is its answer `problem`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.openapi import documents
from cli.openapi_changes import Form, breakages
from shared.http.gateway import merged

FILE = Path(__file__).parents[1] / "docs" / "openapi.golden.jsonl"
Json = dict[str, Any]
_WORDS = {"title", "description", "example", "examples", "deprecated", "summary"}
_REF = "#/components/schemas/"
_PROBLEM = "application/problem+json"


class Breaking(Exception):
    """The API changed in a way that clients cannot bear; one line per change."""


def form_of(document: Json) -> Form:
    """The form of a merged OpenAPI document."""
    components = document["components"]
    operations = {
        operation["operationId"]: _operation(f"{method.upper()} {path}", operation, components)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    schemas = {name: _plain(schema) for name, schema in components["schemas"].items()}
    reached = _reached(operations, schemas)
    return Form(dict(sorted(operations.items())), {name: schemas[name] for name in sorted(reached)})


def _operation(at: str, operation: Json, components: Json) -> Json:
    parameters = [_shared(one, components) for one in operation.get("parameters", [])]
    responses = {status: _shared(one, components) for status, one in operation["responses"].items()}
    return {
        "at": at, "token": bool(operation.get("security")),
        "request": _request(parameters, operation.get("requestBody", {})), "answer": _answer(responses),
    }  # fmt: skip


def _shared(part: Json, components: Json) -> Json:
    """A parameter or response, which may stand in the components."""
    if "$ref" not in part:
        return part
    kind, name = part["$ref"].removeprefix("#/components/").split("/")
    shared: Json = components[kind][name]
    return shared


def _request(parameters: list[Json], body: Json) -> Json:
    """Parameters and body as the fields of one object."""
    fields: Json = {}
    needed: list[str] = []
    for parameter in parameters:
        name = f"{parameter['in']} {parameter['name']}"
        fields[name] = _plain(parameter["schema"])
        needed += [name] if parameter.get("required") else []
    for media, content in body.get("content", {}).items():
        fields[f"body {media}"] = _plain(content.get("schema", {}))
        needed += [f"body {media}"] if body.get("required") else []
    return {"properties": fields, "required": sorted(needed)}


def _answer(responses: Json) -> Json:
    """Each way to succeed, and the problem document, as the fields of one object."""
    fields: Json = {}
    for status, response in responses.items():
        for media, content in response.get("content", {"nothing": {}}).items():
            name = "problem" if media == _PROBLEM else f"{status} {media}"
            fields[name] = _plain(content.get("schema", {}))
    return {"properties": fields}


def _plain(schema: Any) -> Any:
    """A schema without words; references by name alone."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: value for name, value in schema.items() if name not in _WORDS}
    return {name: _keyword(name, value) for name, value in kept.items()}


def _keyword(name: str, value: Any) -> Any:
    if name == "properties":
        return {field: _plain(schema) for field, schema in value.items()}
    return value.removeprefix(_REF) if name == "$ref" else _plain(value)


def _reached(operations: Json, schemas: Json) -> set[str]:
    found: set[str] = set()
    left = set(_references(operations))
    while left:
        found |= left
        left = {name for one in left for name in _references(schemas[one])} - found
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from _references(item)
    elif isinstance(part, dict):
        if isinstance(ref := part.get("$ref"), str):
            yield ref
        for item in part.values():
            yield from _references(item)


def render(form: Form) -> str:
    """A form as it stands in its file."""
    lines = [{"operation": name, **operation} for name, operation in form.operations.items()]
    lines += [{"schema": name, **schema} for name, schema in form.schemas.items()]
    return "".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines)


def read(text: str) -> Form:
    """The form that a file holds."""
    operations: Json = {}
    schemas: Json = {}
    for line in map(json.loads, text.splitlines()):
        (operations if "operation" in line else schemas)[line.pop("operation", None) or line.pop("schema")] = line
    return Form(operations, schemas)


def write(form: Form) -> bool:
    """Bring the file up to date; False when it is. Raises Breaking and writes nothing then."""
    before = FILE.read_text() if FILE.exists() else ""
    if wrong := breakages(read(before), form):
        raise Breaking("\n".join(wrong))
    FILE.write_text(render(form))
    return before != render(form)


def main() -> int:
    """Write the form, or say why not."""
    try:
        changed = write(form_of(merged(documents())))
    except Breaking as refused:
        sys.stderr.write(f"{refused}\nkeep the old beside the new: another field, another operation, or /v2\n")
        return 1
    sys.stdout.write(f"wrote {FILE.name}\n" if changed else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
