"""The documents that frontends and other systems are built from: AsyncAPI of the events, OpenAPI of the gateway."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cli import asyncapi, openapi, openapi_golden
from cli.house import definitions
from cli.openapi_changes import breakages
from shared.events import REGISTRY
from shared.http.gateway import merged, operations

VALIDATOR = Path(__file__).parents[1] / "support" / "asyncapi"


def test_the_asyncapi_document_is_current() -> None:
    assert asyncapi.PAGE.read_text() == asyncapi.render(definitions()), "run python -m cli.catalogue"


def test_the_asyncapi_document_has_every_event_and_every_listener() -> None:
    document = asyncapi.document(definitions())
    assert set(document["components"]["messages"]) == {event.__name__ for event in REGISTRY.values()}
    for definition in definitions():
        for event in {**definition.subscriptions, **definition.projections}:
            heard = document["operations"][f"{definition.name}Hears{event.service.title()}"]["messages"]
            assert {"$ref": f"#/channels/{event.service}/messages/{event.__name__}"} in heard


def test_the_official_parser_accepts_the_asyncapi_document() -> None:
    _parser_is_installed()
    said = subprocess.run(
        ["node", "validate.mjs", str(asyncapi.PAGE)], cwd=VALIDATOR, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr


def _parser_is_installed() -> None:
    """Fetch the parser once; where that cannot be, skip, unless this run requires it."""
    if (VALIDATOR / "node_modules" / ".package-lock.json").exists():
        return
    npm, required = shutil.which("npm"), "asyncapi" in os.environ.get("STILLWATER_REQUIRE", "")
    fetched = npm and subprocess.run([npm, "ci", "--silent"], cwd=VALIDATOR, check=False).returncode == 0
    if not fetched and not required:
        pytest.skip("AsyncAPI's official parser needs node, npm and a network")
    assert fetched, "AsyncAPI's official parser is required here and could not be fetched"


@pytest.fixture(scope="module")
def parts() -> dict[str, dict[str, Any]]:
    return openapi.documents()


@pytest.fixture(scope="module")
def gateway(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return merged(parts)


def test_every_operation_has_an_id_of_its_own(gateway: dict[str, Any]) -> None:
    ids = Counter(operation["operationId"] for operation in operations(gateway))
    assert {name for name, count in ids.items() if count > 1} == set()
    assert all(re.fullmatch(r"([a-z]+_)?[a-z][A-Za-z0-9]+", name) for name in ids)


def test_every_reference_in_the_merged_document_leads_somewhere(gateway: dict[str, Any]) -> None:
    for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(gateway)):
        assert name in gateway["components"][kind]


@pytest.mark.parametrize("component", ["Problem", "FieldProblem", "Money", "Instant"])
def test_shared_components_mean_the_same_in_all_services(parts: dict[str, dict[str, Any]], component: str) -> None:
    found = [part["components"]["schemas"][component] for part in parts.values()]
    assert found == [found[0]] * 4


def test_paths_of_two_services_do_not_meet(parts: dict[str, dict[str, Any]], gateway: dict[str, Any]) -> None:
    assert len(gateway["paths"]) == sum(len(part["paths"]) for part in parts.values())


def test_every_operation_says_who_may_and_how_it_is_refused(gateway: dict[str, Any]) -> None:
    for path, item in gateway["paths"].items():
        for method, operation in item.items():
            assert operation.get("description"), f"{method} {path} has no description"
            assert any(code.startswith("4") for code in operation["responses"]), f"{method} {path} has no refusal"


def test_the_gateway_changed_only_in_what_clients_can_bear(gateway: dict[str, Any]) -> None:
    kept = openapi_golden.read(openapi_golden.FILE.read_text())
    assert breakages(kept, openapi_golden.form_of(gateway)) == []


def test_the_short_form_of_the_gateway_is_current(gateway: dict[str, Any]) -> None:
    text = openapi_golden.render(openapi_golden.form_of(gateway))
    assert text == openapi_golden.FILE.read_text(), "run python -m cli.openapi_golden"
