"""OpenAPI: the parts that are the same in every service."""

from typing import Any

import pytest
from fastapi import FastAPI

from shared.http import install_http, me_router, problems
from shared.http.document import COMMON
from shared.http.openapi import shared_components
from shared.problems import STALE_VERSION
from tests.integration.http.notes import router


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    app = FastAPI()
    app.include_router(router)
    app.include_router(me_router)
    install_http(app)
    return app.openapi()


def test_shared_components_are_there_as_they_are_everywhere(described: dict[str, Any]) -> None:
    shared = shared_components()
    assert {"Problem", "Money", "Instant"} <= shared.keys()
    assert {name: described["components"]["schemas"][name] for name in shared} == shared
    assert described["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_operations_have_stable_names_and_every_refusal_an_example(described: dict[str, Any]) -> None:
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation["operationId"].isalpha(), path
            refusals = {code: r for code, r in operation["responses"].items() if int(code) >= 400}
            assert {str(kind.status) for kind in COMMON} <= refusals.keys(), path
            for answer in refusals.values():
                content = answer["content"]["application/problem+json"]
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert content["examples"]


def test_headers_are_described(described: dict[str, Any]) -> None:
    act = described["paths"]["/v1/patients/{patient_id}/notes"]["post"]
    headers = {p["name"]: p["required"] for p in act["parameters"] if p["in"] == "header"}
    assert headers == {"Idempotency-Key": True, "If-Match": False, "Stillwater-After": False}
    assert act["security"] == [{"bearer": []}]
    public = described["paths"]["/v1/public/{organisation}/{clinic}/notes"]["post"]
    assert "security" not in public


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    names = described["components"]["schemas"].keys()
    assert {name.rsplit("/", 1)[-1] for name in _references(described)} <= names


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*map(_references, part.values()))
    return set().union(*map(_references, part)) if isinstance(part, list) else set()


def test_a_route_adds_its_own_kinds() -> None:
    examples = problems(STALE_VERSION)[412]["content"]["application/problem+json"]["examples"]
    assert list(examples) == ["STALE_VERSION"]
    assert examples["STALE_VERSION"]["value"]["detail"].endswith(STALE_VERSION.mend)
