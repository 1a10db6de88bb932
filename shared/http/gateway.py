"""The OpenAPI 3.1 document of the gateway: the services' documents as one.

Paths get their service's prefix, as behind the gateway. What is the same in all services stands once in the components;
a schema that two services name alike but mean differently is named after its service, as is an operation id.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from shared.http.document import MEDIA_TYPE

Json = dict[str, Any]
_METHODS = ("get", "put", "post", "delete", "patch")
_SCHEMA = "#/components/schemas/"


def merged(parts: Mapping[str, Json]) -> Json:
    """The documents of all services, by name, as one."""
    shared_ids = _in_several(operation["operationId"] for part in parts.values() for operation in operations(part))
    own = _own_names(parts)
    whole: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "Stillwater",
            "version": next(iter(parts.values()))["info"]["version"],
            "description": "The gateway: four services, one origin.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in parts],
        "paths": {},
        "components": {"parameters": {}, "responses": {}, "examples": {}},
    }
    for name, part in parts.items():
        renamed = _renamed(part, {schema: f"{name.title()}{schema}" for schema in own[name]})
        for operation in operations(renamed):
            operation["tags"] = [name]
            if operation["operationId"] in shared_ids:
                operation["operationId"] = f"{name}_{operation['operationId']}"
            _share(operation, whole["components"])
        whole["paths"] |= {f"/{name}{path}": item for path, item in renamed["paths"].items()}
        for kind, components in renamed["components"].items():
            whole["components"].setdefault(kind, {}).update(components)
    return whole


def operations(document: Json) -> Iterator[Json]:
    """Every operation of a document."""
    for item in document["paths"].values():
        yield from (item[method] for method in _METHODS if method in item)


def _share(operation: Json, components: Json) -> None:
    """Move what is the same in all operations to the components: headers, and refusals."""
    if "parameters" in operation:
        operation["parameters"] = [_shared_header(one, components["parameters"]) for one in operation["parameters"]]
    operation["responses"] = {
        status: _shared_refusal(response, components) for status, response in operation["responses"].items()
    }


def _shared_header(parameter: Json, shared: Json) -> Json:
    name = parameter["name"]
    if parameter["in"] != "header" or shared.setdefault(name, parameter) != parameter:
        return parameter
    return {"$ref": f"#/components/parameters/{name}"}


def _shared_refusal(response: Json, components: Json) -> Json:
    """Each kind of problem stands once as an example, and once as a response where a status has only that kind."""
    content = response.get("content", {}).get(MEDIA_TYPE)
    if content is None:
        return response
    codes = list(content["examples"])
    components["examples"] |= content["examples"]
    references = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    refusal = {**response, "content": {MEDIA_TYPE: {**content, "examples": references}}}
    if len(codes) > 1:
        return refusal
    components["responses"][codes[0]] = refusal
    return {"$ref": f"#/components/responses/{codes[0]}"}


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
