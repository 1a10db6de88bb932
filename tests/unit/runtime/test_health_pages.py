"""What a worker answers: its three pages to whoever reads them, and nothing else."""

import asyncio
from contextlib import closing

import httpx
import pytest

from shared.runtime.health import Check, told
from shared.runtime.healthpages import HealthPages
from shared.runtime.serve import Server, listen


async def live():
    return told([Check("loop relay", True)])


async def ready():
    return told([Check("loop relay", True), Check("broker", False, "does not answer at any address")])


PAGES = HealthPages({"/live": live, "/ready": ready})


async def ask(method, path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(PAGES), base_url="http://health") as client:
        return await client.request(method, path)


@pytest.mark.parametrize(("path", "status", "says"), [("/live", 200, "ok"), ("/ready", 503, "failing")])
async def test_a_page_is_for_now_and_says_by_its_status_whether_all_is_well(path, status, says):
    answer = await ask("GET", path)
    assert (answer.status_code, answer.json()["status"]) == (status, says)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"


async def test_what_is_wrong_is_named():
    checks = (await ask("GET", "/ready")).json()["checks"]
    assert checks[1] == {"name": "broker", "ok": False, "detail": "does not answer at any address"}


async def test_whoever_asks_for_the_head_gets_no_body():
    whole, head = await ask("GET", "/live"), await ask("HEAD", "/live")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/me", 404), ("GET", "/", 404), ("POST", "/live", 405)]
)
async def test_everything_else_is_refused(method, path, status):
    answer = await ask(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"status"}


async def test_a_server_of_them_ends_when_it_is_told_to():
    with closing(listen("127.0.0.1", 0)) as listener:
        server = Server(PAGES)
        serving = asyncio.create_task(server.serve([listener]))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            answer = await client.get("/live")
        server.leave()
        await asyncio.wait_for(serving, 30)
    assert answer.status_code == 200
    assert "date" in answer.headers
