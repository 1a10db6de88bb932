"""What the description of the APIs shows: an example of every request and answer, each as its own schema wants it."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from cli import openapi
from shared.http.gateway import merged, operations

GATEWAY = merged(openapi.documents())
SCHEMAS = GATEWAY["components"]["schemas"]


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every request body and every answer that is no refusal, by operation id: its media type object."""
    for operation in operations(GATEWAY):
        answers = [answer for status, answer in operation["responses"].items() if status < "300"]
        for part in (operation.get("requestBody", {}), *answers):
            for media in part.get("content", {}).values():
                yield operation["operationId"], media


def named(media: dict[str, Any]) -> dict[str, Any]:
    """The component that a media type object refers to."""
    return SCHEMAS[media["schema"]["$ref"].rsplit("/", 1)[-1]] if "$ref" in media.get("schema", {}) else {}


def requests() -> dict[str, type[BaseModel]]:
    """The model of each request body in JSON, by name."""
    routes = [route for app in openapi.apps().values() for route in iter_route_contexts(app.routes)]
    fields = [field for route in routes if (field := getattr(route, "body_field", None))]
    models = [field.field_info.annotation for field in fields]
    return {f"{model.__module__}.{model.__name__}": model for model in models}


REQUESTS = requests()


def test_every_request_and_every_answer_shows_an_example() -> None:
    assert {name for name, media in bodies() if not (media.get("examples") or named(media).get("examples"))} == set()


@pytest.mark.parametrize("name", sorted(name for name, schema in SCHEMAS.items() if "examples" in schema))
def test_an_example_is_as_its_schema_wants_it(name: str) -> None:
    validator = jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{name}", "components": GATEWAY["components"]}
    )  # fmt: skip
    assert SCHEMAS[name]["examples"], f"{name} is a page of something without an example"
    for shown in SCHEMAS[name]["examples"]:
        assert [error.message for error in validator.iter_errors(shown)] == []


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_an_example_of_a_request_is_taken_by_the_service(name: str) -> None:
    model = REQUESTS[name]
    for shown in model.model_json_schema()["examples"]:
        assert model.model_validate(shown).model_dump(exclude_unset=True).keys() == shown.keys()


def test_a_parameter_says_what_it_looks_like_where_its_type_does_not() -> None:
    silent = {
        parameter["name"]
        for operation in operations(GATEWAY)
        for parameter in operation.get("parameters", ())
        if "$ref" not in parameter and _is_any_text(parameter["schema"]) and "examples" not in str(parameter)
    }
    assert silent == {"cursor", "ticket"}, "the two that only an answer can tell"


def _is_any_text(schema: dict[str, Any]) -> bool:
    kinds = schema.get("anyOf", [schema])
    return any(kind.get("type") == "string" and not {"format", "enum", "const"} & kind.keys() for kind in kinds)
