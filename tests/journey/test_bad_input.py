"""Bad input over HTTP: each gets the right status and a problem that says what to do, and changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cli.demo import booking, chair, intake
from cli.demo.story import Story
from services.intake.app import DEFINITION as INTAKE
from services.scheduling.app import DEFINITION as SCHEDULING
from shared.ids import named_id, new_id
from tests.support.house import House, running
from tests.support.inhouse import story_in, talking_to
from tests.support.postgres import Postgres
from tests.support.untouched import digests

pytestmark = pytest.mark.asyncio(loop_scope="module")

ELSEWHERE = named_id("organisation", "thornfield")
UNNUMBERED = "SELECT 1 FROM change WHERE id IS NULL LIMIT 1"  # changes get their numbers after the commit


@dataclass
class Scene:
    """A patient checked in for a first session, and what the cases need to speak of it."""

    house: House
    story: Story

    @property
    def places(self) -> dict[str, str]:
        return {
            "patient": self.story.treated.id,
            "nobody": str(new_id()),
            "session": self.story.session["session_id"],
            "visit": self.story.course["sessions"][1]["appointment_id"],
        }

    def token(self, who: str | None) -> str | None:
        tokens = self.house.tokens
        special: dict[str | None, Callable[[], str | None]] = {
            None: lambda: None,
            "patient": lambda: self.story.treated.token,
            "another patient": lambda: tokens.patient(new_id()),
            "nurse of another organisation": lambda: tokens.staff("nurse", "clinician", organisation=ELSEWHERE),
            "nurse whose token is spent": lambda: tokens.staff("nurse", lifetime=timedelta(minutes=-1)),
        }
        return special.get(who, lambda: tokens.staff(str(who)))()

    async def state(self) -> dict[str, str]:
        """A digest of every table of both services, without what beats by itself and what refusals may leave."""
        await self.house.settle()
        for service in self.house.services:
            while await self.house.rows(service, UNNUMBERED):  # noqa: ASYNC110 -- a database sets no Event
                await asyncio.sleep(0.02)
        return await digests(self.house)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(postgres: Postgres, cluster: str) -> AsyncIterator[Scene]:
    async with running([INTAKE, SCHEDULING], postgres, cluster) as house, talking_to(house) as http:
        yield Scene(house, await checked_in(story_in(house, http, house.clinic)))


async def checked_in(story: Story) -> Story:
    """The story until the patient sits in the chair."""
    await intake.comes_in(story, story.treated)
    await intake.is_screened(story, story.treated)
    await intake.consent_is_signed(story)
    await intake.order_is_signed(story)
    await booking.course_is_booked(story)
    await chair.time_moves_on(story)
    await chair.patient_arrives(story)
    return story


@dataclass(frozen=True)
class Bad:
    """A request that must be refused. `{patient}` and the like are filled from the scene."""

    path: str
    who: str | None
    status: int
    code: str
    body: Any = None
    pointer: str | None = None
    service: str = "intake"
    method: str = "POST"
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


REGISTRATION = {
    "clinic_id": str(named_id("clinic", "wellmeadow/larkspur")), "legal_given_name": "Hazel",
    "legal_family_name": "Winterbourne", "birth_date": "1990-02-03", "sex_at_birth": "female",
    "phone": "+12085550119",
}  # fmt: skip
LEAD = {"given_name": "Hazel", "family_name": "Winterbourne", "phone": "+12085550119"}
LEADS = "/v1/public/wellmeadow/larkspur/leads"
READINGS = "/v1/patients/{patient}/readings"
ORDERS = "/v1/patients/{patient}/orders"
OBSERVATIONS = "/v1/sessions/{session}/observations"
DOSE = {"modality": "IV_MOOD", "protocol": "IV_MOOD_6", "mg_per_kg": "0.5", "minutes": 40}
PRESSURE = {"taken_at": "2026-11-20T16:00:00Z", "blood_pressure": {"systolic": 120, "diastolic": 80}}
STALE = {"If-Match": '"99"'}

CASES = {
    "malformed JSON": Bad(READINGS, "nurse", 400, "MALFORMED_JSON", raw=b'{"blood_pressure": '),
    "a body that is not JSON": Bad(
        READINGS, "nurse", 415, "UNSUPPORTED_MEDIA", raw=b"systolic=120",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
    "an unknown field": Bad(
        "/v1/patients", "frontdesk", 422, "INVALID_REQUEST", REGISTRATION | {"nickname": "H"}, "/nickname"
    ),
    "a wrong type": Bad(
        READINGS, "nurse", 422, "INVALID_REQUEST",
        {"blood_pressure": {"systolic": "high", "diastolic": 80}}, "/blood_pressure/systolic",
    ),
    "a birth date in the future": Bad(
        "/v1/patients", "frontdesk", 422, "INVALID_REQUEST", REGISTRATION | {"birth_date": "2999-01-01"}, "/birth_date"
    ),
    "a birth date before 1900": Bad(
        "/v1/patients", "frontdesk", 422, "INVALID_REQUEST", REGISTRATION | {"birth_date": "1899-12-31"}, "/birth_date"
    ),
    "a phone number that is none": Bad(LEADS, None, 422, "INVALID_REQUEST", LEAD | {"phone": "12345"}, "/phone"),
    "neither phone nor e-mail": Bad(LEADS, None, 422, "INVALID_REQUEST", LEAD | {"phone": None}),
    "a clinic that is none": Bad("/v1/public/wellmeadow/nowhere/leads", None, 404, "NOT_FOUND", LEAD),
    "an unknown patient": Bad("/v1/patients/{nobody}/readings", "nurse", 404, "NOT_FOUND", PRESSURE),
    "an id that is none": Bad("/v1/patients/42/readings", "nurse", 422, "INVALID_REQUEST", PRESSURE),
    "another organisation's patient": Bad(READINGS, "nurse of another organisation", 404, "NOT_FOUND", PRESSURE),
    "another patient": Bad("/v1/patients/{patient}", "another patient", 404, "NOT_FOUND", method="GET"),
    "no token": Bad(READINGS, None, 401, "UNAUTHENTICATED", PRESSURE),
    "an expired token": Bad(READINGS, "nurse whose token is spent", 401, "TOKEN_EXPIRED", PRESSURE),
    "a wrong role": Bad(ORDERS, "nurse", 403, "FORBIDDEN", DOSE),
    "a patient who would sign an order": Bad(ORDERS, "patient", 403, "FORBIDDEN", DOSE),
    "no Idempotency-Key": Bad(
        READINGS, "nurse", 400, "IDEMPOTENCY_KEY_REQUIRED", PRESSURE, headers={"Idempotency-Key": ""}
    ),
    "a body of two megabytes": Bad(READINGS, "nurse", 413, "TOO_LARGE", raw=b'"' + b"x" * 2_000_000 + b'"'),
    "an order above the first-dose cap": Bad(ORDERS, "clinician", 422, "DOSE_REFUSED", DOSE | {"mg_per_kg": "1.0"}),
    "an order above the hard stop": Bad(
        ORDERS, "clinician", 422, "DOSE_REFUSED", DOSE | {"mg_per_kg": "1.01"}, "/mg_per_kg"
    ),
    "an order for a negative dose": Bad(
        ORDERS, "clinician", 422, "INVALID_REQUEST", DOSE | {"mg_per_kg": "-0.5"}, "/mg_per_kg"
    ),
    "an order that runs too short": Bad(ORDERS, "clinician", 422, "DOSE_REFUSED", DOSE | {"minutes": 39}, "/minutes"),
    "a reading taken in the future": Bad(
        READINGS, "nurse", 422, "INVALID_REQUEST", PRESSURE | {"taken_at": "2999-01-01T00:00:00Z"}, "/taken_at"
    ),
    "a stale If-Match": Bad(
        "/v1/appointments/{visit}/cancel", "frontdesk", 412, "STALE_VERSION", {"reason": "ILLNESS"},
        service="scheduling", headers=STALE,
    ),
    "an absent If-Match": Bad(
        "/v1/appointments/{visit}/cancel", "frontdesk", 428, "VERSION_REQUIRED", {"reason": "ILLNESS"},
        service="scheduling",
    ),
    "a weak If-Match": Bad(
        "/v1/appointments/{visit}/cancel", "frontdesk", 400, "HEADER_INVALID", {"reason": "ILLNESS"},
        service="scheduling", headers={"If-Match": 'W/"1"'},
    ),
    "a session start in the past": Bad(
        "/v1/sessions/{session}/start", "nurse", 422, "INVALID_REQUEST", {"started_at": "2026-01-01T09:00:00Z"},
        "/started_at", service="scheduling", headers={"If-Match": '"1"'},
    ),
    "a session start in the future": Bad(
        "/v1/sessions/{session}/start", "nurse", 422, "INVALID_REQUEST", {"started_at": "2999-01-01T09:00:00Z"},
        "/started_at", service="scheduling", headers={"If-Match": '"1"'},
    ),
    "a session that is not ready": Bad(
        "/v1/sessions/{session}/start", "nurse", 409, "READINESS", {}, service="scheduling",
        headers={"If-Match": '"1"'},
    ),
    "a vital of 999": Bad(
        OBSERVATIONS, "nurse", 422, "INVALID_REQUEST", {"systolic": 999, "diastolic": 80}, "/systolic",
        service="scheduling",
    ),
    "half a pressure": Bad(
        OBSERVATIONS, "nurse", 422, "INVALID_REQUEST", {"systolic": 120}, service="scheduling"
    ),
    "a course for a time that is closed": Bad(
        "/v1/courses", "frontdesk", 422, "INVALID_REQUEST",
        {
            "patient_id": "{patient}", "clinic_id": REGISTRATION["clinic_id"], "location": "main",
            "protocol": "IV_MOOD_6", "start_on": "2027-06-07", "pattern": ["mon", "wed", "fri"], "time": "20:00",
        },
        "/time", service="scheduling",
    ),
    "an address that is none": Bad("/v1/patient", "nurse", 404, "NOT_FOUND", {}),
    "a method that is none": Bad("/v1/patients", "nurse", 405, "METHOD_NOT_ALLOWED", method="DELETE"),
}  # fmt: skip


def filled(value: Any, places: dict[str, str]) -> Any:
    """The value with `{patient}` and the like filled in."""
    if isinstance(value, dict):
        return {name: filled(inner, places) for name, inner in value.items()}
    return value.format(**places) if isinstance(value, str) else value


async def send(scene: Scene, bad: Bad, key: str) -> httpx.Response:
    client = scene.house.client(bad.service, scene.token(bad.who))
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"} | bad.headers
    path, body = bad.path.format(**scene.places), filled(bad.body, scene.places)
    content = {"content": bad.raw} if bad.raw is not None else {"json": body} if body is not None else {}
    return await client.request(bad.method, path, headers={k: v for k, v in headers.items() if v}, **content)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CASES)
async def test_bad_input_gets_a_clear_problem_and_changes_nothing(scene: Scene, name: str) -> None:
    bad, before = CASES[name], await scene.state()
    answer = await send(scene, bad, str(new_id()))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (bad.status, bad.code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == bad.status
    assert problem["title"]
    assert problem["detail"]
    if bad.pointer:
        assert bad.pointer in [error["pointer"] for error in problem["errors"]]
    assert await scene.state() == before


async def test_the_same_key_with_another_body_is_refused_and_changes_nothing(scene: Scene) -> None:
    key, first = str(new_id()), Bad(LEADS, None, 201, "", LEAD)
    assert (await send(scene, first, key)).status_code == 201
    before = await scene.state()
    answer = await send(scene, Bad(LEADS, None, 422, "", LEAD | {"given_name": "Iris"}), key)
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await scene.state() == before


async def test_a_refused_value_is_never_repeated_in_the_problem(scene: Scene) -> None:
    marked = "Quillfeather"
    for body in (LEAD | {"phone": marked}, LEAD | {marked: marked}, LEAD | {"email": f"{marked}@"}):
        answer = await send(scene, Bad(LEADS, None, 422, "", body), str(new_id()))
        assert answer.status_code == 422
        assert marked not in answer.text.replace(f"/{marked}", "")
