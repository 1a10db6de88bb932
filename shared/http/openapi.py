"""The parts of OpenAPI that are identical in every service."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.http.document import ProblemDocument
from shared.http.examples import show
from shared.http.instant import Instant
from shared.money import Money

_ALWAYS_SENT = {"Idempotency-Key"}


def complete_openapi(app: FastAPI, examples: Iterable[BaseModel]) -> None:
    """Add the shared components and the examples to the app's OpenAPI and mark the headers that are needed."""
    plain = app.openapi
    app.separate_input_output_schemas = False

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), examples)
        return plain()

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(schema: dict[str, Any], examples: Iterable[BaseModel]) -> None:
    schema.setdefault("components", {}).setdefault("schemas", {}).update(shared_components())
    show(schema["components"]["schemas"], examples)
    for path in schema["paths"].values():
        for operation in path.values():
            _mark_needed(operation.get("parameters", []))


def _mark_needed(parameters: list[dict[str, Any]]) -> None:
    for parameter in parameters:
        parameter["required"] = parameter["required"] or parameter["name"] in _ALWAYS_SENT


def shared_components() -> dict[str, Any]:
    """The JSON Schemas of `Problem`, `Money` and `Instant`."""
    _, defined = models_json_schema(
        [(ProblemDocument, "validation"), (Money, "validation"), (Instant, "validation")],
        ref_template="#/components/schemas/{model}",
    )
    named = dict(defined["$defs"])
    named["Problem"] = named.pop("ProblemDocument")
    return named
