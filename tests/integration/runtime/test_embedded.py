"""The embedded house: one process with four services, which may be killed at any moment."""

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter

from shared.db.migrations import migrate
from shared.events import SERVICES
from shared.runtime.embedded import EmbeddedHouse, PartsLost
from shared.runtime.parts import Parts
from shared.runtime.secrets import AUDIENCES, make_secrets
from shared.service import Definition

ROOT = Path(__file__).parents[3]
DEFINITIONS = [Definition(name, APIRouter, {}) for name in SERVICES]
HOUSE = """
import asyncio, ctypes, sys
ctypes.CDLL(None).prctl(1, 9)  # ends with who started it
from pathlib import Path
from fastapi import APIRouter
from shared.events import SERVICES
from shared.runtime.embedded import EmbeddedHouse
from shared.service import Definition
async def main():
    house = EmbeddedHouse([Definition(n, APIRouter, {}) for n in SERVICES], Path(sys.argv[1]), 0)
    async with house.running():
        print(house.url, flush=True)
        await house.wait()
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A folder in which the databases of a house are made: most of a first start goes into that."""
    folder = tmp_path_factory.mktemp("furnished")

    async def made(addresses):
        for name in SERVICES:
            await migrate(name, addresses.database_url(name))

    with Parts(folder / "parts", lossy=True) as addresses, ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, made(addresses)).result()  # its event loop is not the tests'
    return folder


@pytest.fixture
def folder(furnished, tmp_path):
    """A copy of it, also of whose it is: the databases belong to a user of their own."""
    subprocess.run(["cp", "-a", f"{furnished}/.", str(tmp_path)], check=True)
    return tmp_path


async def ready(client, url):
    for _ in range(1000):
        answer = await client.get(f"{url}/ready")
        if answer.status_code == 200:
            return answer.json()
        await asyncio.sleep(0.02)
    raise AssertionError(answer.json())


async def test_four_apps_under_their_names_on_one_server(tmp_path):
    house = EmbeddedHouse(DEFINITIONS, tmp_path, 0)
    async with house.running(), httpx.AsyncClient(timeout=30) as client:
        for name in SERVICES:
            assert (await client.get(f"{house.url}/{name}/ready")).json()["status"] == "ok"
            assert (await client.get(f"{house.url}/{name}/openapi.json")).status_code == 200
        described = (await client.get(f"{house.url}/openapi.json")).json()
        assert {f"/{name}/v1/me" for name in SERVICES} <= described["paths"].keys()
        names = {check["name"] for check in (await ready(client, house.url))["checks"]}
        assert {"intake: loop relay", "billing: database", "scheduling: broker"} <= names
        assert await house.advance(timedelta(hours=48)) == timedelta(hours=48)
        assert all(service.clock.offset == timedelta(hours=48) for service in house.services.values())


async def test_it_starts_again_on_the_same_data_with_the_same_secrets_and_clock(folder):
    first = EmbeddedHouse(DEFINITIONS, folder, 0)
    async with first.running():
        await first.advance(timedelta(hours=1))
        pool = await first.services["intake"].database.pool()
        await pool.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    again = EmbeddedHouse(DEFINITIONS, folder, 0)
    async with again.running():
        await again.settle()
        pool = await again.services["intake"].database.pool()
        assert await pool.fetchval("SELECT answer FROM kept") == 42
        assert again.services["intake"].clock.offset == timedelta(hours=1)
    assert again.secrets == first.secrets


def kill_a_house(folder):
    killed = subprocess.Popen(
        [sys.executable, "-c", HOUSE, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:  # its log comes the same way
        return next((line for line in killed.stdout if line.startswith(b"http://")), b"")
    finally:
        killed.kill()
        killed.communicate()


async def test_a_killed_house_starts_again_at_once(folder):
    assert kill_a_house(folder).startswith(b"http://")
    house = EmbeddedHouse(DEFINITIONS, folder, 0)
    async with house.running(), httpx.AsyncClient(timeout=30) as client:
        assert (await ready(client, house.url))["status"] == "ok"


async def test_losing_the_parts_is_noticed(folder):
    house = EmbeddedHouse(DEFINITIONS[:1], folder, 0)
    async with house.running():
        os.kill(house.parts_pid, signal.SIGKILL)
        with pytest.raises(PartsLost):
            async with asyncio.timeout(30):
                await house.wait()
    # the database outlives who started it, until somebody starts on this folder again; here nobody will
    postmaster = (folder / "parts" / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]
    os.kill(int(postmaster), signal.SIGQUIT)


async def test_leaving_ends_the_wait(folder):
    house = EmbeddedHouse(DEFINITIONS[:1], folder, 0)
    async with house.running():
        asyncio.get_running_loop().call_later(0.1, house.leave)
        async with asyncio.timeout(30):
            await house.wait()
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{house.url}/live")


def test_each_service_is_given_its_own_audiences_and_no_others_keys(tmp_path):
    secrets = make_secrets(tmp_path / "secrets.json")
    at = {"database_url": "postgresql://nowhere/nothing", "kafka": "nowhere:9"}
    given = {name: secrets.settings(name, **at) for name in SERVICES}
    assert {name: set(s.seal_keys) for name, s in given.items()} == {
        name: {*audiences, "rest"} for name, audiences in AUDIENCES.items()
    }
    assert len({s.seal_keys["rest"]["k1"].get_secret_value() for s in given.values()}) == 4
    assert [name for name, s in given.items() if s.patient_signing_key] == ["intake"]
    assert [name for name, s in given.items() if s.sms_token] == ["notifications"]
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
    assert make_secrets(tmp_path / "secrets.json") == secrets
