"""What doctor asks inside a container."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.doctor_probe import ready
from cli.doctor_reach import issuer, missing_topics
from shared.runtime.secrets import Secrets
from tests.conftest import SettingsFor
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


def test_keys_in_the_configuration_are_counted() -> None:
    assert issuer(KEYS) == {"keys": 1, "ahead": None}
    assert issuer("{") == {"keys": 0, "ahead": None, "error": "JSONDecodeError"}


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=5), timedelta(minutes=-5)])
def test_keys_behind_an_address_are_fetched_and_the_clock_is_compared(serve: Serve, ahead: timedelta) -> None:
    found = issuer(serve(200, KEYS, ahead))
    assert found["keys"] == 1
    assert abs(found["ahead"] - ahead.total_seconds()) < 60


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(503, KEYS, "HTTPStatusError"), (200, "<html>", "JSONDecodeError"), (200, "{}", "KeyError")],
)
def test_what_is_no_key_set_is_told(serve: Serve, status: int, body: str, error: str) -> None:
    assert issuer(serve(status, body, timedelta())) == {"keys": 0, "ahead": None, "error": error}


@pytest.mark.parametrize(
    ("source", "error"), [("http://127.0.0.1:{}/jwks", "ConnectError"), ("keys", "UnsupportedProtocol")]
)
def test_an_issuer_that_is_away_is_told(source: str, error: str) -> None:
    assert issuer(source.format(free_port())) == {"keys": 0, "ahead": None, "error": error}


CHECKS = [{"name": "database", "ok": True}, {"name": "broker", "ok": False, "detail": "does not answer"}]


@pytest.mark.parametrize("status", [200, 503])
def test_of_a_process_the_checks_that_fail_are_shown(serve: Serve, status: int) -> None:
    url = serve(status, json.dumps({"status": "failing", "checks": CHECKS}), timedelta())
    assert ready(url) == [CHECKS[1]]


def test_a_process_that_does_not_answer_is_told() -> None:
    (check,) = ready(f"http://127.0.0.1:{free_port()}/ready")
    assert (check["name"], check["detail"]) == ("process", "does not answer (URLError)")


async def test_a_broker_that_is_away_is_told(settings_for: SettingsFor) -> None:
    assert "Kafka" in str(await missing_topics(settings_for("intake", kafka=f"127.0.0.1:{free_port()}")))
