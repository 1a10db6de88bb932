"""The gateway: one origin for four services, and what it lets through."""

from uuid import uuid4

import httpx
import pytest

from cli.openapi import documents
from shared.events import SERVICES
from shared.http.gateway import merged
from tests.support.compose import ORIGINS, Compose

pytestmark = pytest.mark.timeout(420)  # the first test waits for images and health
LEADS = "/intake/v1/public/wellmeadow/larkspur/leads"
LEAD = {"given_name": "Hazel", "family_name": "Winterbourne", "phone": "+12085550119"}
ASKING = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_answers_under_its_own_path(compose: Compose, service: str) -> None:
    document = httpx.get(f"{compose.url}/{service}/openapi.json").json()
    assert document["servers"] == [{"url": f"/{service}"}]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_frontend_of_the_list_may_ask_from_a_browser(compose: Compose, origin: str) -> None:
    answer = httpx.options(f"{compose.url}/intake/v1/patients", headers={"Origin": origin} | ASKING)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert {"Authorization", "Idempotency-Key", "If-Match"} <= {
        *answer.headers["Access-Control-Allow-Headers"].split(", ")
    }
    read = httpx.get(f"{compose.url}/intake/live", headers={"Origin": origin})
    assert (read.status_code, read.headers["Access-Control-Allow-Origin"]) == (200, origin)
    assert "Origin" in read.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://evil.example.org", f"{ORIGINS[0]}.evil.example", "null", ORIGINS[0][:-1]])
def test_no_other_origin_is_answered_a_preflight(compose: Compose, origin: str) -> None:
    answer = httpx.options(f"{compose.url}/intake/v1/patients", headers={"Origin": origin} | ASKING)
    assert answer.status_code == 405
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/v1/patients", "/nothing/live", "/intake-api/live", "/billing/metrics"])
def test_nothing_else_is_there(compose: Compose, path: str) -> None:
    assert httpx.get(f"{compose.url}{path}").status_code == 404


def test_a_body_that_is_too_large_is_refused_with_a_problem(compose: Compose) -> None:
    answer = httpx.post(f"{compose.url}/intake/v1/patients", content=b'"' + b"x" * 1_500_000 + b'"')
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


def test_a_body_that_has_no_end_is_cut_off(compose: Compose) -> None:
    def endless() -> object:
        for _ in range(4):
            yield b"x" * 1_000_000

    try:
        status = httpx.post(f"{compose.url}/intake/v1/patients", content=endless()).status_code  # type: ignore[arg-type]
    except httpx.TransportError:
        status = 413
    assert status == 413


async def test_the_client_and_not_the_gateway_is_who_asked(compose: Compose) -> None:
    async with compose.story(uuid4()) as story:
        await story.apply()
    headers = {"X-Forwarded-For": "203.0.113.7", "Idempotency-Key": "who-asks"}
    async with httpx.AsyncClient(base_url=compose.url) as http:
        made = await http.post(LEADS, json=LEAD, headers=headers)
    assert made.status_code == 201
    (row,) = await compose.rows("intake", "SELECT source FROM audit WHERE resource_id = $1", made.json()["id"])
    client = compose.inspected("gateway", "--format", "{{range .NetworkSettings.Networks}}{{.Gateway}} {{end}}")
    assert row["source"] in client["gateway"].split()


def test_the_description_of_all_apis_is_there_for_anybody(compose: Compose) -> None:
    answer = httpx.get(f"{compose.url}/openapi.json", headers={"Origin": ORIGINS[0]})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGINS[0]
    assert answer.json() == merged(documents())
