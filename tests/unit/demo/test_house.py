"""How the story speaks to a house that is slow, away, or says no: a real server's answers over ASGI."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cli.demo.http import House, StepFailed

STORY = UUID("018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e11")
PATIENT = str(uuid4())


class Server:
    """Answers in the order given, and keeps what was asked."""

    def __init__(self, *answers: Response) -> None:
        self.answers, self.asked = list(answers), list[Request]()
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def problem(status: int, code: str, **more: Any) -> Response:
    return JSONResponse({"code": code, "retryable": False, "errors": []} | more, status)


Opener = Callable[[Server], House]


@pytest.fixture
async def house_of() -> AsyncIterator[Opener]:
    clients: list[httpx.AsyncClient] = []

    def make(server: Server) -> House:
        clients.append(httpx.AsyncClient(transport=httpx.ASGITransport(server.app)))
        return House(clients[-1], {"intake": "http://intake", "billing": "http://billing"}, STORY, patience=2.0)

    yield make
    for client in clients:
        await client.aclose()


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(problem(503, "UNAVAILABLE"), id="away"),
        pytest.param(problem(409, "NOT_YET_KNOWN", retryable=True), id="has not heard yet"),
        pytest.param(problem(429, "RATE_LIMITED", retryable=True), id="asks for patience"),
    ],
)
async def test_what_may_still_come_is_asked_again_as_the_same_act(house_of: Opener, first: Response) -> None:
    server = Server(first, JSONResponse({"id": "x"}, 201))
    answer = await house_of(server).post("intake", "/v1/patients", "registers", {})
    keys = {request.headers["idempotency-key"] for request in server.asked}
    assert (answer["id"], len(server.asked), len(keys)) == ("x", 2, 1)


async def test_the_same_act_of_the_same_story_has_the_same_key_and_another_has_another(house_of: Opener) -> None:
    server = Server(JSONResponse({}))
    for act in ("registers", "registers", "logs in"):
        await house_of(server).post("intake", "/v1/patients", act, {})
    first, again, other = (request.headers["idempotency-key"] for request in server.asked)
    assert first == again != other


async def test_a_refusal_fails_the_step_and_names_field_and_code_only(house_of: Opener) -> None:
    server = Server(problem(422, "INVALID_REQUEST", errors=[{"pointer": "/phone", "code": "PHONE_NOT_VALID"}]))
    with pytest.raises(StepFailed) as failed:
        await house_of(server).post("intake", "/v1/patients", "registers", {"phone": "5550171"})
    assert str(failed.value) == "registers: 422 INVALID_REQUEST /phone PHONE_NOT_VALID"


async def test_an_attempt_may_be_refused(house_of: Opener) -> None:
    answer = await house_of(Server(problem(409, "BOOKING_BLOCKED"))).attempt("intake", "/v1/courses", "books", {})
    assert (answer.status, answer.code) == (409, "BOOKING_BLOCKED")


async def test_patience_ends(house_of: Opener) -> None:
    house = house_of(Server(problem(503, "UNAVAILABLE")))
    house.patience = 0.2
    with pytest.raises(StepFailed, match="UNAVAILABLE"):
        await house.get("billing", "/v1/invoices", "token")

    async def never() -> None:
        return None

    look: Callable[[], Awaitable[None]] = never
    with pytest.raises(StepFailed, match="invoice: not seen"):
        await house.until("invoice", look)


async def test_reads_about_a_patient_ask_for_what_was_done_for_that_patient(house_of: Opener) -> None:
    said = {"Stillwater-Event": f"intake/{PATIENT}/7"}
    server = Server(JSONResponse({}, 201, said), JSONResponse({}))
    house = house_of(server)
    await house.post("intake", "/v1/patients", "registers", {})
    await house.get("billing", f"/v1/patients/{PATIENT}/invoices", "token")
    await house.get("billing", f"/v1/patients/{uuid4()}/invoices", "token")
    _, about, other = server.asked
    assert about.headers["stillwater-after"] == f"intake/{PATIENT}/7"
    assert "stillwater-after" not in other.headers
