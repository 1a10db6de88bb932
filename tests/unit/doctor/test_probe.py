"""What doctor asks inside a container."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.doctor_probe import issuer
from shared.runtime.secrets import Secrets
from tests.support.docker import free_port

KEYS = Secrets.fresh().staff_signing.public_jwks
Serve = Callable[[int, str, timedelta], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """An issuer on a port: status, body, and how far its clock is ahead."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: str, ahead: timedelta) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response_only(status)
                self.send_header("Date", format_datetime(datetime.now(UTC) + ahead, usegmt=True))
                self.end_headers()
                self.wfile.write(body.encode())

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/jwks"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Secrets.fresh()
    given = {
        "DATABASE_URL": "postgresql://nowhere/nothing", "KAFKA": "nowhere:9", "SEAL_KEYS": "{}",
        "INDEX_KEY": settings.index_key, "STAFF_ISSUER": "urn:example", "PATIENT_JWKS": KEYS, "STAFF_JWKS": KEYS,
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"STILLWATER_{name}", value)


def test_keys_in_the_configuration_are_counted() -> None:
    assert issuer() == {"keys": 1, "ahead": None}


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=5), timedelta(minutes=-5)])
def test_keys_behind_an_address_are_fetched_and_the_clock_is_compared(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, ahead: timedelta
) -> None:
    monkeypatch.setenv("STILLWATER_STAFF_JWKS", serve(200, KEYS, ahead))
    found = issuer()
    assert found["keys"] == 1
    assert abs(found["ahead"] - ahead.total_seconds()) < 60


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(503, KEYS, "HTTPStatusError"), (200, "<html>", "JSONDecodeError"), (200, "{}", "KeyError")],
)
def test_what_is_no_key_set_is_told(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, status: int, body: str, error: str
) -> None:
    monkeypatch.setenv("STILLWATER_STAFF_JWKS", serve(status, body, timedelta()))
    assert issuer() == {"keys": 0, "ahead": None, "error": error}


def test_an_issuer_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STILLWATER_STAFF_JWKS", f"http://127.0.0.1:{free_port()}/jwks")
    assert issuer() == {"keys": 0, "ahead": None, "error": "ConnectError"}
