"""The OpenAPI 3.1 document of the gateway: the four services' APIs as one. `python -m cli.openapi` prints it.

Paths get their service's prefix, as behind the gateway. What is the same in all services stands once in the components;
a schema that two services name alike but mean differently is named after its service.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cli.house import definitions
from shared.runtime.app import VERSION, build_app
from shared.runtime.main import service_of
from shared.runtime.secrets import Secrets

Json = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")
_NOWHERE = {"database_url": "postgresql://nowhere/nothing", "kafka": "nowhere:9"}
_SCHEMA = "#/components/schemas/"


def documents() -> dict[str, Json]:
    """Each service's own OpenAPI document, without a database or a broker."""
    secrets = Secrets.fresh()
    return {
        definition.name: build_app(
            definition, service_of(definition, secrets.settings(definition.name, **_NOWHERE))
        ).openapi()
        for definition in definitions()
    }


def merged(parts: Mapping[str, Json]) -> Json:
    """The documents of all services as one."""
    shared_ids = _in_several(operation["operationId"] for part in parts.values() for operation in operations(part))
    own = _own_names(parts)
    whole: Json = {
        "openapi": "3.1.0",
        "info": {"title": "Stillwater", "version": VERSION, "description": "The gateway: four services, one origin."},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in parts],
        "paths": {},
        "components": {},
    }
    for name, part in parts.items():
        renamed = _renamed(part, {schema: f"{name.title()}{schema}" for schema in own[name]})
        for operation in operations(renamed):
            operation["tags"] = [name]
            if operation["operationId"] in shared_ids:
                operation["operationId"] = f"{name}_{operation['operationId']}"
        whole["paths"] |= {f"/{name}{path}": item for path, item in renamed["paths"].items()}
        for kind, components in renamed["components"].items():
            whole["components"].setdefault(kind, {}).update(components)
    return whole


def operations(document: Json) -> Iterator[Json]:
    """Every operation of a document."""
    for item in document["paths"].values():
        yield from (item[method] for method in METHODS if method in item)


def _in_several(names: Iterator[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count > 1}


def _own_names(parts: Mapping[str, Json]) -> dict[str, set[str]]:
    """The schemas of each service whose name another service uses for something else, and whatever refers to them."""
    found: dict[str, set[str]] = {name: set() for name in parts}
    while True:
        renamed = {
            name: _renamed(part, {schema: f"{name.title()}{schema}" for schema in found[name]})["components"]["schemas"]
            for name, part in parts.items()
        }
        clashes = [
            (name, schema)
            for name, schemas in renamed.items()
            for schema, content in schemas.items()
            if any(content != other.get(schema, content) for other in renamed.values())
        ]
        if not clashes:
            return found
        for name, schema in clashes:
            found[name].add(schema)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A copy with schemas renamed, where they are defined and where they are referred to."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(ref := copy.get("$ref"), str) and ref.startswith(_SCHEMA):
        schema = ref.removeprefix(_SCHEMA)
        copy["$ref"] = _SCHEMA + names.get(schema, schema)
    if "schemas" in copy and "securitySchemes" in copy:
        copy["schemas"] = {names.get(name, name): schema for name, schema in copy["schemas"].items()}
    return copy


def main() -> int:
    """Print the merged document as JSON."""
    sys.stdout.write(json.dumps(merged(documents()), indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
