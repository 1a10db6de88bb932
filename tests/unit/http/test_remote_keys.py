"""Keys behind a URL: kept, read again for a key that is new, kept when the issuer is away."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from joserfc.jwk import ECKey

from shared.auth.keysets import ISSUER_AWAY, InlineKeys, RemoteKeys, key_source
from shared.problems import Problem


class Issuer:
    """A JWKS endpoint on a port."""

    def __init__(self) -> None:
        self.body, self.status, self.reads = b"{}", 200, 0
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"

    def publish(self, *kids: str) -> None:
        keys = [ECKey.generate_key("P-256", {"kid": kid}).as_dict(private=False) for kid in kids]
        self.body = json.dumps({"keys": keys}).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.reads += 1
                self.send_response(issuer.status)
                self.end_headers()
                self.wfile.write(issuer.body)

            def log_message(self, *_: object) -> None:
                return

        return Handler


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_keys_are_read_once_and_kept(issuer: Issuer) -> None:
    issuer.publish("a")
    keys = RemoteKeys(issuer.url, Seconds())
    assert [(await keys.key("a")) is not None for _ in range(3)] == [True] * 3
    assert issuer.reads == 1


async def test_an_unknown_key_reads_again_but_not_for_every_token(issuer: Issuer) -> None:
    issuer.publish("a")
    seconds = Seconds()
    keys = RemoteKeys(issuer.url, seconds)
    await keys.key("a")
    issuer.publish("a", "b")
    assert [await keys.key("b") for _ in range(5)] == [None] * 5
    assert issuer.reads == 1
    seconds.now += 31
    assert await keys.key("b") is not None
    assert issuer.reads == 2


async def test_a_key_taken_back_is_forgotten_after_ten_minutes(issuer: Issuer) -> None:
    issuer.publish("a")
    seconds = Seconds()
    keys = RemoteKeys(issuer.url, seconds)
    await keys.key("a")
    issuer.publish("b")
    seconds.now += 601
    assert await keys.key("a") is None


@pytest.mark.parametrize(("status", "body"), [(503, b"{}"), (200, b"not json"), (200, b'{"keys": 7}')])
async def test_keys_outlive_an_issuer_in_trouble(issuer: Issuer, status: int, body: bytes) -> None:
    issuer.publish("a")
    seconds = Seconds()
    keys = RemoteKeys(issuer.url, seconds)
    await keys.key("a")
    issuer.status, issuer.body = status, body
    seconds.now += 601
    assert await keys.key("a") is not None


async def test_an_issuer_never_reached_is_a_retryable_problem() -> None:
    with pytest.raises(Problem) as caught:
        await RemoteKeys("http://127.0.0.1:9/jwks").key("a")
    assert caught.value.kind is ISSUER_AWAY
    assert caught.value.kind.retryable


def test_a_setting_is_a_url_or_the_keys_themselves() -> None:
    assert isinstance(key_source(' {"keys": []}'), InlineKeys)
    assert isinstance(key_source("https://login.clinic.test/jwks"), RemoteKeys)
