"""Help is shown with whatever fails: an answer that was refused, or could not be kept, may be a cry for help (A.6)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.intake.api import router
from services.intake.app import DEFINITION
from services.intake.domain.unheard import help_for
from shared.auth.issuer import PatientIssuer
from shared.clock import Clock
from shared.db.database import Database
from shared.ids import named_id, new_id
from shared.runtime.app import build_app
from shared.service import Service
from tests.conftest import SettingsFor

ANSWERING = {
    "submitQuestionnaire", "submitAssessment", "submitInstrument", "recordReadings", "submitCheckIn", "saveAnswers",
    "submitDraft", "writeReflection", "receiveLead",
}  # fmt: skip
PATIENT = new_id()
DANGER = {"instrument": "PHQ9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 3]}
SENT = {"Idempotency-Key": "k", "Content-Type": "application/json"}


def test_every_route_that_takes_what_somebody_says_of_themselves_is_meant_and_no_other():
    shown = {
        route.operation_id
        for part in router.routes
        for route in part.original_router.routes
        for method in route.methods
        if help_for(method, route.path)
    }
    assert shown == ANSWERING


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/patients/p/questionnaires"), ("POST", "/v1/patients/p/orders"), ("POST", "/v1/patients"),
        ("POST", "/v1/screenings/s/review"), ("PATCH", "/v1/patients/p"), ("POST", "/v1/nothing"),
    ],
)  # fmt: skip
def test_other_refusals_have_no_help_beside_them(method, path):
    assert help_for(method, path) is None


@pytest_asyncio.fixture
async def away(settings_for: SettingsFor) -> AsyncIterator[httpx.AsyncClient]:
    """Intake with its database away, asked by a patient."""
    settings = settings_for("intake", database_url="postgresql://nobody@127.0.0.1:9/nothing")
    service = Service("intake", settings, Database(settings.database_url), Clock(), settings.keyring())
    token = PatientIssuer(settings).issue(PATIENT, named_id("organisation", "wellmeadow")).token
    transport = httpx.ASGITransport(build_app(DEFINITION, service))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://intake", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        yield client


def shows_help(answer: httpx.Response) -> bool:
    crisis: Any = answer.json().get("crisis")
    if crisis is None:
        return False
    said = " ".join(f"{line['name']} {line['how']}" for line in crisis["lines"])
    return bool(crisis["message"]) and "988" in said and "911" in said


async def test_with_the_database_away_a_worrying_answer_shows_help(away: httpx.AsyncClient) -> None:
    answer = await away.post(f"/v1/patients/{PATIENT}/assessments", json=DANGER, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"], shows_help(answer)) == (503, "UNAVAILABLE", True)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"answers": [', SENT, 400),
        (b'{"instrument": "PHQ9", "answers": [9]}', SENT, 422),
        (b'{"instrument": "PHQ9", "answers": [9, 0, 0, 0, 0, 0, 0, 0, 3]}', SENT, 422),
        (b"{}", {"Content-Type": "application/json"}, 400),
        (b"answers=3", SENT | {"Content-Type": "text/plain"}, 415),
        (b'"' + b"x" * 2**21 + b'"', SENT, 413),
        (b"{}", SENT | {"Authorization": "Bearer nonsense"}, 401),
    ],
    ids=[
        "cut off",
        "not valid",
        "not valid and nobody can heed it now",
        "without a key",
        "not JSON",
        "too large",
        "not logged in",
    ],
)
async def test_an_answer_that_is_refused_shows_help(
    away: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await away.post(f"/v1/patients/{PATIENT}/assessments", content=content, headers=headers)
    assert (answer.status_code, shows_help(answer)) == (status, True)


async def test_another_refusal_is_as_it_was(away: httpx.AsyncClient) -> None:
    answer = await away.get(f"/v1/patients/{PATIENT}/screening")
    assert (answer.status_code, "crisis" in answer.json()) == (503, False)
