"""What the description of the APIs shows: an example of every request and answer, each as its own schema wants it."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from cli import openapi
from shared.http.gateway import merged, operations

Json = dict[str, Any]


@pytest.fixture(scope="module")
def apps() -> dict[str, FastAPI]:
    """Made when the first test asks: every process of a run collects this module, one runs it."""
    return openapi.apps()


@pytest.fixture(scope="module")
def gateway(apps: dict[str, FastAPI]) -> Json:
    return merged({name: app.openapi() for name, app in apps.items()})


def bodies(gateway: Json) -> Iterator[tuple[str, Json]]:
    """Every request body and every answer that is no refusal, by operation id: its media type object."""
    for operation in operations(gateway):
        answers = [answer for status, answer in operation["responses"].items() if status < "300"]
        for part in (operation.get("requestBody", {}), *answers):
            for media in part.get("content", {}).values():
                yield operation["operationId"], media


def named(gateway: Json, media: Json) -> Json:
    """The component that a media type object refers to."""
    if "$ref" not in media.get("schema", {}):
        return {}
    schema: Json = gateway["components"]["schemas"][media["schema"]["$ref"].rsplit("/", 1)[-1]]
    return schema


def requests(apps: dict[str, FastAPI]) -> dict[str, type[BaseModel]]:
    """The model of each request body in JSON, by name."""
    routes = [route for app in apps.values() for route in iter_route_contexts(app.routes)]
    fields = [field for route in routes if (field := getattr(route, "body_field", None))]
    models = [field.field_info.annotation for field in fields]
    return {f"{model.__module__}.{model.__name__}": model for model in models}


def test_every_request_and_every_answer_shows_an_example(gateway: Json) -> None:
    without = {
        name for name, media in bodies(gateway) if not (media.get("examples") or named(gateway, media).get("examples"))
    }
    assert without == set()


def test_an_example_is_as_its_schema_wants_it(gateway: Json) -> None:
    schemas = {name: one for name, one in gateway["components"]["schemas"].items() if "examples" in one}
    assert len(schemas) > 100
    assert {name for name, one in schemas.items() if not one["examples"]} == set(), "pages of what has no example"
    wrong = {name: list(_errors(gateway, name, one["examples"])) for name, one in schemas.items()}
    assert {name: errors for name, errors in wrong.items() if errors} == {}


def _errors(gateway: Json, name: str, examples: list[Any]) -> Iterator[str]:
    validator = jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{name}", "components": gateway["components"]}
    )  # fmt: skip
    for shown in examples:
        yield from (error.message for error in validator.iter_errors(shown))


def test_an_example_of_a_request_is_taken_by_the_service(apps: dict[str, FastAPI]) -> None:
    models = requests(apps)
    assert len(models) > 50
    lost = {
        name: shown
        for name, model in models.items()
        for shown in model.model_json_schema()["examples"]
        if model.model_validate(shown).model_dump(exclude_unset=True).keys() != shown.keys()
    }
    assert lost == {}


def test_a_parameter_says_what_it_looks_like_where_its_type_does_not(gateway: Json) -> None:
    silent = {
        parameter["name"]
        for operation in operations(gateway)
        for parameter in operation.get("parameters", ())
        if "$ref" not in parameter and _is_any_text(parameter["schema"]) and "examples" not in str(parameter)
    }
    assert silent == {"cursor", "ticket"}, "the two that only an answer can tell"


def _is_any_text(schema: dict[str, Any]) -> bool:
    kinds = schema.get("anyOf", [schema])
    return any(kind.get("type") == "string" and not {"format", "enum", "const"} & kind.keys() for kind in kinds)
