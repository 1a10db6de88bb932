"""`python -m services.NAME api | worker | migrate`: settings, readiness, and the end within 10 s of SIGTERM."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import APIRouter

from shared.db.database import Database
from shared.db.schema import schema_version
from shared.runtime.main import run
from shared.runtime.secrets import Secrets
from shared.runtime.serve import listen
from shared.service import Definition

ROOT = Path(__file__).parents[3]
PROGRAM = """
import ctypes
ctypes.CDLL(None).prctl(1, 9)  # ends with who started it
from fastapi import APIRouter
from shared.events import intake
from shared.runtime.main import run
from shared.service import Definition
async def on_revoked(uow, event): ...
run(Definition("scheduling", APIRouter, {intake.OrderRevoked: on_revoked}))
"""
AT_MOST = 10.0  # seconds from SIGTERM to the end; a liveness limit, which fails at three times the figure


def environment(secrets: Secrets, database_url: str, kafka: str) -> dict[str, str]:
    service_keys = {name: secrets.seal_keys[name] for name in ("identity", "clinical")}
    return os.environ | {
        "PYTHONPATH": str(ROOT), "STILLWATER_ENV": "development", "STILLWATER_DATABASE_URL": database_url,
        "STILLWATER_KAFKA": kafka, "STILLWATER_KAFKA_FETCH_MAX_WAIT_MS": "10",
        "STILLWATER_SEAL_KEYS": json.dumps(service_keys | {"rest": secrets.rest_keys["scheduling"]}),
        "STILLWATER_INDEX_KEY": secrets.index_key, "STILLWATER_STAFF_ISSUER": "urn:test",
        "STILLWATER_STAFF_JWKS": secrets.staff_signing.public_jwks,
        "STILLWATER_PATIENT_JWKS": secrets.patient_signing.public_jwks,
    }  # fmt: skip


@contextmanager
def process(what, env):
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, what, "--host=127.0.0.1", f"--port={port}"]
    running = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        yield running, f"http://127.0.0.1:{port}"
    finally:
        running.kill()
        running.communicate()


def until_answering(url):
    for _ in range(600):
        try:
            return httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")


def until_ready(running, url):
    until_answering(f"{url}/live")
    for _ in range(600):
        assert running.poll() is None, running.stderr.read()
        answer = httpx.get(f"{url}/ready", timeout=5)
        if answer.status_code == 200:
            return answer.json()
        time.sleep(0.05)
    raise AssertionError(answer.json())


@pytest.fixture
async def empty(postgres):
    return postgres.url(await postgres.create_empty("scheduling"))


@pytest.fixture
async def env(postgres, broker, secrets):
    name = await postgres.create("scheduling")
    yield environment(secrets, postgres.url(name), broker)
    await postgres.drop(name)


@pytest.fixture
def run_here(env, monkeypatch):
    """`run_here("migrate")`: the command line in this very process; returns what it said when it exits."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    def run_with(*arguments):
        try:
            run(Definition("scheduling", APIRouter, {}), arguments)
        except SystemExit as exit_:
            return str(exit_.code)
        return None

    yield run_with
    structlog.reset_defaults()
    logging.root.handlers = []


@pytest.mark.parametrize(("what", "number"), [("api", signal.SIGTERM), ("worker", signal.SIGINT)])
def test_a_process_ends_within_ten_seconds_of_a_signal(what, number, env):
    with process(what, env) as (running, url):
        names = {check["name"] for check in until_ready(running, url)["checks"]}
        running.send_signal(number)
        assert running.wait(3 * AT_MOST) == 0
    worker = {"lease", "broker", "loop relay", "loop commands", "loop timers", "loop watch"}
    assert names == {"database", "loop clock"} if what == "api" else names >= {"database", *worker}


def test_a_worker_ends_in_time_while_the_broker_is_away(env):
    with process("worker", env | {"STILLWATER_KAFKA": "127.0.0.1:9"}) as (running, url):
        until_answering(f"{url}/live")
        running.send_signal(signal.SIGTERM)
        assert running.wait(3 * AT_MOST) == 0


def test_migrate_builds_the_schema_and_may_run_again(empty, run_here, monkeypatch):
    monkeypatch.setenv("STILLWATER_DATABASE_URL", empty)
    assert [run_here("migrate"), run_here("migrate")] == [None, None]
    assert asyncio.run(_version(empty)).fits


async def _version(url):
    database = Database(url)
    try:
        return await schema_version(database, "scheduling")
    finally:
        await database.close()


def test_missing_and_wrong_settings_are_named_without_values(run_here, monkeypatch):
    monkeypatch.delenv("STILLWATER_KAFKA")
    monkeypatch.setenv("STILLWATER_INDEX_KEY", "c2hvcnQtc2VjcmV0")
    said = run_here("api")
    assert "STILLWATER_KAFKA (missing)" in said
    assert "STILLWATER_INDEX_KEY" in said
    assert "short-secret" not in said
    assert "c2hvcnQ" not in said


def test_a_database_that_is_away_is_said_in_one_line(run_here, monkeypatch):
    monkeypatch.setenv("STILLWATER_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    for what in ("migrate", "worker"):
        assert run_here(what).startswith("services.scheduling: the database is not reachable or refused")


def test_a_taken_port_is_said_in_one_line(run_here):
    with listen("127.0.0.1", 0) as taken:
        said = run_here("api", "--host=127.0.0.1", f"--port={taken.getsockname()[1]}")
    assert "cannot listen on 127.0.0.1" in said
